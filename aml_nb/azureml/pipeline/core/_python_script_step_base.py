"""``azureml.pipeline.core._python_script_step_base``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.script_step": "_PythonScriptStepBase"})

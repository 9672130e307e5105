"""``azureml.pipeline.steps.python_script_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.script_step": "PythonScriptStep"})

"""``azureml.pipeline.steps.r_script_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.elsewhere.r": "RScriptStep"})

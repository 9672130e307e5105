"""``azureml.pipeline.core.module_step_base``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.module_step": "ModuleStepBase"})

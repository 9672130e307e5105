"""``azureml.pipeline.steps.module_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.module_step": "ModuleStep"})

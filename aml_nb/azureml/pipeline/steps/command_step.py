"""``azureml.pipeline.steps.command_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.command_step": "CommandStep"})

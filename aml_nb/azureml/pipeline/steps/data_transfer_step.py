"""``azureml.pipeline.steps.data_transfer_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.transfer_step": "DataTransferStep"})

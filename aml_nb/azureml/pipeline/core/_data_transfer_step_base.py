"""``azureml.pipeline.core._data_transfer_step_base``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.transfer_step": "_DataTransferStepBase"})

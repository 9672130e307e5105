"""``azureml.pipeline.core._azurebatch_step_base``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.elsewhere.azurebatch": "_AzureBatchStepBase"})

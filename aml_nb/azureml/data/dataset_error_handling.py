"""``azureml.data.dataset_error_handling``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.errors": "DatasetExecutionError DatasetValidationError",
    },
)

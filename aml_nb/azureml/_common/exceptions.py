"""``azureml._common.exceptions``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.errors": "AzureMLAggregatedException AzureMLException",
    },
)

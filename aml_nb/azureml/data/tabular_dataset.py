"""``azureml.data.tabular_dataset``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.tabular": "TabularDataset",
    },
)

"""``azureml.data.dataset_factory``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.file_factory": "FileDatasetFactory",
        "aml_nb.core.data.datasets.tabular.data_type": "DataType",
        "aml_nb.core.data.datasets.tabular_factory": "TabularDatasetFactory",
    },
)

"""``azureml.data``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.file_dataset": "FileDataset",
        "aml_nb.core.data.datasets.output_config": "HDFSOutputDatasetConfig LinkFileOutputDatasetConfig "
        "LinkTabularOutputDatasetConfig OutputFileDatasetConfig",
        "aml_nb.core.data.datasets.tabular": "TabularDataset",
        "aml_nb.core.data.datasets.tabular.data_type": "DataType",
    },
)

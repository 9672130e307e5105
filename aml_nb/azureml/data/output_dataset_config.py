"""``azureml.data.output_dataset_config``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.output_config": "HDFSOutputDatasetConfig LinkFileOutputDatasetConfig "
        "LinkTabularOutputDatasetConfig MountOptions OutputDatasetConfig OutputFileDatasetConfig "
        "RegistrationConfiguration TransformationMixin UploadOptions",
        "aml_nb.core.data.datasets.output_tabular": "OutputTabularDatasetConfig",
    },
)

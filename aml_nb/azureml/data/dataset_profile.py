"""``azureml.data.dataset_profile``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.tabular.dataset_profile": "DatasetProfile",
    },
)

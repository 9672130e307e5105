"""``azureml.data.dataset_consumption_config``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.consumption": "DatasetConsumptionConfig",
    },
)

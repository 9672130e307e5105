"""``azureml.data.context_managers``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.mounting": "DatasetContextManager DatastoreContextManager",
    },
)

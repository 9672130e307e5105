"""``azureml.data.abstract_datastore``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.abstract_datastore": "AbstractDatastore",
    },
)

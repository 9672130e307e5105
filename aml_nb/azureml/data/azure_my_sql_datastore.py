"""``azureml.data.azure_my_sql_datastore``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.database_datastores": "AzureMySqlDatastore",
    },
)

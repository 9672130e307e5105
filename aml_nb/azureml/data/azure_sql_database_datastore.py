"""``azureml.data.azure_sql_database_datastore``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.database_datastores": "AzureSqlDatabaseDatastore",
    },
)

"""``azureml.data.azure_data_lake_datastore``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.data_lake_datastore": """
            AbstractADLSDatastore AzureDataLakeDatastore AzureDataLakeGen2Datastore
        """,
    },
)

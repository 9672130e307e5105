"""``azureml.data.azure_storage_datastore``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.storage_datastore": """
            AbstractAzureStorageDatastore AzureBlobDatastore AzureFileDatastore EMPTY_FILE FILE FOLDER
        """,
    },
)

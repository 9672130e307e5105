"""``azureml.core.webservice.aci``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.aci": """
            AciServiceDeploymentConfiguration AciWebservice EncryptionProperties VnetConfiguration
        """,
    },
)

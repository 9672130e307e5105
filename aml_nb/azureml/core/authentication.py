"""``azureml.core.authentication``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.authentication": """
            AbstractAuthentication ArmTokenAuthentication Audience AzureCliAuthentication
            AzureMLTokenAuthentication InteractiveLoginAuthentication MsiAuthentication
            ServicePrincipalAuthentication TokenAuthentication
        """,
    },
)

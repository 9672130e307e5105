"""``azureml.core.compute.aks``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.aks": """
            AksAttachConfiguration AksCompute AksProvisioningConfiguration AksUpdateConfiguration
        """,
        "aml_nb.core.compute.aks_parts": "SslConfiguration SystemService",
    },
)

"""``azureml.core.compute.aks``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.aks": """
            AksCompute AksAttachConfiguration AksProvisioningConfiguration AksUpdateConfiguration
            SslConfiguration SystemService
        """,
    },
)

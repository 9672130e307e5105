"""``azureml.core.compute.compute``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.target": """
            ComputeTarget ComputeTargetAttachConfiguration ComputeTargetProvisioningConfiguration
            ComputeTargetUpdateConfiguration
        """,
        "aml_nb.errors": "ComputeTargetException",
    },
)

"""``azureml.core.compute.datafactory``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.datafactory": """
            DataFactoryAttachConfiguration DataFactoryCompute DataFactoryProvisioningConfiguration
        """,
    },
)

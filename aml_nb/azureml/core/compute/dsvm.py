"""``azureml.core.compute.dsvm``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.dsvm": "DsvmCompute DsvmProvisioningConfiguration",
    },
)

"""``azureml.core.compute.computeinstance``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.computeinstance": "ComputeInstance",
        "aml_nb.core.compute.computeinstance_configuration": "ComputeInstanceProvisioningConfiguration",
        "aml_nb.core.compute.computeinstance_status": "ComputeInstanceStatus",
    },
)

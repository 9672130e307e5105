"""``azureml.core.compute.amlcompute``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.amlcompute": "AmlCompute AmlComputeProvisioningConfiguration",
        "aml_nb.core.compute.amlcompute_status": "AmlComputeNodeStateCounts AmlComputeStatus ScaleSettings",
    },
)

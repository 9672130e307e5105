"""``azureml.core.compute``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.aks": "AksCompute",
        "aml_nb.core.compute.amlcompute": "AmlCompute",
        "aml_nb.core.compute.target": "ComputeTarget",
    },
)

"""``azureml.core.compute``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute": "AksCompute AmlCompute ComputeTarget",
    },
)

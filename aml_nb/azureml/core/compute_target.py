"""``azureml.core.compute_target``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.errors": "ComputeTargetException",
    },
)

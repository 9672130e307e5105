"""``azureml.core.compute.batch``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.batch": "BatchAttachConfiguration BatchCompute",
    },
)

"""``azureml.core.compute.remote``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.remote": "RemoteCompute RemoteComputeAttachConfiguration",
    },
)

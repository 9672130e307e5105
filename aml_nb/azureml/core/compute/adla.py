"""``azureml.core.compute.adla``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.adla": "AdlaCompute DataLakeAnalyticsAttachConfiguration",
    },
)

"""``azureml.core.compute.kusto``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.kusto": "KustoAttachConfiguration KustoCompute",
    },
)

"""``azureml.core.compute.databricks``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.databricks": "DatabricksAttachConfiguration DatabricksCompute",
    },
)

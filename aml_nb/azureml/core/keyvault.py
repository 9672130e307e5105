"""``azureml.core.keyvault``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.keyvault": "Keyvault",
    },
)

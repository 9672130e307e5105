"""``azureml.core.resource_configuration``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.inference": "ResourceConfiguration",
    },
)

"""``azureml.core.image.container``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.image.configuration": "ContainerImageConfig",
        "aml_nb.core.image.container": "ContainerImage",
    },
)

"""``azureml.core.image``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.image.container": "ContainerImage",
        "aml_nb.core.image.image": "Image",
        "aml_nb.core.image.unknown_image": "UnknownImage",
    },
)

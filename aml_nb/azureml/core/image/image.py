"""``azureml.core.image.image``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.image.configuration": "ImageConfig",
        "aml_nb.core.image.image": "Image",
        "aml_nb.core.image.parts": "Asset TargetRuntime",
    },
)

"""``azureml.core.model``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.environment": "Environment",
        "aml_nb.core.image.package": "ModelPackage",
        "aml_nb.core.inference": "InferenceConfig",
        "aml_nb.core.model": "Model",
        "aml_nb.errors": "ModelNotFoundException WebserviceException",
    },
)

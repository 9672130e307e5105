"""``azureml.core.container_registry``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.environment.container_registry": "ContainerRegistry RegistryIdentity",
    },
)

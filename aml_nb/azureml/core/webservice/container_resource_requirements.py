"""``azureml.core.webservice.container_resource_requirements``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.container_resource_requirements": "ContainerResourceRequirements",
    },
)

"""``azureml.core.webservice.aci``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.aci": "AciWebservice",
        "aml_nb.core.webservice.container_resource_requirements": "ContainerResourceRequirements",
        "aml_nb.core.webservice.deployment_configuration": "AciServiceDeploymentConfiguration",
        "aml_nb.core.webservice.parts": "EncryptionProperties VnetConfiguration",
    },
)

"""``azureml.core.webservice.webservice``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.container_resource_requirements": "ContainerResourceRequirements",
        "aml_nb.core.webservice.deployment_configuration": "WebserviceDeploymentConfiguration",
        "aml_nb.core.webservice.parts": """
            AutoScaler DataCollection LivenessProbeRequirements WebServiceAccessToken
        """,
        "aml_nb.core.webservice.webservice": "Webservice",
        "aml_nb.errors": "WebserviceException",
    },
)

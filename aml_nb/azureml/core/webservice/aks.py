"""``azureml.core.webservice.aks``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.aks": "AksWebservice",
        "aml_nb.core.webservice.aks_configuration": "AksServiceDeploymentConfiguration",
        "aml_nb.core.webservice.aks_endpoint": "AksEndpoint",
        "aml_nb.core.webservice.aks_endpoint_configuration": "AksEndpointDeploymentConfiguration",
        "aml_nb.core.webservice.container_resource_requirements": "ContainerResourceRequirements",
        "aml_nb.core.webservice.parts": """
            AksServiceAccessToken AutoScaler DataCollection LivenessProbeRequirements
        """,
    },
)

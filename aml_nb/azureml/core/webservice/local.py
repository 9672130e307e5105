"""``azureml.core.webservice.local``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.deployment_configuration": "LocalWebserviceDeploymentConfiguration",
        "aml_nb.core.webservice.local": "LocalWebservice",
    },
)

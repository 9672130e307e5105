"""``azureml.core.webservice.webservice``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.base": "Webservice WebserviceDeploymentConfiguration",
        "aml_nb.errors": "WebserviceException",
    },
)

"""``azureml.core.webservice.aks``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.aks": "AksServiceAccessToken AksServiceDeploymentConfiguration AksWebservice",
    },
)

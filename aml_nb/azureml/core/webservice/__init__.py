"""``azureml.core.webservice``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.aci": "AciWebservice",
        "aml_nb.core.webservice.aks": "AksWebservice",
        "aml_nb.core.webservice.aks_endpoint": "AksEndpoint",
        "aml_nb.core.webservice.local": "LocalWebservice",
        "aml_nb.core.webservice.unknown_webservice": "UnknownWebservice",
        "aml_nb.core.webservice.webservice": "Webservice",
    },
)

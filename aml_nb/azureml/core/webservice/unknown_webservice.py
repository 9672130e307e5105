"""``azureml.core.webservice.unknown_webservice``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.unknown_webservice": "UnknownWebservice",
    },
)

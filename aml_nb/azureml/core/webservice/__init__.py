"""``azureml.core.webservice``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.webservice.webservice": "Webservice",
    },
)

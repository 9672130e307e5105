"""``azureml.contrib.services.aml_request``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.scoring.aml_http": "AMLRequest rawhttp",
    },
)

"""``azureml.core.run``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.runs.run": "Run",
        "aml_nb.core.runs.listing": "get_run",
    },
)

"""``azureml.core.run``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.runs.bindings.in_script": "InputDatasets OutputDatasets",
        "aml_nb.core.runs.context": "_SubmittedRun",
        "aml_nb.core.runs.listing": "get_run",
        "aml_nb.core.runs.offline": "_OfflineRun",
        "aml_nb.core.runs.run": "Run",
    },
)

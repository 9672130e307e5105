"""``azureml.core.experiment``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.runs.experiment": "Experiment",
        "aml_nb.core.runs.experiments": "ViewType",
    },
)

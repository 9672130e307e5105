"""``azureml.widgets``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.widgets": "ParallelRunStepDetails RunDetails"})

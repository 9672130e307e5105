"""``azureml.widgets.parallel_run_step_details``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.widgets.parallel_run_step_details": "ParallelRunStepDetails"})

"""``azureml.widgets.run_details``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.widgets.run_details": "RunDetails"})

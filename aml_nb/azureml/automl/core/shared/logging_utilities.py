"""``azureml.automl.core.shared.logging_utilities``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.automl.script_log": "log_traceback"})

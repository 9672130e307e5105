"""``azureml.core.script_run``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.runs.script_run": "ScriptRun"})

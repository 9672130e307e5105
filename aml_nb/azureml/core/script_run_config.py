"""``azureml.core.script_run_config``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {"aml_nb.core.runs.script_run_config": "ScriptRunConfig get_run_config_from_script_run submit"},
)

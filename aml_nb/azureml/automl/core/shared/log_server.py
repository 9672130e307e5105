"""``azureml.automl.core.shared.log_server``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.automl.script_log": """
            enable_telemetry install_handler set_log_file set_verbosity update_custom_dimension
            update_custom_dimensions
        """,
    },
)

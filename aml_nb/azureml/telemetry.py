"""``azureml.telemetry``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.telemetry": """
            AML_INTERNAL_LOGGER_NAMESPACE DIAGNOSTICS_VERBOSITY_KEY HBI_MODE LOGGER_NAME
            SEND_DIAGNOSTICS_KEY UserErrorException add_diagnostics_properties
            get_diagnostics_collection_info get_event_logger get_telemetry_log_handler
            global_diagnostics_properties is_diagnostics_collection_info_available
            set_diagnostics_collection set_diagnostics_properties
        """,
    },
)

INSTRUMENTATION_KEY = "00000000-0000-0000-0000-000000000000"
"""v1's last release does not have it, and the scoring scripts that AutoML wrote before import it."""

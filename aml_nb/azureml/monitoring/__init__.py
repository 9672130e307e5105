"""``azureml.monitoring``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.scoring.collecting.model_data_collector": "ModelDataCollector module_logger",
        "aml_nb.scoring.collecting.telemetry_logger": """
            SAMPLING_RATE TelemetryLogger TelemetryLoggerContextFilter std_tm
        """,
    },
)

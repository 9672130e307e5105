"""``azureml.pipeline.core.schedule``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.recurrence": "ScheduleRecurrence",
        "aml_nb.core.pipelines.schedule": "Schedule",
        "aml_nb.core.pipelines.time_zones": "TimeZone",
    },
)

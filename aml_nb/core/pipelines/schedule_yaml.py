"""Schedules in YAML, as v1 writes them: everything below the word ``Schedule``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.core.pipelines.time_zones import TimeZone

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_KEYS = (
    "description",
    "pipeline_parameters",
    "wait_for_provisioning",
    "wait_timeout",
    "datastore_name",
    "polling_interval",
    "data_path_parameter_name",
    "continue_on_step_failure",
    "path_on_datastore",
)
_RECURRENCE = ("frequency", "interval", "start_time", "time_zone", "hours", "minutes", "week_days", "time_of_day")
_HINT = "Schedule:\\n  recurrence:\\n    frequency: Week\\n    interval: 1"


def load(workspace: Workspace, filename: str) -> dict[str, Any]:
    """As ``Schedule.load_yaml`` says.

    Raises
    ------
    PipelineError : the file is not there, or says something else.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        told = YAML(typ="safe").load(Path(filename))
    except (OSError, YAMLError) as error:
        raise PipelineError(f"{filename} cannot be read: {error}", hint=_HINT) from error
    if not isinstance(told, dict) or not isinstance(told.get("Schedule"), dict):
        raise PipelineError(f"{filename} has nothing below 'Schedule'.", hint=_HINT)
    given = told["Schedule"]
    unknown = [key for key in given if key not in (*_KEYS, "recurrence")]
    if unknown:
        raise PipelineError(
            f"{filename}: a schedule has no {unknown[0]!r}.", hint=f"it has recurrence, {', '.join(_KEYS)}"
        )
    found: dict[str, Any] = {key: given.get(key) for key in _KEYS}
    found["recurrence"] = _recurrence(filename, given.get("recurrence"))
    if found["datastore_name"]:
        from aml_nb.core.data.datastore import Datastore

        found["datastore"] = Datastore.get(workspace, found["datastore_name"])
    return found


def _recurrence(filename: str, told: Any) -> ScheduleRecurrence | None:
    if told is None:
        return None
    if not isinstance(told, dict) or any(key not in _RECURRENCE for key in told):
        raise PipelineError(f"{filename}: a recurrence has {', '.join(_RECURRENCE)}, not {told!r}.", hint=_HINT)
    zone = told.get("time_zone")
    try:
        time_zone = None if zone is None else TimeZone.__members__.get(zone) or TimeZone(zone)
    except ValueError:
        raise PipelineError(f"{filename}: there is no time zone {zone!r}.", hint="time_zone: UTC") from None
    return ScheduleRecurrence(**{"frequency": None, "interval": None, **told, "time_zone": time_zone})

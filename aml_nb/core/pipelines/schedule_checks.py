"""What a schedule may be told, as v1 checks it, and the document that is made of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import firing, occurrences
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.graph import Graph
from aml_nb.core.pipelines.parallel.overriding import opened
from aml_nb.core.pipelines.parameters import unknown, value_of
from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.errors import ArgumentError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_PLAIN = ("name", "description", "status", "polling_interval", "data_path_parameter_name", "continue_on_step_failure")
_OF_DATA = ("data_path_parameter_name", "path_on_datastore")


def created(workspace: Workspace, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The document of a new schedule.

    Raises
    ------
    ArgumentError : what is given does not hold together.
    """
    recurrence, datastore = given["recurrence"], given["datastore"]
    if recurrence is None and datastore is None:
        raise ArgumentError(
            "A schedule needs a recurrence or a datastore.",
            hint="recurrence=ScheduleRecurrence(frequency='Week', interval=1)",
        )
    _exclusive(recurrence, datastore)
    if datastore is None:
        _without_data(given)
    _check_experiment(given["experiment_name"])
    facts = {
        "name": str(given["name"]),
        "description": given["description"],
        "experiment_name": given["experiment_name"],
        "status": kept.ACTIVE,
        "pipeline_parameters": _assignments(workspace, given, given["pipeline_parameters"]),
        "continue_on_step_failure": given["continue_on_step_failure"],
        "data_path_parameter_name": _data_path(workspace, given, given["data_path_parameter_name"]),
        "recurrence": None,
        "datastore_name": None,
        "polling_interval": None,
        "path_on_datastore": None,
        "counted_from": firing.text(now),
        "next": None,
        "seen": {},
        "pending": [],
        "trouble": None,
        "created": int(now.timestamp() * 1000),
        "revision": 0,
    }
    if recurrence is not None:
        return {**facts, **_by_time(recurrence, now, at_once=True)}
    return {**facts, **_by_data(workspace, datastore, given["path_on_datastore"], given["polling_interval"])}


def updated(workspace: Workspace, payload: dict[str, Any], given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The fields of a schedule's document that change.

    Raises
    ------
    ArgumentError : what is given does not go with what the schedule is.
    """
    recurrence, datastore = given.get("recurrence"), given.get("datastore")
    _exclusive(recurrence, datastore)
    fields = {name: given[name] for name in _PLAIN if name in given}
    if recurrence is None and datastore is None and payload["recurrence"] is not None or recurrence is not None:
        _without_data(given)
        fields.pop("polling_interval", None)
    if "status" in given and given["status"] not in (kept.ACTIVE, kept.DISABLED):
        raise ArgumentError(f"The status {given['status']!r} is neither Active nor Disabled.", hint="status='Active'")
    if "pipeline_parameters" in given:
        fields["pipeline_parameters"] = _assignments(workspace, payload, given["pipeline_parameters"])
    if "data_path_parameter_name" in given:
        _data_path(workspace, payload, given["data_path_parameter_name"])
    if recurrence is not None:
        gone = dict.fromkeys(("datastore_name", "polling_interval", "path_on_datastore", "data_path_parameter_name"))
        return {**fields, **gone, "seen": {}, "pending": [], **_by_time(recurrence, now, at_once=False)}
    if datastore is not None or "path_on_datastore" in given:
        return {**fields, **_other_data(workspace, payload, given, datastore)}
    if fields.get("status") == kept.ACTIVE and payload["status"] != kept.ACTIVE:
        fields.update(_again(workspace, payload, now))
    if "polling_interval" in fields:
        _check_polling(fields["polling_interval"])
    return fields


def one_id(pipeline_id: str | None, pipeline_endpoint_id: str | None) -> None:
    """ArgumentError where schedules of a pipeline and of an endpoint are asked for at once."""
    if pipeline_id is not None and pipeline_endpoint_id is not None:
        raise ArgumentError(
            "Either pipeline_id or pipeline_endpoint_id can be given, not both.",
            hint="Schedule.list(ws, pipeline_id='…')",
        )


def _again(workspace: Workspace, payload: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Where a schedule that was disabled goes on: with the next time, and with data as it is now."""
    if payload["recurrence"] is None:
        seen = firing.look(workspace, payload["datastore_name"], payload["path_on_datastore"])
        return {"seen": seen, "pending": []}
    recurrence = ScheduleRecurrence._from_dict(payload["recurrence"])
    later = occurrences.following(recurrence, firing.moment(payload["counted_from"]), now)
    return {"next": None if later is None else firing.text(later), "pending": []}


def _by_time(recurrence: Any, now: datetime, at_once: bool) -> dict[str, Any]:
    if not isinstance(recurrence, ScheduleRecurrence):
        raise ArgumentError(
            f"recurrence has to be a ScheduleRecurrence, not {recurrence!r}.",
            hint="ScheduleRecurrence(frequency='Week', interval=1)",
        )
    told = recurrence._to_dict()
    later = occurrences.first(recurrence, now) if at_once else occurrences.following(recurrence, now, now)
    return {"recurrence": told, "counted_from": firing.text(now), "next": None if later is None else firing.text(later)}


def _by_data(workspace: Workspace, datastore: Any, path: str | None, polling: Any) -> dict[str, Any]:
    _check_datastore(datastore)
    _check_polling(polling)
    return {
        "recurrence": None,
        "next": None,
        "datastore_name": datastore.name,
        "path_on_datastore": path,
        "polling_interval": polling,
        "seen": firing.look(workspace, datastore.name, path),
        "pending": [],
    }


def _other_data(workspace: Workspace, payload: dict[str, Any], given: dict[str, Any], datastore: Any) -> dict[str, Any]:
    from aml_nb.core.data.datastore import Datastore

    datastore = datastore or Datastore.get(workspace, payload["datastore_name"])
    path = given.get("path_on_datastore", payload["path_on_datastore"])
    return _by_data(workspace, datastore, path, given.get("polling_interval") or payload["polling_interval"] or 5)


def _exclusive(recurrence: Any, datastore: Any) -> None:
    if recurrence is not None and datastore is not None:
        raise ArgumentError(
            "A schedule has either a recurrence or a datastore, not both.", hint="leave one of the two out"
        )


def _without_data(given: dict[str, Any]) -> None:
    for name in _OF_DATA:
        if given.get(name) is not None:
            raise ArgumentError(f"{name} goes with a schedule that looks after a datastore.", hint="datastore=…")


def _check_datastore(datastore: Any) -> None:
    kind = getattr(datastore, "datastore_type", None)
    if kind != "AzureBlob":
        raise ArgumentError(
            f"A schedule looks after an AzureBlob datastore; {getattr(datastore, 'name', datastore)!r} is "
            + (f"registered as {kind}." if kind else "no datastore."),
            hint="datastore=ws.get_default_datastore()",
        )


def _check_polling(polling: Any) -> None:
    if isinstance(polling, bool) or not isinstance(polling, (int, float)) or polling <= 0:
        raise ArgumentError(f"polling_interval is a number of minutes, not {polling!r}.", hint="polling_interval=5")


def _check_experiment(name: Any) -> None:
    from aml_nb.core import names

    if not isinstance(name, str) or not name:
        raise ArgumentError(
            f"A schedule needs the name of an experiment, not {name!r}.", hint="experiment_name='batch'"
        )
    names.check("experiment", name)


def _graph(workspace: Workspace, of: dict[str, Any]) -> Graph:
    """Of the pipeline that the schedule runs; NotPublishedError where there is none."""
    from aml_nb.core.pipelines.endpoint_records import chosen

    if of["pipeline_endpoint_id"]:
        return Graph.from_dict(chosen(workspace, of["pipeline_endpoint_id"])["graph"])
    return Graph.from_dict(kept.find(workspace, kept.PIPELINE, of["pipeline_id"])["graph"])


def _assignments(workspace: Workspace, of: dict[str, Any], given: dict[str, Any] | None) -> dict[str, Any]:
    """The values that are told, as JSON; the defaults are looked up when the pipeline runs."""
    parameters = opened(_graph(workspace, of), given).parameters
    told = {}
    for name, value in (given or {}).items():
        if name not in parameters:
            raise unknown(name, parameters)
        told[name] = value_of(workspace, name, parameters[name].type, value)
    return told


def _data_path(workspace: Workspace, of: dict[str, Any], name: str | None) -> str | None:
    """The name of a DataPath parameter of the pipeline."""
    parameters = _graph(workspace, of).parameters
    if name is None:
        return None
    if name not in parameters:
        raise unknown(name, parameters)
    if parameters[name].type != "datapath":
        raise ArgumentError(
            f"The parameter {name!r} takes a value of the type {parameters[name].type}, and no DataPath.",
            hint=f"PipelineParameter({name!r}, default_value=DataPath(datastore, 'folder'))",
        )
    return name

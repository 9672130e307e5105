"""What a schedule does when its time has come, or its data has changed: submits runs, each once.

What is to be submitted is written down first, with the ids that the runs will have, in the same step that moves the
schedule on. Then it is submitted, and crossed out. Whoever is killed in between leaves it written down, and finds by
the ids which runs are there already. A run counts as there from when its own process holds its folder: of one whose
submission was cut short before, what is left is removed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import occurrences
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.calling import Call, call
from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecords
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

Submit = Callable[[Any, dict[str, Any], Call], Any]
LATE = timedelta(minutes=1)
"""What comes this much behind its time is marked as late."""
AT_ONCE = 10
"""How many runs one look at a datastore starts at most; what is left is for the next look."""
_SPACE = uuid.UUID("5b2f9c1e-94a7-4c0e-9f0a-3f5a8f6f1d27")


def due(payload: dict[str, Any]) -> datetime | None:
    """When a schedule by time has something to do; None where it has not, or where it looks after data."""
    if payload["status"] != kept.ACTIVE:
        return None
    if payload["pending"]:
        return datetime.fromtimestamp(0, timezone.utc)
    return None if payload["next"] is None else moment(payload["next"])


def fire(workspace: Workspace, identity: str, now: datetime, submit: Submit = call) -> list[str]:
    """Do what a schedule has to do now; returns the ids of the runs that it submitted.

    Parameters
    ----------
    now : the time, in UTC.
    submit : what submits.
    """
    records = kept.records(workspace, kept.SCHEDULE)
    payload = records.get(identity)
    if payload is None or payload["status"] != kept.ACTIVE:
        return []
    if not payload["pending"]:
        payload = _plan(workspace, payload, now)
    return [run_id for entry in payload["pending"] if (run_id := _carry_out(workspace, payload, entry, submit))]


def _plan(workspace: Workspace, payload: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Write down what is to be submitted, and move the schedule on, in one step."""
    try:
        seen = _changed(workspace, payload) if payload["datastore_name"] else None
    except Exception as error:  # whatever a storage service may be about; it is looked at again next time
        return kept.change(workspace, kept.SCHEDULE, payload["id"], trouble=f"{type(error).__name__}: {error}")

    def change(fresh: dict[str, Any]) -> None:
        if fresh["status"] != kept.ACTIVE or fresh["pending"] or fresh["revision"] != payload["revision"]:
            return  # it was changed meanwhile: what it has to do now is another thing
        if seen is not None:
            _plan_data(fresh, seen, now)
        else:
            _plan_time(fresh, now)

    return kept.records(workspace, kept.SCHEDULE).modify(payload["id"], change)


def _plan_time(payload: dict[str, Any], now: datetime) -> None:
    planned = None if payload["next"] is None else moment(payload["next"])
    if planned is None or planned > now:
        return
    recurrence = ScheduleRecurrence._from_dict(payload["recurrence"])
    begin = moment(payload["counted_from"])
    slot = occurrences.last_until(recurrence, begin, planned, now)
    later = occurrences.following(recurrence, begin, now)
    payload["next"] = None if later is None else text(later)
    payload["pending"] = [_entry(payload, text(slot), {}, late=now - slot > LATE, missed=slot != planned)]


def _plan_data(payload: dict[str, Any], changed: dict[str, str], now: datetime) -> None:
    parameter = payload["data_path_parameter_name"]
    if not changed:
        return
    if parameter is None:
        payload["seen"].update(changed)
        marks = "\n".join(f"{path} {mark}" for path, mark in sorted(changed.items()))
        payload["pending"] = [_entry(payload, f"{marks} {text(now)}", {})]
        return
    entries = []
    for path, mark in sorted(changed.items())[:AT_ONCE]:
        place = {"DataStoreName": payload["datastore_name"], "RelativePath": path}
        entries.append(_entry(payload, f"{path} {mark} {text(now)}", {parameter: place}))
        payload["seen"][path] = mark
    payload["pending"] = entries


def _entry(payload: dict[str, Any], what: str, assignments: dict[str, Any], **facts: bool) -> dict[str, Any]:
    run_id = str(uuid.uuid5(_SPACE, f"{payload['id']} {what}"))
    tags = {f"aml_nb.schedule.{name}": "true" for name, holds in facts.items() if holds}
    return {"run_id": run_id, "assignments": assignments, "tags": tags}


def _carry_out(workspace: Workspace, payload: dict[str, Any], entry: dict[str, Any], submit: Submit) -> str | None:
    """Submit one run and cross it out; None where it cannot be submitted, which the schedule then says."""
    trouble = None
    run_id: str | None = entry["run_id"]
    try:
        run_id = _submit(workspace, payload, entry, submit)
    except UserErrorException as error:
        run_id, trouble = None, error.message

    def cross_out(fresh: dict[str, Any]) -> None:
        fresh["pending"] = [each for each in fresh["pending"] if each["run_id"] != entry["run_id"]]
        fresh["trouble"] = trouble

    kept.records(workspace, kept.SCHEDULE).modify(payload["id"], cross_out)
    return run_id


def _submit(workspace: Workspace, payload: dict[str, Any], entry: dict[str, Any], submit: Submit) -> str:
    """Submit a run unless it is there; what is left of one that never began makes room for it."""
    run_id: str = entry["run_id"]
    records = RunRecords(workspace._store)
    record = records.get(run_id)
    if record is not None:
        if record.started is not None or RunFolder(workspace, run_id).alive():
            return run_id
        records.remove(run_id)
    submit(workspace, _pipeline(workspace, payload), _call(payload, entry, run_id))
    return run_id


def _pipeline(workspace: Workspace, payload: dict[str, Any]) -> dict[str, Any]:
    from aml_nb.core.pipelines.endpoint_records import chosen

    if payload["pipeline_endpoint_id"]:
        return chosen(workspace, payload["pipeline_endpoint_id"])
    return kept.find(workspace, kept.PIPELINE, payload["pipeline_id"])


def _call(payload: dict[str, Any], entry: dict[str, Any], run_id: str) -> Call:
    facts = {"azureml.scheduleid": payload["id"]}
    if payload["pipeline_endpoint_id"]:
        facts["azureml.pipelineendpointid"] = payload["pipeline_endpoint_id"]
    return Call(
        payload["experiment_name"],
        {**payload["pipeline_parameters"], **entry["assignments"]},
        continue_on_step_failure=payload["continue_on_step_failure"],
        run_id=run_id,
        source="Schedule",
        kind="Schedule",
        tags=entry["tags"],
        properties=facts,
    )


def look(workspace: Workspace, datastore_name: str, path: str | None) -> dict[str, str]:
    """The files directly in a folder of a datastore, each with a mark that changes when the file does.

    A folder that is not there yet has none; of a path that is a file it is that one.
    """
    from aml_nb.core.data.datastore import Datastore
    from aml_nb.core.data.paths import inside

    fs, root = Datastore.get(workspace, datastore_name)._filesystem()
    fs.invalidate_cache()
    relative = inside(path or "")
    folder = f"{str(root).rstrip('/')}/{relative}".rstrip("/")
    try:
        entries = fs.ls(folder, detail=True)
    except FileNotFoundError:
        return {}
    found = {str(entry["name"]).rstrip("/"): _mark(entry) for entry in entries if entry["type"] == "file"}
    if folder in found:  # a file was named
        return {relative: found[folder]}
    return {f"{relative}/{name.rpartition('/')[2]}".lstrip("/"): mark for name, mark in found.items()}


def _mark(entry: dict[str, Any]) -> str:
    parts = [entry.get(key) for key in ("size", "etag", "mtime", "last_modified", "LastModified", "ino")]
    return " ".join(str(part) for part in parts if part is not None)


def _changed(workspace: Workspace, payload: dict[str, Any]) -> dict[str, str]:
    there = look(workspace, payload["datastore_name"], payload["path_on_datastore"])
    return {path: mark for path, mark in there.items() if payload["seen"].get(path) != mark}


def moment(told: str) -> datetime:
    """A time that was kept."""
    return datetime.fromisoformat(told)


def text(when: datetime) -> str:
    """A time as it is kept."""
    return when.astimezone(timezone.utc).isoformat()

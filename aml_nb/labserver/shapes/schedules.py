"""Schedules of pipelines."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.schedule import Schedule
from aml_nb.core.plane.folder import PlaneFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.watch import settle
from aml_nb.display.schedules import next_text, when_text
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import base, pipelines

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "schedules"
MOST_RUNS = 50


def rows(workspace: Workspace) -> list[base.Row]:
    """Every schedule, the newest first; looking at them here does not start the control plane."""
    return [row(workspace, payload) for payload in kept.listed(workspace, kept.SCHEDULE, active_only=False)]


def row(workspace: Workspace, payload: dict[str, Any]) -> base.Row:
    """One schedule; an active one for which nobody looks at the clock is in trouble."""
    active = payload["status"] == kept.ACTIVE
    due = payload.get("next") if active else None
    trouble = payload.get("trouble") if active else None
    if active and not trouble and not PlaneFolder(workspace._folder).alive():
        trouble = "the control plane is not running: aml-nb up"
    said = [when_text(Schedule._of(workspace, payload)), f"next {next_text(due)}" if due else "", trouble]
    return base.row(
        KIND,
        payload["id"],
        payload["name"],
        state=payload["status"],
        tone="warn" if trouble else None,
        about=" · ".join(filter(None, said)),
        created=payload.get("created"),
        of=payload,
        next_run=base.stamp(due),
    )


def find(workspace: Workspace, identity: str) -> dict[str, Any]:
    """The document of a schedule.

    Raises
    ------
    NothingThereError : there is none.
    """
    try:
        return kept.find(workspace, kept.SCHEDULE, identity)
    except kept.NotPublishedError as error:
        raise NothingThereError(error.message, hint=error.hint) from None


def detail(workspace: Workspace, identity: str) -> dict[str, Any]:
    """The view of one schedule."""
    payload = find(workspace, identity)
    active = payload["status"] == kept.ACTIVE
    of = payload["pipeline_id"] or payload["pipeline_endpoint_id"]
    kind = kept.PIPELINE if payload["pipeline_id"] else kept.ENDPOINT
    fired = records(workspace, identity)
    told = kept.records(workspace, kind).get(str(of)) or {}
    return {
        "row": row(workspace, payload),
        "status": payload["status"],
        "description": payload["description"],
        "pipeline": told.get("name") or of,
        "pipeline_id": of,
        "experiment": payload.get("experiment_name"),
        "recurrence": when_text(Schedule._of(workspace, payload)),
        "next_run": base.stamp(payload.get("next")) if active else None,
        "last_run": base.stamp(fired[0].created) if fired else None,
        "trouble": payload.get("trouble"),
        "runs": [pipelines.run_row(record) for record in fired],
        "parameters": payload.get("pipeline_parameters") or {},
        "actions": {"enable": "It is enabled." if active else None, "disable": None if active else "It is disabled."},
    }


def records(workspace: Workspace, identity: str) -> list[RunRecord]:
    """The newest runs that a schedule has begun."""
    wanted = {"azureml.scheduleid": identity}
    found = RunRecords(workspace._store).find(run_type=pipelines.RUN_TYPE, properties=wanted)
    return [settle(workspace, record) for record in islice(found, MOST_RUNS)]

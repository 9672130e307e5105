"""What a run's status really is: a run whose process was killed is known by its folder that nobody holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords, told
from aml_nb.core.runs.submitting.launch import OUTPUT
from aml_nb.errors import ServiceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

LAST_LINES = 20
_BEFORE = (states.NOT_STARTED, states.QUEUED, states.PREPARING, states.STARTING)
_TAIL = 16_384


def look(workspace: Workspace, run_id: str) -> RunRecord:
    """The run as it stands; one that lost its process is marked so first.

    A run of a script that was killed has failed, with its last lines as the reason; an interactive one whose
    notebook went away does not respond, and may still be completed.

    Raises
    ------
    ServiceException : there is no such run.
    """
    records = RunRecords(workspace._store)
    record = records.get(run_id)
    if record is None:
        raise not_found(workspace, run_id)
    return settle(workspace, record)


def settle(workspace: Workspace, record: RunRecord) -> RunRecord:
    """The record as it should be, corrected in the database where the run lost its process.

    Where the run's own script asks, it runs: its keeper says that only once there is time for it.
    """
    if record.status in _BEFORE and is_own(record.run_id):
        RunRecords(workspace._store).transition(record.run_id, states.RUNNING)
        return RunRecords(workspace._store).get(record.run_id) or record
    if record.over or RunFolder(workspace, record.owner).alive():
        return record
    records = RunRecords(workspace._store)
    fresh = records.get(record.run_id)  # it may have ended between the two looks
    if fresh is None or fresh.over:
        return fresh or record
    if fresh.payload.get("interactive"):
        records.transition(fresh.run_id, _like_its_owner(workspace, fresh))
    else:
        _bury(workspace, fresh)
    return records.get(fresh.run_id) or fresh


def is_own(run_id: str) -> bool:
    """Whether this process is the script of the run."""
    return os.environ.get("AZUREML_RUN_ID") == run_id


def _like_its_owner(workspace: Workspace, record: RunRecord) -> str:
    """How a child ends that nobody ended: as the run whose script began it; without a word where a notebook went.

    That run may have lost its process too, and nobody has looked at it since.
    """
    owner = RunRecords(workspace._store).get(record.owner) if record.owner != record.run_id else None
    if owner is not None:
        owner = settle(workspace, owner)
    return owner.status if owner is not None and owner.status in states.TERMINAL else states.NOT_RESPONDING


def _bury(workspace: Workspace, record: RunRecord) -> None:
    """End a submitted run that lost its process, and what that left behind: its script, its children."""
    from aml_nb.core.runs.ending import ask_below
    from aml_nb.core.runs.keeper.leftovers import end

    folder = RunFolder(workspace, record.run_id)
    if folder.path.is_dir():
        end(folder.path)
    ask_below(workspace, record.run_id)  # before it is over: whoever looks then does not come here any more
    cancelled = record.status == states.CANCEL_REQUESTED
    RunRecords(workspace._store).transition(
        record.run_id,
        states.CANCELED if cancelled else states.FAILED,
        error=None if cancelled else _reason(workspace, record),
    )


def last_lines(folder: RunFolder, count: int = LAST_LINES) -> list[str]:
    """The last lines of the log that was written last; our own process says something only when it breaks."""
    logs = [path for path in (folder.path / OUTPUT, *folder.logs.rglob("*")) if path.is_file()]
    for path in sorted(logs, key=lambda path: path.stat().st_mtime, reverse=True):
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
        if any(line.strip() for line in lines):
            return lines[-count:]
    return []


def not_found(workspace: Workspace, run_id: str) -> ServiceException:
    """v1's error for a run that is not there."""
    return ServiceException(
        f"RunNotFound: Run {run_id} was not found in the workspace {workspace.name}.",
        status_code=404,
        hint="[run.id for run in ws.experiments['name'].get_runs()] lists the runs of an experiment",
    )


def _reason(workspace: Workspace, record: RunRecord) -> dict[str, Any]:
    lines = last_lines(RunFolder(workspace, record.owner))
    message = "The process that ran this run was killed, or the machine was restarted."
    if lines:
        message += " Its last lines:\n" + "\n".join(lines)
    reason = told(message, "RunProcessLost")
    if record.payload.get("batch_owner"):  # a parallel step: what it has done is kept
        reason["error"]["hint"] = f"%batch resume {record.run_id}"
    return reason

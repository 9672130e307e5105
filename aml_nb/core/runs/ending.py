"""How a run ends: completed, failed or cancelled, with its children and its outputs."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords, told

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run
    from aml_nb.core.workspace import Workspace

CANCEL = "cancel"
"""The file in a submitted run's folder by which its keeper learns that it is to end."""


def end(run: Run, status: str, error: dict[str, Any] | None = None) -> bool:
    """End a run: keep its outputs, end its children, then itself; False when it had ended already.

    A submitted run is completed by the end of its script alone; failing it ends the script.
    """
    record = run._look()
    if record.status in states.TERMINAL:
        return False
    if not record.payload.get("interactive"):
        return status == states.FAILED and _stop(run, record, error)
    keep_outputs(run._workspace, record)
    moved = run._records.transition(record.run_id, status, error=error)
    end_children(run._workspace, record.run_id, status)
    return moved


def _stop(run: Run, record: RunRecord, error: dict[str, Any] | None) -> bool:
    moved = run._records.transition(record.run_id, states.FAILED, error=error)
    ask_to_end(run._workspace, record)
    return moved


def end_children(workspace: Workspace, run_id: str, status: str) -> None:
    """End what a run's code began and did not end, as the run itself ended."""
    records = RunRecords(workspace._store)
    for child in list(records.find(parent_id=run_id)):
        if child.payload.get("interactive"):
            if child.status not in states.TERMINAL:
                keep_outputs(workspace, child)
                records.transition(child.run_id, status)
            end_children(workspace, child.run_id, status)


def cancel(run: Run) -> None:
    """Cancel a run: an interactive one at once; a submitted one is told to end, as are those below either."""
    record = run._look()
    if record.status in states.TERMINAL:
        return
    ask_to_end(run._workspace, record)
    if record.payload.get("interactive"):
        end(run, states.CANCELED)


def ask_to_end(workspace: Workspace, record: RunRecord) -> None:
    """Tell a submitted run, and the submitted runs below it, to end."""
    _ask(workspace, record)
    ask_below(workspace, record.run_id)


def ask_below(workspace: Workspace, run_id: str) -> None:
    """Tell the submitted runs below a run to end."""
    from aml_nb.core.runs.listing import descendants

    for one in descendants(workspace, run_id):
        _ask(workspace, one)


def _ask(workspace: Workspace, one: RunRecord) -> None:
    if one.over or one.payload.get("interactive"):
        return
    folder = RunFolder(workspace, one.run_id)
    if folder.path.is_dir():
        (folder.path / CANCEL).touch()  # first: a run that is said to be asked, and was not, would go on for ever
    RunRecords(workspace._store).transition(one.run_id, states.CANCEL_REQUESTED)


def keep_outputs(workspace: Workspace, record: RunRecord) -> None:
    """Keep the files of the folder that ``outputs=`` named; names that the run has already stay as they are."""
    outputs = record.payload.get("outputs")
    if not outputs or not Path(outputs).is_dir():
        return
    from aml_nb.core.runs.files import RunFiles

    base = os.path.basename(os.path.normpath(outputs))
    RunFiles(workspace, record.run_id).collect([(base, Path(outputs))], replace=False)


def error_of(details: Any, code: Any = None) -> dict[str, Any]:
    """What ``fail`` was told, in the form of v1's ``get_details()['error']``."""
    if isinstance(details, BaseException):
        text = "".join(traceback.format_exception(type(details), details, details.__traceback__)).rstrip()
        error = told(f"User program failed with {type(details).__name__}: {details}", str(code or "UserError"))
        error["error"]["detailsUri"] = None
        error["error"]["debugInfo"] = {"type": type(details).__name__, "message": str(details), "stackTrace": text}
        return error
    return told("" if details is None else str(details), str(code or "UserError"))

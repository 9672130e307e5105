"""The states of pipelines and steps in v1's words, which are not those of other runs."""

from __future__ import annotations

from aml_nb.core.runs import status as runs

NOT_STARTED, QUEUED, RUNNING = "NotStarted", "Queued", "Running"
FINISHED, FAILED, CANCELED = "Finished", "Failed", "Canceled"
TERMINAL = frozenset({FINISHED, FAILED, CANCELED})

_ENDS = {runs.COMPLETED: FINISHED, runs.FAILED: FAILED, runs.CANCELED: CANCELED, runs.NOT_RESPONDING: FAILED}
_BEFORE = {runs.NOT_STARTED, runs.UNAPPROVED}
_WAITING = {runs.QUEUED, runs.PROVISIONING, runs.PREPARING, runs.STARTING}


def of_step(status: str) -> str:
    """The state of a step, by the status of its run."""
    if status in _ENDS:
        return _ENDS[status]
    if status in _BEFORE:
        return NOT_STARTED
    return QUEUED if status in _WAITING else RUNNING


def of_pipeline(status: str) -> str:
    """The state of a pipeline run, by the status of its run."""
    if status in _ENDS:
        return _ENDS[status]
    return NOT_STARTED if status in _BEFORE | _WAITING else RUNNING

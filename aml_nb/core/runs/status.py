"""The states of a run, in v1's words, and which may follow which."""

from __future__ import annotations

NOT_STARTED = "NotStarted"
UNAPPROVED = "Unapproved"
QUEUED = "Queued"
PROVISIONING = "Provisioning"
PREPARING = "Preparing"
STARTING = "Starting"
RUNNING = "Running"
PAUSING = "Pausing"
PAUSED = "Paused"
FINALIZING = "Finalizing"
CANCEL_REQUESTED = "CancelRequested"
NOT_RESPONDING = "NotResponding"
COMPLETED = "Completed"
FAILED = "Failed"
CANCELED = "Canceled"

TERMINAL = frozenset({COMPLETED, FAILED, CANCELED})
OVER = TERMINAL | {NOT_RESPONDING}
"""Nobody works on the run any more. One that does not respond may still be completed, by hand."""

_WAITING = frozenset({QUEUED, PROVISIONING, PREPARING, STARTING})
_ENDINGS = OVER | {CANCEL_REQUESTED, FINALIZING}
_PAUSES = frozenset({PAUSING, PAUSED})

FOLLOWS: dict[str, frozenset[str]] = {
    NOT_STARTED: _WAITING | _ENDINGS | {UNAPPROVED, RUNNING},
    UNAPPROVED: _WAITING | _ENDINGS | {NOT_STARTED, RUNNING},
    # A run goes back to the queue when its environment is ready but no node is free.
    **{waiting: (_WAITING - {waiting}) | _ENDINGS | _PAUSES | {RUNNING} for waiting in _WAITING},
    RUNNING: _ENDINGS | _PAUSES | {QUEUED},
    PAUSING: _ENDINGS | {PAUSED, RUNNING},
    PAUSED: _WAITING | _ENDINGS | {RUNNING},
    CANCEL_REQUESTED: OVER | {FINALIZING},
    FINALIZING: OVER,
    NOT_RESPONDING: TERMINAL | {CANCEL_REQUESTED, FINALIZING, RUNNING},
    **{terminal: frozenset() for terminal in TERMINAL},
}
ALL = frozenset(FOLLOWS)


def may_follow(old: str, new: str) -> bool:
    """Whether a run that is ``old`` may become ``new``."""
    return new in FOLLOWS.get(old, ALL)

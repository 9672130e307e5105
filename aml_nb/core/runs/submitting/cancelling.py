"""Asking a submitted run to end."""

from __future__ import annotations

from typing import Any

from aml_nb.core.runs import ending, watch


def cancel(workspace: Any, run_id: str) -> bool:
    """Ask a run to end, and the runs below it, whatever they do; False when it has ended already.

    The keeper looks for the file from its first moment on, so that a run is cancelled while it is queued, prepared or
    started as well. A run without a keeper is Canceled at once.
    """
    record = watch.look(workspace, run_id)
    if record.over:
        return False
    ending.ask_to_end(workspace, record)
    watch.look(workspace, run_id)
    return True

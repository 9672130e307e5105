"""Ending what a keeper that was killed left behind: its script and everything that the script started."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

from aml_nb.core.runs.spec import STATE_FILE

MARK = "AML_NB_RUN_FOLDER"
"""The variable by which the processes of a run are known, also after their keeper is gone."""


def end(folder: Path) -> int:
    """Kill the processes of a run that nobody keeps any more; returns how many groups there were.

    A process id may have been given to another program since: only processes with the run's mark are touched.
    """
    groups = [group for group in _groups(folder) if _belongs(group, folder)]
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    return len(groups)


def _groups(folder: Path) -> list[int]:
    try:
        told = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
        return [int(group) for group in told.get("groups") or ()]
    except (OSError, ValueError, TypeError, AttributeError):
        return []


def _belongs(group: int, folder: Path) -> bool:
    import psutil

    for process in psutil.process_iter(["pid"]):
        with suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == group:
                return bool(process.environ().get(MARK) == str(folder))
    return False

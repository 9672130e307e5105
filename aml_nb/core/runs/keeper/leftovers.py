"""Ending what a keeper that was killed left behind: its script and everything that the script started."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from aml_nb.core.runs.spec import STATE_FILE
from aml_nb.engines.detached import MARK

_ROUNDS = 5


def end(folder: Path) -> int:
    """Kill the processes of a run that nobody keeps any more; returns how many groups there were.

    A process id may have been given to another program since: only processes with the run's mark are touched.
    """
    groups = [group for group in _groups(folder) if _belongs(group, folder)]
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    _end_marked(folder)
    return len(groups)


def _end_marked(folder: Path) -> None:
    """Kill what has the run's mark: what left its group, and a script whose group was not written down in time."""
    import psutil

    for _ in range(_ROUNDS):  # they may be starting others at this moment
        found = [process for process in psutil.process_iter() if marked(process, str(folder))]
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        if not found:
            return
        psutil.wait_procs(found, timeout=1)


def marked(process: Any, mark: str) -> bool:
    """Whether a process carries the mark; one that cannot be looked into does not."""
    import psutil

    try:
        return bool(process.environ().get(MARK) == mark) and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False


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
                return marked(process, str(folder))
    return False

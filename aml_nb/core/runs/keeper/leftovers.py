"""Ending what a keeper that was killed left behind: its script and everything that the script started."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aml_nb.core.runs.spec import STATE_FILE
from aml_nb.engines.detached import MARK

_ROUNDS = 5
_EXEC_S, _STEP_S = 1.0, 0.005


def end(folder: Path) -> int:
    """Kill the processes of a run that nobody keeps any more; returns how many groups there were.

    A process id may have been given to another program since: only processes with the run's mark are touched.
    """
    import psutil

    groups = [group for group in _groups(folder) if _belongs(group, folder)]
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    # What left its group, and a script whose group was not written down in time.
    kill_marked(psutil.process_iter, str(folder))
    return len(groups)


def kill_marked(look: Callable[[], Iterable[Any]], mark: str) -> None:
    """Kill what carries the mark, until nothing is left: they may be starting others at this moment.

    A process that becomes another program has let go of the old one's files before the new one's variables can be
    read: it is looked at again. Nobody would, later, for the run is over then.

    Parameters
    ----------
    look : the processes to choose from, as they are now.
    mark : the run's folder.
    """
    import psutil

    rounds, until = _ROUNDS, time.monotonic() + _EXEC_S
    while rounds:
        seen = [(process, _carries(process, mark)) for process in look()]
        found = [process for process, carries in seen if carries]
        if not found:
            if time.monotonic() > until or all(carries is False for _, carries in seen):
                return
            time.sleep(_STEP_S)
            continue
        rounds -= 1
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=1)


def marked(process: Any, mark: str) -> bool:
    """Whether a process carries the mark; one that cannot be looked into does not."""
    return _carries(process, mark) is True


def _carries(process: Any, mark: str) -> bool | None:
    """The same; None where it is not known yet: what is at work in the run's folder and shows no variables.

    They are read once, for they may come between two looks.
    """
    import psutil

    try:
        variables = process.environ()
        if variables:
            return bool(variables.get(MARK) == mark) and process.status() != psutil.STATUS_ZOMBIE
        return None if Path(process.cwd()).is_relative_to(os.path.realpath(mark)) else False
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

"""The processes of a run: started, watched, and ended with everything that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from aml_nb.core.runs.keeper.leftovers import kill_marked
from aml_nb.core.runs.keeper.logs import Log, Pump
from aml_nb.engines.detached import MARK

GRACE_S = 5.0
FAR_GRACE_S = 20.0
"""For a process that ends another one elsewhere."""
_LAST_WORDS_S = 2.0


class Process:
    """One process of the script, in a group of its own, and its log."""

    def __init__(self, command: list[str], work: Path, variables: dict[str, str], log: Log) -> None:
        self.log, self._command, self._work, self._variables = log, command, work, variables
        self.starts = 0
        self.start()

    def start(self) -> None:
        """Start it, for the first time or again."""
        reader, writer = os.pipe()
        try:
            self._popen = subprocess.Popen(
                self._command,
                cwd=self._work,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        self.starts += 1
        self._pump = Pump(reader, self.log)
        self._pump.start()

    @property
    def mark(self) -> str | None:
        """What it, and all that it starts, is known by."""
        return self._variables.get(MARK)

    @property
    def group(self) -> int:
        """Its process group."""
        return self._popen.pid

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._popen.poll()

    def wait(self, seconds: float) -> int | None:
        """Its exit code; None when it still runs after so long."""
        with suppress(subprocess.TimeoutExpired):
            return self._popen.wait(seconds)
        return None

    def finish(self) -> None:
        """Take in what was printed last."""
        self._pump.join(_LAST_WORDS_S)


def adopt_orphans() -> None:
    """Have what the script's processes leave behind be ours (Linux), so that it can be found when the run ends."""
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def end_all(processes: list[Process], gently: bool, grace: float = GRACE_S) -> None:
    """End every process of the run, and whatever those have started, in groups of their own or not.

    Parameters
    ----------
    gently : ask first, and give them a moment; otherwise at once.
    grace : how many seconds that moment has.
    """
    groups = [process.group for process in processes]
    if gently:
        _signal(groups, signal.SIGTERM)
        until = time.monotonic() + grace
        while time.monotonic() < until and any(process.poll() is None for process in processes):
            time.sleep(0.02)
    _signal(groups, signal.SIGKILL)
    _kill_descendants(processes[0].mark if processes else None)
    for process in processes:
        process.wait(GRACE_S)


def _signal(groups: list[int], number: int) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _kill_descendants(mark: str | None) -> None:
    """Kill what left its group, until nothing is left.

    Parameters
    ----------
    mark : only what has it, for a service or another run that the script started is to go on; None: all.
    """
    if not _has_children():
        return
    import psutil

    def descendants() -> list[Any]:
        return psutil.Process().children(recursive=True)

    if mark is not None:
        return kill_marked(descendants, mark)
    for _ in range(5):
        found = [each for each in descendants() if _lives(each)]
        for each in found:
            with suppress(psutil.Error):
                each.kill()
        if not found:
            break
        psutil.wait_procs(found, timeout=1)


def _lives(process: Any) -> bool:
    import psutil

    with suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _has_children() -> bool:
    """Whether there may be any: asked without importing anything, where the kernel tells. Each thread has its own."""
    try:
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as file:
                if file.read().strip():
                    return True
    except OSError:
        return True
    return False

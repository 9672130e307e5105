"""HAProxy processes that nobody can ask any more: their socket was taken away, or the whole of their folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from aml_nb.engines.front import control

MARK = f"unix@{control.SOCKET},mode,600"
"""How the command line of a front's HAProxy tells it from others."""


def is_of(pid: int, folder: Path) -> bool:
    """Whether a process is the HAProxy of this folder, and not another program that got its number."""
    import psutil

    try:
        process = psutil.Process(pid)
        return MARK in process.cmdline() and _works_in(process.cwd(), folder)
    except (psutil.Error, OSError):
        return False


def masters(folder: Path) -> Iterator[int]:
    """The masters that were started in a folder, whatever has become of it."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if MARK in (process.info["cmdline"] or ()) and is_of(process.pid, folder):
            try:
                leads = os.getsid(process.pid) == process.pid
            except ProcessLookupError:
                continue
            if leads:  # its workers have the same command line, and end with it
                yield process.pid


def _works_in(place: str, folder: Path) -> bool:
    try:
        return os.path.samefile(place, folder)
    except FileNotFoundError:  # of a folder that was removed the system still tells the path
        return place == os.path.abspath(folder)

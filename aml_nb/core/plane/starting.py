"""Starting the control plane when it is first needed, asking it how it is, and ending it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aml_nb.core.plane.folder import MODULE, PlaneFolder
from aml_nb.errors import ServiceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

HOST = "127.0.0.1"
_START_S = 60.0
_END_S = 10.0
_ANSWER_S = 10.0
_POLL_S = 0.02
_LAST_LINES = 10


@dataclass(frozen=True)
class Plane:
    """A control plane that runs.

    Attributes
    ----------
    url : where it listens.
    port, pid : of the server.
    version, python : of aml_nb, and the interpreter, that it runs; runs that it starts have the same.
    started : when, in seconds since 1970.
    schedules : how many schedules it looks after.
    log : what it said.
    """

    url: str
    port: int
    pid: int
    version: str
    python: str
    started: float
    schedules: int
    log: str


class _Detached(subprocess.Popen[bytes]):
    """A process that outlives us: dropping the handle neither waits nor warns."""

    def __del__(self, _maxsize: int = sys.maxsize) -> None:
        pass


_started: list[_Detached] = []


def up(workspace: Workspace) -> Plane:
    """The workspace's control plane, started where it is not running; it answers when this returns.

    One of another version of aml_nb, one whose Python is gone, and one that answers nobody, is replaced.

    Raises
    ------
    ServiceException : it does not start.
    """
    found = look(workspace)
    if found is not None and _fresh(found):
        return found
    folder = PlaneFolder(workspace._folder)
    with folder.alone():
        found = look(workspace)  # another process may have been at it
        if found is not None and _fresh(found):
            return found
        _end(folder)
        return _start(workspace, folder)


def look(workspace: Workspace) -> Plane | None:
    """The control plane, if one runs and answers."""
    folder = PlaneFolder(workspace._folder)
    until = time.monotonic() + _ANSWER_S
    while folder.alive():
        found = _ask(workspace, folder)
        if found is not None:
            return found
        if time.monotonic() > until:
            return None
        time.sleep(_POLL_S)
    return None


def down(workspace: Workspace) -> bool:
    """End the control plane; False where there was none. Runs that it started go on."""
    folder = PlaneFolder(workspace._folder)
    if not folder.path.is_dir():
        return False
    with folder.alone():
        return _end(folder)


def restart(workspace: Workspace) -> Plane:
    """End it, and start it anew."""
    down(workspace)
    return up(workspace)


def _start(workspace: Workspace, folder: PlaneFolder) -> Plane:
    from aml_nb.core.runs.submitting import launch
    from aml_nb.core.workspace.folder import home

    launch._link_package(folder.site)
    _reap()
    with open(folder.log, "ab") as output:
        if output.tell() > 1_000_000:
            output.truncate(0)
        process = _Detached(
            [sys.executable, "-m", MODULE, str(folder.workspace)],
            cwd=folder.site,
            env={**launch.environment(folder.site), "AML_NB_HOME": str(home())},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(process)
    answered: list[Plane] = []

    def ready() -> bool:
        found = _ask(workspace, folder) if folder.alive() else None
        if found is not None:
            answered.append(found)
        return found is not None or process.poll() is not None

    _until(ready, _START_S)
    if not answered:
        raise ServiceException(
            f"The control plane of the workspace {workspace.name} does not start. Its last lines in {folder.log}:\n"
            + "\n".join(_tail(folder)),
            hint="aml-nb up",
        )
    return answered[0]


def _ask(workspace: Workspace, folder: PlaneFolder) -> Plane | None:
    """What the server says of itself; None where nobody answers, or somebody else."""
    state = folder.state()
    if not state.get("pid"):
        return None
    told = _health(int(state["port"]))
    if told is None or told.get("workspace") != workspace._id:
        return None
    port = int(state["port"])
    return Plane(
        url=f"http://{HOST}:{port}",
        port=port,
        pid=int(told["pid"]),
        version=str(told.get("version")),  # what another version does not tell makes it no less one that runs
        python=str(told.get("python")),
        started=float(told.get("started") or 0),
        schedules=int(told.get("schedules") or 0),
        log=str(folder.log),
    )


def _health(port: int) -> dict[str, Any] | None:
    connection = http.client.HTTPConnection(HOST, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/health")
        answer = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) and "pid" in answer else None


def _end(folder: PlaneFolder) -> bool:
    """End whoever holds the folder, if need be at once."""
    if not folder.alive():
        return False
    pid = _holder(folder)
    for number, patience in ((signal.SIGTERM, _END_S), (signal.SIGKILL, _END_S)):
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if _until(lambda: not folder.alive(), patience):
            break
        pid = _holder(folder)
    _reap()
    return True


def _holder(folder: PlaneFolder) -> int | None:
    """The server's process id: what it told, if that process still is a server, else the one that is found."""
    import psutil

    wanted = [MODULE, str(folder.workspace)]
    pid = folder.state().get("pid")
    with suppress(psutil.Error):
        if pid is not None and psutil.Process(int(pid)).cmdline()[-2:] == wanted:
            return int(pid)
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [])[-2:] == wanted:
            return int(process.pid)
    return None


def _tail(folder: PlaneFolder) -> list[str]:
    try:
        return folder.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
    except OSError:
        return []


def _reap() -> None:
    _started[:] = [process for process in _started if process.poll() is None]


def _until(done: Callable[[], bool], seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit:
            return False
        time.sleep(_POLL_S)
    return True


def _fresh(plane: Plane) -> bool:
    """Whether what runs is what would be started, as far as that can be told."""
    return plane.version == _version() and os.path.exists(plane.python)


def _version() -> str:
    from aml_nb import __version__

    return __version__

"""Starting, asking and ending the supervisor of a service, from outside.

A supervisor is any program that is run as ``python -m MODULE FOLDER``, holds the folder's lock while it lives, obeys
``service.json``, SIGHUP and SIGTERM, and tells ``state.json`` how things stand. Which one is the engine's to say.
"""

from __future__ import annotations

import json
import os
import signal as signals
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import NoneType
from typing import Any

from aml_nb.engines import detached
from aml_nb.engines.base import ServiceError, ServiceStatus
from aml_nb.engines.folder import ServiceFolder
from aml_nb.scoring.config import ServerConfig

OUTPUT_FILE = "supervisor.log"
SCORING = "aml_nb.scoring.supervisor"
"""The supervisor whose workers are processes of this machine."""

_KINDS: dict[str, Any] = {
    "state": str,
    "pid": int,
    "error": (dict, NoneType),
    "replicas": dict,
    "revision": (int, NoneType),
}
SITE = "site"
_POLL_S = 0.005
_START_GRACE_S = 10.0
_STOP_GRACE_S = 5.0
_NOT_INHERITED = ("JPY_", "JUPYTER", "KERNEL_", "IPYTHON", "AML_NB_HOME", "AML_NB_STORE", "MPLBACKEND")


class Detached(subprocess.Popen[bytes]):
    """A process that outlives us: dropping the handle neither waits nor warns."""

    def __del__(self, _maxsize: int = sys.maxsize) -> None:
        pass


_started: dict[str, Detached] = {}


def link_package(folder: Path) -> None:
    """Make this very aml_nb importable for the service's Python, and nothing else of ours."""
    import aml_nb

    site = folder / SITE
    os.mkdir(site)
    os.symlink(Path(aml_nb.__file__).resolve().parent, site / "aml_nb", target_is_directory=True)


def spawn(folder: ServiceFolder, module: str = SCORING) -> None:
    """Start a supervisor that outlives this process; return once it holds the folder."""
    with suppress(FileNotFoundError):
        folder.state_file.unlink()
    with open(folder.path / OUTPUT_FILE, "ab") as out:
        process = Detached(
            [sys.executable, "-m", module, str(folder.path)],
            cwd=folder.path,
            env=_environment(folder.path / SITE),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started[str(folder.path)] = process
    _until(lambda: process.poll() is not None or folder.state_file.exists(), _START_GRACE_S)


def status(folder: ServiceFolder) -> ServiceStatus:
    """How the service is; one whose supervisor has gone is never called healthy."""
    _reap(folder)
    alive = folder.alive()
    state = _read(folder)
    if state is None and (alive or folder.busy()):
        return ServiceStatus("Transitioning")
    if state is None:
        return ServiceStatus("Failed", error=_never_started(folder))
    error = ServiceError.told(state.get("error"))
    word = str(state.get("state", "Failed"))
    if word == "Stopped" and folder.busy():
        return ServiceStatus("Transitioning")  # somebody puts another deployment in its place
    if not alive and word not in ("Failed", "Stopped"):
        word, error = "Failed", error or _VANISHED
    replicas = state.get("replicas") or {}
    return ServiceStatus(
        word,
        submitted=submitted(folder),
        port=state.get("port"),
        revision=int(state.get("revision") or 0),
        replicas_ready=int(replicas.get("ready", 0)) if alive else 0,
        replicas_wanted=int(replicas.get("wanted", 0)),
        error=error,
    )


def serving_revisions(folder: ServiceFolder) -> set[int]:
    """The revisions that some worker still runs."""
    state = _read(folder) or {}
    workers = {int(worker["revision"]) for worker in state.get("workers") or () if worker.get("revision")}
    return workers | {int(state.get("revision") or 0)}


def signal(folder: ServiceFolder, number: int, module: str = SCORING) -> bool:
    """Signal the supervisor; False where there is none. A recycled process id is never signalled.

    One that has failed and is about to end would hear no more what it is told: it is waited for, and counts as gone.
    """
    _until(lambda: not folder.alive() or _pid(folder, module) is not None, _START_GRACE_S)
    if number == signals.SIGHUP and (_read(folder) or {}).get("state") in ("Failed", "Stopped"):
        _until(lambda: not folder.alive(), _STOP_GRACE_S)
    pid = _pid(folder, module) or _search(folder, module)
    if pid is None or not folder.alive():
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def remind(folder: ServiceFolder, module: str = SCORING) -> None:
    """Let a supervisor that serves read its files, unless it has or starts the newest revision already."""
    state = _read(folder) or {}
    if state.get("pending") is None and 0 < int(state.get("revision") or 0) < submitted(folder):
        signal(folder, signals.SIGHUP, module)


def end(folder: ServiceFolder, module: str = SCORING) -> None:
    """Let the supervisor finish what it answers and end; after a grace, end its processes at once."""
    if signal(folder, signals.SIGTERM, module):
        pid = _pid(folder, module) or _search(folder, module)
        if not _until(lambda: not folder.alive(), _drain_s(folder) + _STOP_GRACE_S) and pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signals.SIGKILL)
            _until(lambda: not folder.alive(), _STOP_GRACE_S)
    _reap(folder)


def process_id(folder: ServiceFolder, module: str = SCORING) -> int | None:
    """The process id of the supervisor that holds the folder; None where there is none."""
    return _pid(folder, module) if folder.alive() else None


def _drain_s(folder: ServiceFolder) -> float:
    try:
        return ServerConfig.read(folder.service_file).drain_ms / 1000
    except (OSError, ValueError, TypeError):
        return ServerConfig.drain_ms / 1000


def _environment(site: Path) -> dict[str, str]:
    """Ours without what belongs to the notebook server and its kernel."""
    kept = {k: v for k, v in detached.environment().items() if not k.startswith(_NOT_INHERITED)}
    paths = [str(site), *filter(None, kept.get("PYTHONPATH", "").split(os.pathsep))]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}


def _read(folder: ServiceFolder) -> dict[str, Any] | None:
    try:
        state = json.loads(folder.state_file.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(state, dict) or not all(isinstance(state.get(key), kind) for key, kind in _KINDS.items()):
        return None
    return state


def submitted(folder: ServiceFolder) -> int:
    """The newest revision that ``service.json`` tells."""
    try:
        return ServerConfig.read(folder.service_file).revision
    except (OSError, ValueError, TypeError):
        return 0


def _pid(folder: ServiceFolder, module: str) -> int | None:
    """The supervisor's process id, unless that process has become another program."""
    state = _read(folder)
    pid = int(state["pid"]) if state and state.get("pid") else None
    return pid if pid is not None and _supervises(pid, module) else None


def _search(folder: ServiceFolder, module: str) -> int | None:
    """The supervisor's process id where the state cannot tell it."""
    import psutil

    if not folder.alive():
        return None
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [])[-2:] == [module, str(folder.path)]:
            return int(process.pid)
    return None


def _supervises(pid: int, module: str) -> bool:
    import psutil

    try:
        return module in psutil.Process(pid).cmdline()
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False


_VANISHED = ServiceError(
    "supervisor-vanished", "The service's supervisor is gone: it was killed, or the machine restarted."
)


def _never_started(folder: ServiceFolder) -> ServiceError:
    if not folder.exists():
        return ServiceError("interrupted", "The deployment was interrupted before the service was set up.")
    try:
        output = (folder.path / OUTPUT_FILE).read_text(errors="replace")
    except FileNotFoundError:
        return ServiceError("interrupted", "The deployment was interrupted before the service was started.")
    last = output.strip().splitlines()[-1:] or ["it said nothing"]
    return ServiceError("internal", f"The service's supervisor did not start: {last[0]}", traceback=output)


def _reap(folder: ServiceFolder) -> None:
    process = _started.get(str(folder.path))
    if process is not None and process.poll() is not None:
        del _started[str(folder.path)]


def _until(done: Callable[[], bool], seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit:
            return False
        time.sleep(_POLL_S)
    return True

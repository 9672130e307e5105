"""The profiles of a workspace: their records, the files beside them, and whoever is measuring one.

Whoever measures holds a lock for as long as it lives. A profile that is running by its record and whose lock
nobody holds was left by a process that was killed: it has failed, and its private service is removed.
"""

from __future__ import annotations

import difflib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import services
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.store.records import Records
    from aml_nb.core.workspace import Workspace

Payload = dict[str, Any]
RUNNING, SUCCEEDED, FAILED = "Running", "Succeeded", "Failed"
REQUESTS, LOG, SERVICE_LOG = "requests.json", "profile.log", "service.log"
_STOP_GRACE_S = 20.0


def records(workspace: Workspace) -> Records:
    """The records of the workspace's profiles."""
    return workspace._store.records("profile")


def slug(name: str) -> str:
    """A name for files and for the private service, whatever the profile is called."""
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')[:16] or 'profile'}-{mark}"


def handle_of(name: str) -> str:
    """What the private service is filed under; no service that a user deploys is called so."""
    return f"{slug(name)}@profile"


def folder_of(workspace: Workspace, name: str) -> Path:
    """Where a profile's requests and logs are."""
    return workspace._folder / "profiles" / slug(name)


def _lock_of(workspace: Workspace, name: str) -> Path:
    return workspace._folder / "profiles" / f".lock-{slug(name)}"


def claim(workspace: Workspace, name: str) -> int:
    """Take a profile's lock and return it as a file handle, for oneself or to hand on; BlockingIOError if taken."""
    path = _lock_of(workspace, name)
    path.parent.mkdir(exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(handle)
        raise
    return handle


def measured(workspace: Workspace, name: str) -> bool:
    """Whether somebody is at it."""
    try:
        os.close(claim(workspace, name))
    except BlockingIOError:
        return True
    return False


def get(workspace: Workspace, name: str) -> Payload:
    """The record of a profile as things stand; one whose process is gone has failed."""
    record = records(workspace).get(name)
    if record is None:
        raise not_found(workspace, name)
    return record if record["state"] != RUNNING else _looked_after(workspace, record)


def every(workspace: Workspace) -> list[Payload]:
    """The records of all profiles, oldest first."""
    return [_looked_after(workspace, record) for _, record in records(workspace).list()]


def end(workspace: Workspace, name: str, state: str, **facts: Any) -> None:
    """Write down how a profile ended."""

    def change(record: Payload) -> Payload:
        return {**record, **facts, "state": state, "endedTime": services.now()}

    records(workspace).modify(name, change)


def delete(workspace: Workspace, name: str) -> None:
    """Stop measuring, and remove what is there of a profile."""
    record = records(workspace).get(name)
    if record is None:
        raise not_found(workspace, name)
    handle = _claim_by_force(workspace, record)
    try:
        clean_up(workspace, record)
        shutil.rmtree(folder_of(workspace, name), ignore_errors=True)
        records(workspace).delete(name)
    finally:
        os.close(handle)


def stop_all(workspace: Workspace) -> None:
    """End every measurement of a workspace that is to be deleted."""
    for name, record in records(workspace).list():
        if record["state"] == RUNNING:
            delete(workspace, name)


def clean_up(workspace: Workspace, record: Payload) -> None:
    """Remove the private service, if any is left."""
    engine = services.engine_of(workspace, record)
    with engine.exclusive(record["handle"]):
        if engine.folder(record["handle"]).path.exists():
            engine.stop(record["handle"])


def not_found(workspace: Workspace, name: str) -> WebserviceException:
    """There is no profile of that name, but perhaps one that is near."""
    known = [known for known, _ in records(workspace).list()]
    near = difflib.get_close_matches(str(name), known, n=3)
    there = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there is {', '.join(known) or 'none'}"
    return WebserviceException(
        f"ModelProfileNotFound: Profile with name {name} not found in provided workspace",
        status_code=404,
        hint=f"Model.profile(ws, {name!r}, ...); {there}",
    )


def _looked_after(workspace: Workspace, record: Payload) -> Payload:
    if record["state"] != RUNNING:
        return record
    name = record["name"]
    try:
        handle = claim(workspace, name)
    except BlockingIOError:
        return record
    try:
        # It may have come to its end between the two looks.
        record = records(workspace).get(name) or record
        if record["state"] == RUNNING:
            clean_up(workspace, record)
            end(workspace, name, FAILED, error=_INTERRUPTED)
            record = records(workspace).get(name) or record
    finally:
        os.close(handle)
    return record


_INTERRUPTED = {
    "code": "interrupted",
    "message": "The process that measured is gone: it was killed, or the machine restarted.",
}


def _claim_by_force(workspace: Workspace, record: Payload) -> int:
    """The lock of a profile; whoever measures it is told to end, and after a grace killed."""
    limit, told = time.monotonic() + _STOP_GRACE_S, False
    while True:
        try:
            return claim(workspace, record["name"])
        except BlockingIOError:
            record = records(workspace).get(record["name"]) or record
        late = time.monotonic() > limit
        if not told or late:
            told = _signal(record, signal.SIGKILL if late else signal.SIGTERM)
        time.sleep(0.05)


def _signal(record: Payload, number: int) -> bool:
    """Signal the process that measures, unless its id belongs to another program by now."""
    import psutil

    pid = record.get("pid")
    if pid is None:
        return False
    with suppress(psutil.Error, ProcessLookupError, PermissionError):
        if "aml_nb.core.profile.runner" in psutil.Process(pid).cmdline():
            os.kill(pid, number)
            return True
    return False

"""Builds of images and packages, each a process of its own.

A build outlives the kernel that asked for it. It holds a lock for as long as it lives: one that was killed counts as
failed, and never as running for ever.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aml_nb
from aml_nb.core.store.owned_files import Files, add_files, drop_files, files_of
from aml_nb.core.store.records import next_number
from aml_nb.core.webservice.services import now
from aml_nb.engines import detached
from aml_nb.engines.folder import held
from aml_nb.engines.supervisor import Detached
from aml_nb.errors import AmlError, Source, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.image.recipe import Recipe
    from aml_nb.core.store.records import Records
    from aml_nb.core.workspace import Workspace

Payload = dict[str, Any]
IMAGE, PACKAGE = "image", "package"
QUEUED, RUNNING, SUCCEEDED, FAILED = "Queued", "Running", "Succeeded", "Failed"
ENDED = (SUCCEEDED, FAILED)
LOG = "build.txt"
_LOCK, _FOLDERS = "lock", {IMAGE: "images", PACKAGE: "packages"}
_LEFTOVER_S = 3600.0
_MODULE = "aml_nb.core.image.builder"
_started: dict[str, Detached] = {}


def records(workspace: Workspace, kind: str) -> Records:
    """The records of the workspace's images or packages."""
    return workspace._store.records(kind)


def folder_of(workspace: Workspace, kind: str, record: Payload) -> Path:
    """Where an image or a package keeps its files."""
    return workspace._folder / _FOLDERS[kind] / str(record["folder"])


def log_of(workspace: Workspace, kind: str, record: Payload) -> Path:
    """The log of its build."""
    return folder_of(workspace, kind, record) / LOG


def files(workspace: Workspace, kind: str, record: Payload) -> Files:
    """Path and digest of the files that it keeps."""
    return files_of(workspace._store, _owner(kind, record["id"]))


@contextmanager
def new_folder(workspace: Workspace, kind: str, name: str) -> Iterator[tuple[Path, int]]:
    """A folder and its lock, for one build; gone again where the build could not be begun."""
    root = workspace._folder / _FOLDERS[kind]
    _sweep(workspace, kind, root)
    folder = root / f"{name}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder, lock
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def add(
    workspace: Workspace, kind: str, record: Payload, recipe: Recipe, keep: Callable[[], Files], key: str = ""
) -> Payload:
    """Write the record and what it owns, all or nothing; without ``key`` it is the next version of its name.

    ``keep`` puts the files into the artifacts, again where somebody's deletion took some of them away meanwhile.
    """
    store = workspace._store
    while True:
        kept = keep()
        with store.write() as connection:
            if not all(workspace._artifacts.has(digest.sha256) for _, digest in kept):
                continue
            _require_models(workspace, recipe)
            version = None if key else next_number(store, connection, kind, record["name"])
            identity = key or f"{record['name']}:{version}"
            whole = {**record, **recipe.to_json(), "id": identity, "version": version, "createdTime": now()}
            whole |= {"creationState": QUEUED, "error": None}
            records(workspace, kind).create(identity, whole)
            add_files(store, connection, _owner(kind, identity), kept)
            return whole


def launch(workspace: Workspace, kind: str, record: Payload, lock: int) -> None:
    """Start the build; the process takes the lock over."""
    folder = folder_of(workspace, kind, record)
    package = str(Path(aml_nb.__file__).resolve().parent.parent)
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    with open(folder / LOG, "ab") as log:
        _started[str(folder)] = Detached(
            [sys.executable, "-u", "-m", _MODULE, str(workspace._folder), kind, record["id"], os.getcwd()],
            cwd=folder,  # a module of the user's that is called as one of Python's must not be taken for it
            env={**detached.environment(), "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock,),
        )


def settle(workspace: Workspace, kind: str, key: str) -> Payload | None:
    """The record as it is now; a build whose process is gone has failed."""
    record = records(workspace, kind).get(key)
    if record is None or record["creationState"] in ENDED:
        return record
    folder = folder_of(workspace, kind, record)
    if held(folder / _LOCK):
        return record
    _reap(folder)

    def end(last: Payload) -> None:
        if last["creationState"] not in ENDED:  # else it came to its end between our two looks
            last["creationState"] = FAILED
            last["error"] = {
                "code": "BuildInterrupted",
                "message": "The build was interrupted: its process was killed, or the machine restarted.",
                "hint": f"make the {kind} again",
            }

    try:
        return records(workspace, kind).modify(key, end)
    except KeyError:
        return None


def told(error: BaseException) -> Payload:
    """An error as a record keeps it."""
    source = getattr(error, "source", None)
    return {
        "code": "ImageBuildFailed",
        "message": error.message if isinstance(error, AmlError) else f"{type(error).__name__}: {error}",
        "hint": getattr(error, "hint", None),
        "file": source.path if source else None,
        "line": source.line if source else None,
        "first": source.first if source else None,
        "lines": list(source.lines) if source else [],
    }


def failure(workspace: Workspace, kind: str, record: Payload, begins: str) -> WebserviceException:
    """The error of a build that failed: why, the line of the user's specification, where the log is."""
    error = record.get("error") or {}
    log = log_of(workspace, kind, record)
    why = f"{error.get('message')}\nThe build log is {log.as_uri()}"
    hint = error.get("hint") or f"print(open({str(log)!r}).read())"
    failed = WebserviceException(f"{begins}\n{why}", source=Source.told(error), hint=hint)
    failed.brief = f"{begins.splitlines()[0]}\n{why}"
    return failed


def drop(workspace: Workspace, kind: str, record: Payload, refuse: Callable[[], None]) -> bool:
    """Remove the record and let go of its files, unless ``refuse`` raises; False where it was gone already."""
    from aml_nb.core.model.rows import registry

    store = workspace._store
    with store.write() as connection:
        refuse()
        gone = records(workspace, kind).delete(record["id"])
        drop_files(store, connection, _owner(kind, record["id"]))
    registry(workspace).drop_doomed()
    shutil.rmtree(folder_of(workspace, kind, record), ignore_errors=True)
    return gone


def end(workspace: Workspace, kind: str, record: Payload) -> None:
    """End the process of a build that is under way."""
    folder = folder_of(workspace, kind, record)
    if not held(folder / _LOCK):
        return
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if _MODULE in words and words[-2:-1] == [record["id"]] and str(workspace._folder) in words:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGTERM)
                process.wait(10)
    _reap(folder)


def end_all(workspace: Workspace) -> None:
    """End the builds of a workspace that is to be deleted."""
    for kind in _FOLDERS:
        for _, record in records(workspace, kind).list():
            end(workspace, kind, record)


def _require_models(workspace: Workspace, recipe: Recipe) -> None:
    from aml_nb.core.model import Model

    for model_id in recipe.model_ids:
        Model(workspace, id=model_id)


def _owner(kind: str, key: str) -> str:
    return f"{kind}/{key}"


def _reap(folder: Path) -> None:
    process = _started.pop(str(folder), None)
    if process is not None and process.poll() is None:
        _started[str(folder)] = process


def _sweep(workspace: Workspace, kind: str, root: Path) -> None:
    """Remove the folders of builds that a killed kernel never began."""
    if not root.is_dir():
        return
    limit = time.time() - _LEFTOVER_S
    old = [folder for folder in root.iterdir() if folder.stat().st_mtime < limit]
    known = {record["folder"] for _, record in records(workspace, kind).list()} if old else set()
    for folder in old:
        if folder.name not in known and not held(folder / _LOCK):
            shutil.rmtree(folder, ignore_errors=True)

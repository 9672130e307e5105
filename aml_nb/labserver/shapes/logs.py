"""Logs of services and runs, by ranges of bytes."""

from __future__ import annotations

import io
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.webservice import services as records
from aml_nb.display.run_facts import log_names
from aml_nb.engines.supervisor import OUTPUT_FILE
from aml_nb.errors import UserErrorException
from aml_nb.labserver import ranges
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import run_detail, service_detail
from aml_nb.scoring.config import LOG_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aml_nb.core.workspace import Workspace

SERVICE, DEPLOYMENT = "service", "deployment"
SERVICE_LOGS = (SERVICE, DEPLOYMENT)
_LINES = 5000
_LOOK_AGAIN_S = 2.0
_JOINT = 2048
"""So many bytes are the same nowhere else in a log, for its lines have times in them."""


def part(workspace: Workspace, kind: str, identity: str, name: str, start: int, most: int) -> dict[str, Any]:
    """A part of a log; an empty name is the one that tells most.

    Raises
    ------
    NothingThereError : no such service, run or log.
    """
    name = name or default(workspace, kind, identity)
    with opened(workspace, kind, identity, name) as file:
        return ranges.read(file, start, most).to_dict(name)


def default(workspace: Workspace, kind: str, identity: str) -> str:
    """The log that is shown first."""
    if kind == "services":
        return SERVICE
    names = log_names(RunFiles(workspace, run_detail.find(workspace, identity).run_id).names())
    if not names:
        raise NothingThereError(f"The run {identity} has written no log yet.", hint="wait until it has started")
    return names[0]


class Source:
    """A log that is read again and again.

    ``file`` is where it is on this machine, looked up anew now and then; None for one that has to be asked for as a
    whole, so that who follows it should take his time.
    """

    def __init__(self, workspace: Workspace, kind: str, identity: str, name: str) -> None:
        self._where = (workspace, kind, identity)
        self.name = name or default(*self._where)
        self.file = self._find()
        self._found = time.monotonic()
        self._last, self._left = b"", 0

    def read(self, start: int, most: int = ranges.DEFAULT) -> ranges.Part:
        """A part of it as it is now."""
        if time.monotonic() - self._found > _LOOK_AGAIN_S:
            self.file, self._found = self._find(), time.monotonic()
        if self.file is not None:
            with suppress(FileNotFoundError), self.file.open("rb") as file:
                return ranges.read(file, start, most)
        with opened(*self._where, self.name) as file:
            if self._where[1] != "services":
                return ranges.read(file, start, most)
            data = file.read()  # the last lines alone
        gone = self._gone(data)
        part = ranges.read(io.BytesIO(data), start if start < 0 else max(0, start - gone), most)
        return replace(part, start=part.start + gone, end=part.end + gone, size=part.size + gone)

    def _gone(self, data: bytes) -> int:
        """How many bytes of what was asked for before have left at the beginning: containers tell their last lines."""
        known, self._last = self._last, data
        if known and not data.startswith(known[:_JOINT]):
            joint = known[-_JOINT:]
            place = data.find(joint)
            self._left += len(known) if place < 0 else len(known) - len(joint) - place
        return self._left

    def _find(self) -> Path | None:
        workspace, kind, identity = self._where
        if kind == "services":
            return path_of(service_detail.find(workspace, identity), self.name)
        with opened(workspace, kind, identity, self.name) as file:
            return Path(file.name) if isinstance(getattr(file, "name", None), str) else None


@contextmanager
def opened(workspace: Workspace, kind: str, identity: str, name: str) -> Iterator[BinaryIO]:
    """A log to be read."""
    if kind == "services":
        with service_log(service_detail.find(workspace, identity), name) as file:
            yield file
    else:
        with run_file(workspace, identity, name) as file:
            yield file


@contextmanager
def service_log(service: Any, name: str) -> Iterator[BinaryIO]:
    """What a service wrote, or what was said while it was deployed."""
    if name not in SERVICE_LOGS:
        raise NothingThereError(f"A service has no log {name!r}.", hint=f"the logs are {', '.join(SERVICE_LOGS)}")
    path = path_of(service, name)
    if path is not None:
        with path.open("rb") as file:
            yield file
    elif name == SERVICE:  # in containers, or not begun yet: what there is of it is asked for as lines
        yield io.BytesIO(service.get_logs(_LINES).encode())
    else:
        yield io.BytesIO()


def path_of(service: Any, name: str) -> Path | None:
    """The file that a log of a service is on this machine; None where it is none, or not yet."""
    record = service._record
    folder = records.engine_of(service.workspace, record).folder(record["handle"])
    if name == DEPLOYMENT:
        return folder.events_file if folder.events_file.is_file() else None
    if record["engine"] != "process" or record["computeType"] == records.ENDPOINT:
        return None
    log, output = folder.path / LOG_FILE, folder.path / OUTPUT_FILE
    found = [path for path in (log, output) if path.is_file()]
    return next((path for path in found if path.stat().st_size), found[0] if found else None)


@contextmanager
def run_file(workspace: Workspace, run_id: str, name: str) -> Iterator[BinaryIO]:
    """A file of a run; a link that leads out of the run's own folder is none."""
    run_detail.find(workspace, run_id)
    files = RunFiles(workspace, run_id)
    missing = NothingThereError(f"The run {run_id} has no file {name!r}.", hint="the run's view lists its files")
    try:
        live = files.live_path(name)
        if live is not None and not live.resolve().is_relative_to(RunFolder(workspace, run_id).path.resolve()):
            raise missing
        file = files.open(name)
    except (OSError, UserErrorException):
        raise missing from None
    with file:
        yield file

"""A service's log as it grows: what is new since it was read last."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.webservice import services
from aml_nb.display.log_tail import readable
from aml_nb.errors import AmlError
from aml_nb.scoring.config import LOG_FILE

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice

MOST_LINES = 1000
_MOST_BYTES = 1024 * 1024
_ASKED, _ASKED_MORE = 200, 5000


class LogStream:
    """The log of a service; ``lines`` are the last of it, as far as they were read.

    Parameters
    ----------
    service : the service.
    most : how many lines are kept.
    """

    def __init__(self, service: Webservice, most: int = MOST_LINES) -> None:
        self._service = service
        self.lines: deque[str] = deque(maxlen=most)
        self._file: _File | None = None
        self._window: list[str] = []
        self._begun = False

    def read(self) -> list[str]:
        """The lines that are new; at first those that are there. AmlError where the service is gone."""
        path = self._path()
        if path is not None:
            if self._file is None:
                self._file = _File(path)
            new = self._file.read()
        else:
            new = self._asked()
        new = new[-(self.lines.maxlen or MOST_LINES) :]
        self.lines.extend(new)
        return new

    def _path(self) -> Path | None:
        """The file that a service of processes writes; elsewhere the engine is asked for its last lines."""
        record = self._service._record
        if record.get("engine") != "process" or record["computeType"] == services.ENDPOINT:
            return None
        path = services.engine_of(self._service.workspace, record).folder(record["handle"]).path / LOG_FILE
        return path if self._file is not None or (path.is_file() and path.stat().st_size) else None

    def _asked(self) -> list[str]:
        count = _ASKED if self._begun else self.lines.maxlen or MOST_LINES
        found = self._last(count)
        new = beyond(self._window, found)
        if new is None and len(found) >= count:
            found = self._last(_ASKED_MORE)
            new = beyond(self._window, found)
        self._begun = True
        self._window = found[-_ASKED:]
        return found if new is None else new

    def _last(self, count: int) -> list[str]:
        text = str(self._service.get_logs(num_lines=count) or "")
        return readable(text.encode("utf-8", "replace")).splitlines()


def beyond(before: list[str], now: list[str]) -> list[str] | None:
    """The lines of ``now`` that come after those of ``before``; None where the two have nothing in common."""
    if not before:
        return now
    for end in range(len(now), 0, -1):
        common = min(end, len(before))
        if now[end - common : end] == before[-common:]:
            return now[end:]
    return None


class _File:
    """A log file that is turned over by number: ``service.log`` becomes ``service.log.1``."""

    def __init__(self, path: Path) -> None:
        self._path, self._inode, self._at, self._rest = path, 0, 0, b""

    def read(self) -> list[str]:
        """The whole lines that are new."""
        data = b""
        try:
            with open(self._path, "rb") as file:
                there = os.fstat(file.fileno())
                if there.st_ino != self._inode:
                    data = self._end_of_the_old()
                    self._inode, self._at = there.st_ino, 0
                elif there.st_size < self._at:  # it was begun anew
                    self._at, self._rest = 0, b""
                if there.st_size - self._at > _MOST_BYTES:
                    self._at, data, self._rest = there.st_size - _MOST_BYTES, b"", b""
                    file.seek(self._at)
                    self._at += len(file.readline())  # the end of a line
                file.seek(self._at)
                data += file.read(there.st_size - self._at)
                self._at = there.st_size
        except FileNotFoundError:
            if not self._path.parent.is_dir():
                raise AmlError("The service was deleted; there is no more to its log.", hint="%service list") from None
            return []
        whole, found, self._rest = (self._rest + data).rpartition(b"\n")
        return readable(whole).split("\n") if found else []

    def _end_of_the_old(self) -> bytes:
        """What was written to the file before it was turned over, and not read yet."""
        older = Path(f"{self._path}.1")
        try:
            with open(older, "rb") as file:
                if not self._inode or os.fstat(file.fileno()).st_ino != self._inode:
                    return b""
                file.seek(self._at)
                return file.read()[-_MOST_BYTES:]
        except OSError:
            return b""

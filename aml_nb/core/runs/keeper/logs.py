"""A run's log: all of a small one; of a large one its beginning and its end."""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path

LIMIT_VARIABLE = "AML_NB_RUN_LOG_MB"
DEFAULT_MB = 32
_CHUNK = 1 << 16


class Log:
    """A file that is only ever appended to, so that whoever follows it can go on where they were.

    Parameters
    ----------
    path : the file; its folder is made.
    limit : how many bytes it has at most; the first half is written at once, the last half is written by ``close``.
    written : how many bytes of it are there already.
    """

    def __init__(self, path: Path, limit: int, written: int = 0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.lost = self.size = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._room = max(limit // 2, 1)
        self._most = max(limit - self._room, 1)
        self._room = max(self._room - written, 0)
        self._tail: deque[bytes] = deque()
        self._tail_size = self._left_out = 0
        self._told = False

    def write(self, data: bytes) -> None:
        """Add what was printed."""
        self.size += len(data)
        if len(data) <= self._room:
            self._room -= len(data)
            self._append(data)
            return
        if self._room:
            self._append(data[: self._room])
            data, self._room = data[self._room :], 0
        self._keep(data)

    def say(self, line: str) -> None:
        """Add a line of ours."""
        self.write(f"{line}\n".encode())

    def close(self) -> None:
        """Write what was kept of the end."""
        if self._tail:
            self._append(self._marker() + b"".join(self._tail))
            self._tail.clear()
        file, self._file = self._file, -1  # whoever still prints must not write into the next file of this number
        os.close(file)

    def last(self, size: int) -> bytes:
        """The last bytes, written or not."""
        kept = b"".join(self._tail)
        if len(kept) >= size:
            return kept[-size:]
        try:
            with open(self.path, "rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(0, end - size + len(kept)))
                return file.read() + kept
        except OSError:
            return kept

    def _keep(self, data: bytes) -> None:
        if not self._told:
            self._told = True
            self._append(b"\n[The log is large: of what follows, the end is shown when the run has ended.]\n")
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size > self._most:
            over = self._tail_size - self._most
            first = self._tail.popleft()
            if len(first) > over:
                self._tail.appendleft(first[over:])
            cut = min(len(first), over)
            self._tail_size -= cut
            self._left_out += cut

    def _marker(self) -> bytes:
        if not self._left_out:
            return b""
        return (
            f"[{self._left_out:,} bytes are left out here: {LIMIT_VARIABLE} says how many megabytes a log may have.]\n"
        ).encode()

    def _append(self, data: bytes) -> None:
        """Write; on a full disk what cannot be written is counted, and the script goes on."""
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:
            self.lost += len(data)


def limit() -> int:
    """How many bytes a log may have."""
    try:
        return max(1, int(float(os.environ.get(LIMIT_VARIABLE, DEFAULT_MB)) * 1024 * 1024))
    except ValueError:
        return DEFAULT_MB * 1024 * 1024


class Pump(threading.Thread):
    """Moves what a process prints to a log, until nobody can print any more."""

    def __init__(self, source: int, log: Log) -> None:
        super().__init__(daemon=True)
        self._source, self._log = source, log

    def run(self) -> None:
        """Read to the end."""
        while data := os.read(self._source, _CHUNK):
            self._log.write(data)
        os.close(self._source)

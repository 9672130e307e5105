"""Where a service's log goes: a file that is turned over when it grows, or a terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

MAX_BYTES = 10 * 1024 * 1024
KEPT = 3


class LogSink(Protocol):
    def write(self, data: bytes) -> None: ...


class LogFile:
    """Appends to ``path``; past ``max_bytes`` it becomes ``path.1``, that ``path.2``, up to ``kept``."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        self._path = path
        self._max = max_bytes
        self._kept = kept
        self._fd = -1
        self._size = 0
        self._open()

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._fd).st_size

    def write(self, data: bytes) -> None:
        """Append; on a full disk the lines are lost, the service goes on."""
        if self._size and self._size + len(data) > self._max:
            self._turn_over()
        try:
            self._size += os.write(self._fd, data)
        except OSError:
            pass

    def _turn_over(self) -> None:
        """Begin a new file; where that cannot be, the old one grows on until it is as large again."""
        full = self._fd
        try:
            for number in range(self._kept - 1, 0, -1):
                older = self._path.with_name(f"{self._path.name}.{number}")
                if older.exists():
                    os.replace(older, self._path.with_name(f"{self._path.name}.{number + 1}"))
            os.replace(self._path, self._path.with_name(f"{self._path.name}.1"))
            self._open()
            os.close(full)
        except OSError:
            self._size = 0


class Terminal:
    """Writes to a file descriptor as it comes."""

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd

    def write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            pass

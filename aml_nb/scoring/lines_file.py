"""A file of lines that several processes append to at once, and that is turned over when it has grown."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from aml_nb.scoring.logfile import KEPT, MAX_BYTES


class LinesFile:
    """Appends whole lines to ``path``; past ``max_bytes`` it becomes ``path.1``, that ``path.2``, up to ``kept``.

    The file is opened for each write, so that nobody writes to one that another process has turned over.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        self._path = path
        self._max = max_bytes
        self._kept = kept

    def write(self, data: bytes) -> bool:
        """Append lines; False where that cannot be, as on a full disk."""
        try:
            return self._append(data)
        except FileNotFoundError:
            pass
        except OSError:
            return False
        try:
            os.makedirs(self._path.parent, mode=0o700, exist_ok=True)
            return self._append(data)
        except OSError:
            return False

    def _append(self, data: bytes) -> bool:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and size + len(data) > self._max:
                self._turn_over()
                os.close(handle)
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            return os.write(handle, data) == len(data)
        finally:
            os.close(handle)

    def _turn_over(self) -> None:
        """Begin a new file, unless another process has just done so."""
        with open(self._path.with_name(f".{self._path.name}.lock"), "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.stat(self._path).st_size * 2 < self._max:
                return
            for number in range(self._kept - 1, 0, -1):
                older = self._path.with_name(f"{self._path.name}.{number}")
                if older.exists():
                    os.replace(older, self._path.with_name(f"{self._path.name}.{number + 1}"))
            os.replace(self._path, self._path.with_name(f"{self._path.name}.1"))


def files_of(path: Path, kept: int = KEPT) -> list[Path]:
    """What there is of a file of lines, oldest first."""
    older = [path.with_name(f"{path.name}.{number}") for number in range(kept, 0, -1)]
    return [file for file in (*older, path) if file.exists()]

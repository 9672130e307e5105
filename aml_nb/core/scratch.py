"""Temporary folders: gone when they are closed, and, where their process was killed, when the next one is made.

Whoever has such a folder holds a lock on it, which goes with the process. What nobody holds is swept.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from types import TracebackType

PREFIX = "aml-nb-scratch-"


class Scratch:
    """A temporary folder of this process.

    Parameters
    ----------
    purpose : a word for its name.

    Attributes
    ----------
    path : of the folder.
    """

    def __init__(self, purpose: str) -> None:
        _sweep(tempfile.gettempdir())
        self.path, self._descriptor = _made(purpose)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> str:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _made(purpose: str) -> tuple[str, int]:
    """A new folder, and a descriptor by which it is held; -1 where the file system has no locks."""
    while True:
        path = tempfile.mkdtemp(prefix=f"{PREFIX}{purpose}-")
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # it was swept before it was held
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        if os.path.isdir(path):
            return path, descriptor
        os.close(descriptor)


def _sweep(base: str) -> None:
    """Remove the folders of processes that were killed."""
    with suppress(OSError), os.scandir(base) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX):
                _remove_unless_held(entry.path)


def _remove_unless_held(path: str) -> None:
    with suppress(OSError):  # another user's, or gone meanwhile
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if os.fstat(descriptor).st_uid == os.getuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(descriptor)

"""Copying into and out of a datastore that is a folder of this machine.

A file is written in a staging folder and renamed: under its own name it is whole, whatever happens meanwhile. The
files are not synced one by one, which would cost more than copying them.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.data.paths import join
from aml_nb.core.data.progress import Progress
from aml_nb.core.data.sources import Source
from aml_nb.errors import StoreError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.file_transfers import FileTransfers

STAGING = ".aml_nb_staging"
LEFTOVER_SECONDS = 3600.0
SMALL, CHUNK = 1 << 17, 1 << 26
"""Files up to the first are read at once; the kernel copies others in pieces of the second."""
TRIES = 3


def names(datastore: FileTransfers, prefix: str) -> list[str]:
    """The files whose path begins with ``prefix``, sorted."""
    root = _root(datastore)
    folder = prefix.rpartition("/")[0]
    found: list[str] = []
    for place, folders, files in os.walk(root / folder, followlinks=True):
        folders[:] = sorted(name for name in folders if name != STAGING)
        base = os.path.relpath(place, root).replace(os.sep, "/")
        found += [join("" if base == "." else base, name) for name in sorted(files)]
    return [name for name in found if name.startswith(prefix)]


def put(datastore: FileTransfers, files: list[Source], target: str, overwrite: bool, progress: Progress) -> None:
    """Copy files into the datastore."""
    root = _root(datastore)
    own = getattr(datastore, "_folder", None) is not None
    staging = root.parent / ".staging" if own else root / STAGING
    with _staged(staging) as fresh:
        for source, name in files:
            final = f"{root}/{join(target, name)}"
            if not overwrite and os.path.lexists(final):
                progress.skipped(join(target, name))
                continue
            progress.starting(source)
            _place(source, fresh(), final, root)
            progress.done(source)


def fetch(datastore: FileTransfers, found: list[str], folder: Path, overwrite: bool, progress: Progress) -> None:
    """Copy files out of the datastore."""
    root = _root(datastore)
    with _staged(folder / STAGING) as fresh:
        for name in found:
            final = os.path.join(folder, name)
            if not overwrite and os.path.lexists(final):
                progress.skipped(final)
                continue
            progress.starting(name)
            _place(f"{root}/{name}", fresh(), final, folder)
            progress.done(name)


def _root(datastore: FileTransfers) -> Path:
    return Path(datastore._filesystem()[1])


@contextmanager
def _staged(folder: Path) -> Iterator[Callable[[], str]]:
    """A staging folder of one's own; gives a new path in it each time. What killed processes left is removed."""
    own = folder / uuid.uuid4().hex
    with told(str(folder)):
        own.mkdir(parents=True)
        _sweep(folder)
    counter = itertools.count()
    try:
        yield lambda: f"{own}/{next(counter)}"
    finally:
        shutil.rmtree(own, ignore_errors=True)
        with suppress(OSError):  # another upload has its files there
            folder.rmdir()


def _sweep(folder: Path) -> None:
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):
            if entry.stat(follow_symlinks=False).st_mtime < time.time() - LEFTOVER_SECONDS:
                shutil.rmtree(entry.path, ignore_errors=True)


def _place(source: str, staged: str, final: str, root: Path) -> None:
    """Copy a file under another name and rename it."""
    with told(source, final):
        copy(source, staged)
        try:
            os.replace(staged, final)
        except FileNotFoundError:
            _make_folder(os.path.dirname(final), root)
            os.replace(staged, final)


def _make_folder(folder: str, root: Path) -> None:
    os.makedirs(folder, exist_ok=True)
    if not Path(folder).resolve().is_relative_to(root.resolve()):
        raise UserErrorException(f"{folder} is a link that leads out of {root}.", hint=f"ls -ld {folder}")


def copy(source: str, target: str) -> None:
    """Copy a file's bytes to a path that is free; what changes meanwhile is copied again.

    Raises
    ------
    UserErrorException : the file keeps changing.
    """
    for _ in range(TRIES):
        if _copy_once(source, target):
            return
        os.unlink(target)
    raise UserErrorException(
        f"{source} changes while it is copied.", hint="copy it again when nothing writes to it any more"
    )


def _copy_once(source: str, target: str) -> bool:
    """Whether the bytes are those of one moment: nothing wrote to the file meanwhile."""
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        before = os.fstat(reading)
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            copied = _bytes(reading, writing, before.st_size)
        finally:
            os.close(writing)
        after = os.fstat(reading)
    finally:
        os.close(reading)
    return copied == after.st_size and before.st_mtime_ns == after.st_mtime_ns


def _bytes(reading: int, writing: int, size: int) -> int:
    copied = 0
    if size > SMALL and hasattr(os, "copy_file_range"):
        with suppress(OSError):  # other disks, or a kernel without it: what is left is copied below
            while count := os.copy_file_range(reading, writing, CHUNK):
                copied += count
    while block := os.read(reading, SMALL if size <= SMALL else 1 << 20):
        copied += len(block)
        while block:
            block = block[os.write(writing, block) :]
    return copied


@contextmanager
def told(source: str, target: str = "") -> Iterator[None]:
    """Turn what a disk says into words; nothing half-written is left under a file's own name."""
    try:
        yield
    except FileNotFoundError as error:
        raise UserErrorException(
            f"{error.filename or source} is not there any more.", hint="copy again; the files that were copied stay"
        ) from error
    except PermissionError as error:
        what = error.filename2 or error.filename or source
        raise UserErrorException(f"{what} cannot be {_verb(what, source)}.", hint=f"ls -l {what}") from error
    except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        raise UserErrorException(
            f"{target or source} cannot be written: a file and a folder have the same name.",
            hint=f"ls -ld {target or source}",
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StoreError(
                f"There is no room left on the disk for {target or source}; it was not written. The files before it "
                "stay.",
                hint="free some space and copy again: what is there already is skipped",
            ) from error
        raise StoreError(f"{source} could not be copied: {error}.", hint="copy again") from error


def _verb(path: str, source: str) -> str:
    return "read" if path == source else "written"

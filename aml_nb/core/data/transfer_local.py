"""Copying into and out of a datastore that is a folder of this machine.

A file is written in a staging folder and renamed: under its own name it is whole, whatever happens meanwhile. The
files are not synced one by one, which would cost more than copying them.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.data import sources
from aml_nb.core.data.paths import join
from aml_nb.core.data.progress import Progress
from aml_nb.core.data.sources import Source
from aml_nb.errors import AmlError, StoreError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.file_transfers import FileTransfers

STAGING = ".aml_nb_staging"
LEFTOVER_SECONDS = 3600.0
SMALL, CHUNK = 1 << 17, 1 << 26
"""Files up to the first are read at once; the kernel copies others in pieces of the second."""
TRIES = 3


def names(datastore: FileTransfers, prefix: str) -> list[str]:
    """The files whose path begins with ``prefix``, sorted; folders that cannot hold one are not looked into."""
    root = _root(datastore)

    def matching(name: str) -> bool:
        return name != STAGING and (name.startswith(prefix) or prefix.startswith(name + "/"))

    return [file.name for file in sources.below(root, matching) if file.name.startswith(prefix)]


def put(datastore: FileTransfers, files: list[Source], target: str, overwrite: bool, progress: Progress) -> None:
    """Copy files into the datastore."""
    root = _root(datastore)
    own = getattr(datastore, "_folder", None) is not None
    there = _There(root, overwrite)
    with _staged(root.parent / ".staging" if own else root / STAGING) as fresh:
        for source, name in files:
            path = join(target, name)
            if path in there:
                progress.skipped(path)
                continue
            progress.starting(source)
            _place(source, fresh(), f"{root}/{path}", progress)
            progress.done(source)


def fetch(datastore: FileTransfers, found: list[str], folder: Path, overwrite: bool, progress: Progress) -> None:
    """Copy files out of the datastore."""
    root = _root(datastore)
    there = _There(folder, overwrite)
    with _staged(folder / STAGING) as fresh:
        for name in found:
            final = os.path.join(folder, name)
            if name in there:
                progress.skipped(final)
                continue
            progress.starting(name)
            _place(f"{root}/{name}", fresh(), final, progress)
            progress.done(name)


class _There:
    """Which files are there already; each folder is listed once. Nothing is there for who overwrites.

    A folder that a link leads out of ``root`` is refused, for what is put in it would lie elsewhere.
    """

    def __init__(self, root: Path, overwrite: bool) -> None:
        self._root, self._overwrite = root, overwrite
        self._names: dict[str, set[str]] = {}

    def __contains__(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        names = self._names.get(folder)
        if names is None:
            names = self._names[folder] = self._list(self._root / folder)
        return name in names and not self._overwrite

    def _list(self, folder: Path) -> set[str]:
        if not folder.resolve().is_relative_to(self._root.resolve()):
            raise UserErrorException(
                f"{folder} is a link that leads out of the datastore or folder.", hint=f"ls -ld {folder}"
            )
        try:
            return set(os.listdir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return set()


def _root(datastore: FileTransfers) -> Path:
    return Path(datastore._filesystem()[1])


@contextmanager
def _staged(folder: Path) -> Iterator[Callable[[], str]]:
    """A staging folder of one's own, locked; gives a new path in it each time. What killed processes left goes."""
    own = folder / uuid.uuid4().hex
    with told(str(folder)):
        _make(own)
    counter = itertools.count()
    try:
        with _locked(own):
            _sweep(folder)
            yield lambda: f"{own}/{next(counter)}"
    finally:
        shutil.rmtree(own, ignore_errors=True)
        with suppress(OSError):  # another upload has its files there
            folder.rmdir()


def _make(own: Path) -> None:
    while not own.is_dir():
        with suppress(FileNotFoundError):  # another upload has just ended and taken the parent away
            own.mkdir(parents=True, exist_ok=True)


@contextmanager
def _locked(folder: Path, wait: bool = True) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    for entry in list(os.scandir(folder)):
        with suppress(OSError):  # whoever has it locked is alive
            if entry.stat(follow_symlinks=False).st_mtime < time.time() - LEFTOVER_SECONDS:
                with _locked(Path(entry.path), wait=False):
                    shutil.rmtree(entry.path, ignore_errors=True)


def _place(source: str, staged: str, final: str, progress: Progress) -> None:
    """Copy a file under another name and rename it."""
    try:
        copy(source, staged, progress.write)
        try:
            os.replace(staged, final)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(final), exist_ok=True)
            os.replace(staged, final)
    except OSError as error:
        raise in_words(error, source, final) from error


def copy(source: str, target: str, before_long: Callable[[], None] = lambda: None) -> None:
    """Copy a file's bytes to a path that is free; what changes meanwhile is copied again.

    Parameters
    ----------
    source, target : the file, and the path.
    before_long : called before a file that is not small is copied.

    Raises
    ------
    UserErrorException : the file keeps changing.
    """
    for _ in range(TRIES):
        if _copy_once(source, target, before_long):
            return
        os.unlink(target)
    raise UserErrorException(
        f"{source} changes while it is copied.", hint="copy it again when nothing writes to it any more"
    )


def _copy_once(source: str, target: str, before_long: Callable[[], None]) -> bool:
    """Whether the bytes are those of one moment: nothing wrote to the file meanwhile."""
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        before = os.fstat(reading)
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            if before.st_size > SMALL:
                before_long()
                copied = _long(reading, writing)
            else:
                copied = _short(reading, writing)
        finally:
            os.close(writing)
        after = os.fstat(reading)
    finally:
        os.close(reading)
    return copied == after.st_size and before.st_mtime_ns == after.st_mtime_ns


def _short(reading: int, writing: int) -> int:
    """One read and one write: most of what copying ten thousand small files takes is calls like these."""
    return _write(writing, os.read(reading, SMALL + 1))


def _long(reading: int, writing: int) -> int:
    copied = 0
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):  # other disks, or a kernel without it: what is left is copied below
            while count := os.copy_file_range(reading, writing, CHUNK):
                copied += count
    while block := os.read(reading, 1 << 20):
        copied += _write(writing, block)
    return copied


def _write(writing: int, block: bytes) -> int:
    done = 0
    while done < len(block):
        done += os.write(writing, block[done:] if done else block)
    return done


@contextmanager
def told(source: str, target: str = "") -> Iterator[None]:
    """Turn what a disk says into words."""
    try:
        yield
    except OSError as error:
        raise in_words(error, source, target) from error


def in_words(error: OSError, source: str, target: str) -> AmlError:
    """What a disk said, for who copies from ``source`` to ``target``."""
    if isinstance(error, FileNotFoundError):
        return UserErrorException(
            f"{error.filename or source} is not there any more.", hint="copy again; the files that were copied stay"
        )
    if isinstance(error, PermissionError):
        what = error.filename2 or error.filename or source
        done = "read" if what == source else "written"
        return UserErrorException(f"{what} cannot be {done}.", hint=f"ls -l {what}")
    if isinstance(error, (IsADirectoryError, NotADirectoryError, FileExistsError)):
        return UserErrorException(
            f"{target or source} cannot be written: a file and a folder have the same name.",
            hint=f"ls -ld {target or source}",
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreError(
            f"There is no room left on the disk for {target or source}; it was not written. The files before it stay.",
            hint="free some space and copy again: what is there already is skipped",
        )
    return StoreError(f"{source} could not be copied: {error}.", hint="copy again")

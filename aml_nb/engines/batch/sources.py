"""Where a batch job's items come from: mini-batches, made lazily, the same and in the same order each time.

``paths``   a file of paths, each ended by a NUL; an empty one ends a mini-batch before it is full (groups).
``folder``  a folder, listed once into such a file, so that a job that is resumed has the same mini-batches.
``a.b:c``   a function that is given the source's dictionary and the specification, and returns a ``Source``.
"""

from __future__ import annotations

import fnmatch
import importlib
import os
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aml_nb.engines.batch.spec import ITEMS_FILE, BatchError, BatchSpec

_BLOCK = 1 << 16


@dataclass(frozen=True)
class Batch:
    """A mini-batch: builtin types only, for it goes to another process.

    Attributes
    ----------
    number : its place in the input from 0 on; the same in every session of a job.
    count : how many items (files or rows) it has.
    kind : "files" (``payload`` is the list of paths) or "frame" (the bytes that ``frames.encode`` made).
    payload : what the worker makes ``run``'s argument of.
    label : what errors call it where there are no file names: "rows 100 to 199 of sales.csv".
    keys : the values of ``partition_keys`` that it was made by.
    """

    number: int
    count: int
    kind: str
    payload: Any
    label: str = ""
    keys: dict[str, Any] | None = None

    def missing(self, returned: int) -> int:
        """How many of its items have failed when ``run`` returned so many elements.

        Scripts sum up or train on what ``partition_keys`` have put together: one element speaks for all of it.
        """
        return 0 if self.keys and returned else max(self.count - returned, 0)


class Source(Protocol):
    """What gives the mini-batches."""

    def describe(self) -> dict[str, Any]:
        """What makes the mini-batches what they are: a job is only resumed with what describes itself alike."""

    def counted(self) -> tuple[int | None, int | None]:
        """How many items and mini-batches there are, where that is known before all were read."""

    def batches(self, skip: Container[int]) -> Iterator[Batch]:
        """The mini-batches in order, without those whose numbers are in ``skip``."""


class PathsSource:
    """The paths of a file, each ended by a NUL."""

    def __init__(self, path: str | Path, size: int, facts: dict[str, Any] | None = None) -> None:
        self._path, self._size = os.fspath(path), size
        self._facts = facts or {"kind": "paths", "file": self._path}
        self._counted: tuple[int, int] | None = None

    def describe(self) -> dict[str, Any]:
        return {**self._facts, "mini_batch_size": self._size}

    def counted(self) -> tuple[int, int]:
        if self._counted is None:
            self._counted = self._count()
        return self._counted

    def batches(self, skip: Container[int]) -> Iterator[Batch]:
        number = 0
        for group in self._groups():
            for start in range(0, len(group), self._size):
                if number not in skip:
                    paths = [os.fsdecode(path) for path in group[start : start + self._size]]
                    yield Batch(number, len(paths), "files", paths)
                number += 1

    def _groups(self) -> Iterator[list[bytes]]:
        """The paths, as many at a time as the buffer holds: whole mini-batches, save before an empty path."""
        held: list[bytes] = []
        with open(self._path, "rb") as file:
            rest = b""
            while block := file.read(_BLOCK):
                *whole, rest = (rest + block).split(b"\0")
                for path in whole if b"" in whole else ():
                    if path:
                        held.append(path)
                    elif held:
                        yield held
                        held = []
                if b"" not in whole:
                    held += whole
                full = len(held) - len(held) % self._size
                if full:
                    yield held[:full]
                    held = held[full:]
        if rest:
            held.append(rest)
        if held:
            yield held

    def _count(self) -> tuple[int, int]:
        items = batches = 0
        for group in self._groups():
            items += len(group)
            batches += -(-len(group) // self._size)
        return items, batches


class FolderSource(PathsSource):
    """The files of a folder and the folders in it, listed once.

    Parameters
    ----------
    items : the file that keeps the list: a job that is resumed has the mini-batches that it began with, whatever
        came into the folder meanwhile.
    """

    def __init__(self, path: str, pattern: str, items: Path, size: int) -> None:
        super().__init__(items, size, {"kind": "folder", "path": path, "pattern": pattern})
        if not items.exists():
            staged = items.with_suffix(".staged")
            with open(staged, "wb", buffering=1 << 20) as file:
                for found in listed(path, pattern):
                    file.write(found + b"\0")
            os.replace(staged, items)


def listed(folder: str, pattern: str = "*") -> Iterator[bytes]:
    """The files below a folder whose names match, in the order of their names, folder by folder.

    Raises
    ------
    BatchError : it cannot be read.
    """
    matches = None if pattern in ("", "*") else re.compile(fnmatch.translate(pattern).encode()).match
    top = os.fsencode(os.path.abspath(folder))
    waiting: list[tuple[bytes, frozenset[tuple[int, int]]]] = [(top, frozenset())]
    while waiting:
        path, above = waiting.pop()
        try:
            files, folders = _entries(path)
            place = os.stat(path)
        except OSError as error:
            message = f"The folder {os.fsdecode(path)} cannot be read: {error.strerror}"
            raise BatchError(message, hint="check the path of the input") from error
        known = (place.st_dev, place.st_ino)
        if known in above:
            continue  # a link that leads back to where it is
        prefix = os.path.join(path, b"")
        for name in files:
            if matches is None or matches(name):
                yield prefix + name
        waiting += [(prefix + name, above | {known}) for name in reversed(folders)]


def _entries(path: bytes) -> tuple[list[bytes], list[bytes]]:
    files, folders = [], []
    with os.scandir(path) as found:
        for entry in found:
            if entry.is_file():
                files.append(entry.name)
            elif entry.is_dir():
                folders.append(entry.name)
    files.sort()
    folders.sort()
    return files, folders


def open_source(spec: BatchSpec, folder: Path) -> Source:
    """The source that a specification names.

    Raises
    ------
    BatchError : there is no such kind, or it cannot be read.
    """
    facts = spec.source
    kind = str(facts.get("kind", ""))
    if kind == "paths":
        if not os.path.isfile(facts["file"]):
            raise BatchError(f"There is no list of paths {facts['file']}")
        return PathsSource(facts["file"], spec.mini_batch_size)
    if kind == "folder":
        items = folder / ITEMS_FILE
        return FolderSource(facts["path"], str(facts.get("pattern", "*")), items, spec.mini_batch_size)
    module, _, name = kind.partition(":")
    if not name:
        raise BatchError(f"There is no kind of source {kind!r}", hint='{"kind": "folder", "path": …}')
    found: Source = getattr(importlib.import_module(module), name)(facts, spec)
    return found

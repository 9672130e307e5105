"""A run's metrics: a journal to which any number of threads and processes append a line at a time.

A line is one ``write`` to a file opened for appending, so that lines never mix and what ``log`` has returned
from survives the process. Each begins with a line end of its own: what a full disk cut off cannot spoil what
comes after it.
"""

from __future__ import annotations

import json
import os
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from aml_nb.errors import StoreError

SCALAR = "scalar"
LIST = "list"
ROW = "row"
TABLE = "table"
IMAGE = "image"
CONFUSION_MATRIX = "confusion_matrix"
ACCURACY_TABLE = "accuracy_table"
RESIDUALS = "residuals"
PREDICTIONS = "predictions"
ARTIFACTS = frozenset({IMAGE, CONFUSION_MATRIX, ACCURACY_TABLE, RESIDUALS, PREDICTIONS})
"""Kinds whose value is the address of a file of the run."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Entry(NamedTuple):
    """One logged value; ``time`` is in milliseconds since 1970."""

    name: str
    kind: str
    value: Any
    step: int | None
    time: int


class Journal:
    """The metrics of one run, in the order in which they were logged."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file: dict[str, int] = {}
        self._close: Callable[[], Any] = _nothing

    def append(self, name: str, kind: str, value: Any, step: int | None = None, at: int | None = None) -> None:
        """Add one entry.

        Parameters
        ----------
        value : anything that JSON holds, NaN and infinities too.
        at : when, in milliseconds since 1970; now unless told.

        Raises
        ------
        StoreError : the disk is full, or the run's folder was deleted.
        """
        self.extend([Entry(name, kind, value, step, time.time_ns() // 1_000_000 if at is None else at)])

    def extend(self, entries: Iterable[Entry]) -> None:
        """Add several entries at once, next to each other."""
        data = "".join(f"\n{_encode(entry)}\n" for entry in entries).encode()
        if not data:
            return
        try:
            descriptor, kept = self._opened()
            try:
                written = os.write(descriptor, data)
                if written == len(data):
                    return
                # The rest is only to learn why there was no room for it; readers skip the line that was cut.
                os.write(descriptor, data[written:])
            finally:
                if not kept:
                    os.close(descriptor)
        except OSError as error:
            raise self._refused(error) from error
        raise StoreError(
            f"A metric could not be written whole to {self.path}.", hint="log it again: run.log(name, value)"
        )

    def read(self, offset: int = 0) -> tuple[list[Entry], int]:
        """The entries from ``offset`` on, and the offset to go on from; a line still being written is left for then."""
        try:
            with open(self.path, "rb") as file:
                file.seek(offset)
                data = file.read()
        except FileNotFoundError:
            return [], 0
        end = data.rfind(b"\n") + 1
        return _entries([line for line in data[:end].split(b"\n") if line]), offset + end

    def close(self) -> None:
        """Close the file; the next entry opens it again."""
        self._file.clear()
        _kept.discard(self)
        self._close()

    def _opened(self) -> tuple[int, bool]:
        """The open file, and whether it stays open: otherwise whoever asked closes it."""
        found = self._file.get("descriptor")
        if found is not None:
            if os.fstat(found).st_nlink:
                return found, True
            self.close()
        descriptor = self._open()
        if len(_kept) >= _MOST_KEPT:
            return descriptor, False
        first = self._file.setdefault("descriptor", descriptor)
        if first == descriptor:
            _kept.add(self)
            self._close = weakref.finalize(self, os.close, descriptor)
        else:  # another thread was faster
            os.close(descriptor)
        return first, True

    def _open(self) -> int:
        try:
            return _open(self.path)
        except FileNotFoundError:
            # The run's first entry. The workspace's folder is there, or the workspace was deleted.
            for folder in (self.path.parent.parent, self.path.parent):
                folder.mkdir(exist_ok=True)
            return _open(self.path)

    def _refused(self, error: OSError) -> Exception:
        if isinstance(error, FileNotFoundError):
            return StoreError(
                f"The folder of this run, {self.path.parent}, was deleted meanwhile.",
                hint="run = experiment.start_logging() begins another run",
            )
        from aml_nb.core.store.errors import explained

        return explained(error, self.path.parent)


def summary(entries: Iterable[Entry]) -> dict[str, Any]:
    """What v1's ``get_metrics`` makes of entries.

    A name logged once has its value, one logged repeatedly the list of its values; lists are joined; rows become
    a dictionary of columns, each a value or a list of them.
    """
    grouped: dict[str, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.name, []).append(entry)
    return {name: _together(group) for name, group in grouped.items()}


def _together(group: list[Entry]) -> Any:
    kinds = {entry.kind for entry in group}
    values = [entry.value for entry in group]
    if kinds <= {ROW, TABLE}:
        return values[0] if len(values) == 1 else _columns(values)
    if LIST in kinds:
        return [item for value in values for item in (value if isinstance(value, list) else [value])]
    return values[0] if len(values) == 1 else values


def _columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for key, value in row.items():
            columns.setdefault(key, []).extend(value if isinstance(value, list) else [value])
    return {key: values[0] if len(values) == 1 else values for key, values in columns.items()}


def _entries(lines: list[bytes]) -> list[Entry]:
    """The entries of the lines: parsed at once, a quarter of the time; one by one where a line is broken."""
    try:
        parsed = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        parsed = []
    # What broken lines make together is fewer values than there are lines, or no entry.
    if len(parsed) == len(lines) and all(type(item) is list and len(item) == 5 for item in parsed):
        return [Entry._make(item) for item in parsed if type(item[0]) is str and type(item[1]) is str]
    found = (_entry(line) for line in lines)
    return [entry for entry in found if entry is not None]


def _entry(line: bytes) -> Entry | None:
    """The entry of a line; None for what a full disk or a power cut left of one."""
    try:
        name, kind, value, step, at = json.loads(line)
    except (ValueError, TypeError):
        return None
    return Entry(name, kind, value, step, at) if isinstance(name, str) and isinstance(kind, str) else None


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)


# A notebook may hold on to more runs than it may have files open.
_MOST_KEPT = 64
_kept: weakref.WeakSet[Journal] = weakref.WeakSet()


def _nothing() -> None:
    pass

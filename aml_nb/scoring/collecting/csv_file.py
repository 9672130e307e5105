"""A CSV file that several processes append to at once: one header, whole rows."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_TRIES = 100
_CHUNK = 1024 * 1024
_QUOTED = "\r\n"
"""Cells that have one of these are quoted; before Python 3.13 those of the lines' end alone are."""


def lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as CSV, in UTF-8 whatever their texts have in them: one row must not make a day's file unreadable."""
    told = []
    for row in rows:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=_QUOTED).writerow(row)
        told.append(out.getvalue().removesuffix(_QUOTED) + "\n")
    return "".join(told).encode("utf-8", "backslashreplace")


def append(path: Path, header: bytes, rows: bytes) -> Path:
    """Append whole rows; the path they are in.

    Where the file has another header, they go beside it, into one whose name has the mark of theirs.

    Raises
    ------
    OSError : it cannot be written.
    """
    if _append(path, header, rows):
        return path
    mark = hashlib.sha256(header).hexdigest()[:8]
    beside = path.with_name(f"{path.stem}-{mark}{path.suffix}")
    _append(beside, header, rows)
    return beside


def _append(path: Path, header: bytes, rows: bytes) -> bool:
    for _ in range(_TRIES):
        os.makedirs(path.parent, exist_ok=True)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            continue  # the folder was taken away between the two: it is being fetched
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not _is_still(path, handle):
                continue
            return _write(handle, header, rows)
        finally:
            os.close(handle)
    raise OSError(f"{path} is taken away again and again")


def _write(handle: int, header: bytes, rows: bytes) -> bool:
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":  # whoever wrote was ended, or the disk was full
        size = _mend(handle)
    if size and os.pread(handle, len(header), 0) != header:
        return False
    data = rows if size else header + rows
    if os.write(handle, data) != len(data):
        with suppress(OSError):
            os.ftruncate(handle, size)
        raise OSError("the disk is full")
    return True


def _mend(handle: int) -> int:
    """Drop a last row that is not whole, which may have lines within a cell; how large the file is now."""
    whole = quotes = begin = 0
    while chunk := os.pread(handle, _CHUNK, begin):
        *ended, rest = chunk.split(b"\n")
        place = begin
        for line in ended:
            place += len(line) + 1
            quotes += line.count(b'"')
            if quotes % 2 == 0:
                whole = place
        quotes += rest.count(b'"')
        begin += len(chunk)
    os.ftruncate(handle, whole)
    return whole


def _is_still(path: Path, handle: int) -> bool:
    """Whether the file that was opened is the one at ``path``."""
    try:
        there, here = os.stat(path), os.fstat(handle)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

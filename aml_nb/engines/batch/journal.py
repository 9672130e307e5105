"""The journal of a batch job: what became of each mini-batch, and its rows, in one append-only file.

A record and its rows are one ``write``, with a checksum: after ``kill -9``, or a power cut, a mini-batch is there with
all of its rows or not at all, and what follows the first broken record is cut off. No file is synchronised before the
job ends, so that a mini-batch costs microseconds.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from aml_nb.errors import StoreError

DONE, FAILED, SESSION, END = "done", "failed", "session", "end"

_HEAD = struct.Struct("<4sIQI")
_MARK = b"\x1eaml"
_COPIED = 1 << 20


class Record(NamedTuple):
    """One record: its facts (``kind``, ``number``, …) and where its rows are in the file."""

    facts: dict[str, Any]
    start: int
    size: int


class Numbers:
    """A set of mini-batch numbers, a bit each."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self.count = 0

    def __contains__(self, number: object) -> bool:
        assert isinstance(number, int)
        place = number >> 3
        return place < len(self._bits) and bool(self._bits[place] & 1 << (number & 7))

    def add(self, number: int) -> None:
        """Add one."""
        if number in self:
            return
        place = number >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1024 - len(self._bits)))
        self._bits[place] |= 1 << (number & 7)
        self.count += 1

    def discard(self, number: int) -> None:
        """Take one out."""
        if number in self:
            self._bits[number >> 3] &= ~(1 << (number & 7))
            self.count -= 1


class Journal:
    """The journal in a file; made when it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._end = 0
        self.void: set[int] = set()
        """Where the rows of records begin that do not count any more."""

    def recover(self) -> Iterator[Record]:
        """All whole records, in order; then what is broken behind them is cut off."""
        for record in self.records(check=True):
            self._end = record.start + record.size
            yield record
        os.ftruncate(self._handle, self._end)

    def append(self, kind: str, facts: dict[str, Any], rows: bytes = b"") -> None:
        """Add a record.

        Raises
        ------
        StoreError : the disk is full, say; the journal is as it was.
        """
        text = json.dumps({"kind": kind, **facts}, separators=(",", ":")).encode()
        data = _HEAD.pack(_MARK, len(text), len(rows), zlib.crc32(rows, zlib.crc32(text))) + text + rows
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError as error:
            os.ftruncate(self._handle, self._end)
            raise StoreError(
                f"The journal {self.path} cannot be written: {error.strerror}. What was done until now is kept",
                hint="make room on the disk, then resume the job",
            ) from error
        self._end += len(data)

    def records(self, check: bool = False) -> Iterator[Record]:
        """The records until the first that is not whole.

        Parameters
        ----------
        check : compare the checksums as well.
        """
        with open(self.path, "rb", buffering=1 << 18) as file:
            size, start = os.fstat(file.fileno()).st_size, 0
            while (facts := _header(file, start, size)) is not None:
                told, text, rows, checksum = facts
                start += _HEAD.size + len(text)
                if check and _checksum(file, rows, zlib.crc32(text)) != checksum:
                    return
                yield Record(told, start, rows)
                start += rows
                file.seek(start)

    def copy_rows(self, target: BinaryIO, wanted: Numbers | None = None) -> int:
        """Write the rows of all mini-batches that were done; how many bytes.

        Parameters
        ----------
        wanted : is filled with the numbers that were written: a mini-batch's rows are written once.
        """
        seen, copied = wanted if wanted is not None else Numbers(), 0
        with open(self.path, "rb", buffering=0) as file:
            for facts, start, size in self.records():
                if facts["kind"] != DONE or facts["number"] in seen or start in self.void:
                    continue
                seen.add(facts["number"])
                copied += size
                while size:
                    data = os.pread(file.fileno(), min(size, _COPIED), start)
                    if not data:
                        raise StoreError(f"The journal {self.path} was cut short by another program")
                    target.write(data)
                    start, size = start + len(data), size - len(data)
        return copied

    def sync(self) -> None:
        """Have all of it on the disk."""
        os.fsync(self._handle)

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def _header(file: BinaryIO, start: int, size: int) -> tuple[dict[str, Any], bytes, int, int] | None:
    """The facts of the record at ``start``, their text, how long its rows are and its checksum."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    mark, facts, rows, checksum = _HEAD.unpack(head)
    if mark != _MARK or start + _HEAD.size + facts + rows > size:
        return None
    text = file.read(facts)
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return (told, text, rows, checksum) if isinstance(told, dict) and "kind" in told else None


def _checksum(file: BinaryIO, size: int, checksum: int) -> int:
    while size:
        data = file.read(min(size, _COPIED))
        if not data:
            return -1
        checksum = zlib.crc32(data, checksum)
        size -= len(data)
    return checksum

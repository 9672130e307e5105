"""Parts of files that may be large: a range of bytes, cut where lines end."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

DEFAULT = 64 * 1024
MOST = 1024 * 1024
FARTHEST = 2**62
"""No place in a file is as far as that."""


@dataclass(frozen=True)
class Part:
    """Bytes ``start`` to ``end`` of ``size``, as text."""

    start: int
    end: int
    size: int
    text: str

    def to_dict(self, name: str) -> dict[str, Any]:
        """As JSON has it, with the name of the file."""
        found = asdict(self)
        return {"name": name, "from": found.pop("start"), "to": found.pop("end"), **found}


def read(file: BinaryIO, start: int, most: int = DEFAULT) -> Part:
    """At most ``most`` bytes from ``start`` on; a negative ``start`` counts from the end.

    From the end on it begins with a whole line. It ends with one too, unless the file ends there or the line is
    longer than ``most``. Where the file is shorter than ``start`` it was begun anew: it is read from its beginning.
    """
    size = file.seek(0, io.SEEK_END)
    if start < 0:
        begin = max(0, size + start)
        begin = _line_start(file, begin, size) if begin else 0
    else:
        begin = start if start <= size else 0
    file.seek(begin)
    data = _cut(file.read(most), begin, size)
    return Part(begin, begin + len(data), size, data.decode("utf-8", "replace"))


def _line_start(file: BinaryIO, begin: int, size: int) -> int:
    """The beginning of the first line at or behind a place; that place where no line begins behind it."""
    file.seek(begin - 1)
    place = begin - 1
    while chunk := file.read(DEFAULT):
        found = chunk.find(b"\n")
        if found >= 0:
            return place + found + 1 if place + found + 1 < size else begin
        place += len(chunk)
    return begin


def _cut(data: bytes, begin: int, size: int) -> bytes:
    """Leave the line for later that is cut by the limit, and the character that is not whole yet."""
    if begin + len(data) < size:
        end = data.rfind(b"\n") + 1
        if end:
            return data[:end]
    return data[: len(data) - _unfinished(data)]


def _unfinished(data: bytes) -> int:
    """How many bytes at the end begin a character of UTF-8 that has more."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return 0
        if 0xC2 <= byte <= 0xF4:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if length > back and back < len(data) else 0
        if byte >= 0xC0:
            return 0
    return 0

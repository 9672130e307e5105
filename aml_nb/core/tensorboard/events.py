"""Event files as TensorBoard reads them: framed records, each a protocol buffer with one or more numbers.

They are written by hand: the format is small, and TensorBoard alone, without TensorFlow or PyTorch, does not write it.
"""

from __future__ import annotations

import socket
import struct
import time
from functools import lru_cache
from pathlib import Path
from types import TracebackType

_VERSION = b"brain.Event:2"
_DOUBLE, _BYTES, _FLOAT = 1, 2, 5


class EventFile:
    """A new event file in a folder; used with ``with``.

    Parameters
    ----------
    folder : the folder, made where it is missing; TensorBoard takes it for one run.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        now = time.time()
        self.path = folder / f"events.out.tfevents.{int(now * 1000)}.{socket.gethostname()}"
        self._file = self.path.open("wb")
        self._put(now, 0, _field(3, _BYTES, _VERSION))

    def scalar(self, tag: str, value: float, step: int, when: float) -> None:
        """Add a number.

        Parameters
        ----------
        tag : what it is called.
        value : the number.
        step : where it stands in its curve.
        when : seconds since 1970.
        """
        told = _field(1, _BYTES, tag.encode()) + _field(2, _FLOAT, struct.pack("<f", _bounded(value)))
        self._put(when, step, _field(5, _BYTES, _field(1, _BYTES, told)))

    def _put(self, when: float, step: int, what: bytes) -> None:
        event = _field(1, _DOUBLE, struct.pack("<d", when)) + b"\x10" + _varint(step) + what
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))

    def __enter__(self) -> EventFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _bounded(value: float) -> float:
    """The number, or an infinity where it is larger than a float of 32 bits can be."""
    try:
        struct.pack("<f", value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    return value


def _field(number: int, wire: int, content: bytes) -> bytes:
    """A field of a protocol buffer."""
    return bytes([number << 3 | wire]) + (_varint(len(content)) if wire == _BYTES else b"") + content


def _varint(number: int) -> bytes:
    """A whole number from 0 on, seven bits a byte."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


@lru_cache(maxsize=1)
def _table() -> list[int]:
    found = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        found.append(number)
    return found


def crc32c(data: bytes) -> int:
    """The Castagnoli checksum, by which records are protected."""
    table, found = _table(), 0xFFFFFFFF
    for byte in data:
        found = found >> 8 ^ table[(found ^ byte) & 0xFF]
    return found ^ 0xFFFFFFFF


def _checksum(data: bytes) -> bytes:
    found = crc32c(data)
    masked = (found >> 15 | found << 17) + 0xA282EAD8
    return struct.pack("<I", masked & 0xFFFFFFFF)

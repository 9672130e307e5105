"""What a service did in each second of the last hour, in a file that others may read while it is written.

The file has room for ROOM seconds; the one after takes the place of the oldest. A second that is not there is one in
which nobody kept the service. Whoever writes may be killed at any moment, and whoever comes next goes on.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aml_nb.scoring.histogram import BUCKETS, added

HISTORY_FILE = "metrics"
ROOM = 4096
"""Seconds that are kept: more than an hour."""

_MAGIC = b"aml_nb metrics 1"
_HEADER = 64
_RECORD = struct.Struct(f"<8q{BUCKETS}I")
_SIZE = _HEADER + ROOM * _RECORD.size
_MOST = 2**32 - 1


@dataclass(frozen=True)
class Second:
    """One second: ``at`` is its beginning (seconds since 1970), ``counts`` the requests by duration (``histogram``).

    ``requests`` are those for the entry script that were answered, ``errors`` those of them with a status of 500 or
    more; ``queue`` is how many waited when it ended, ``replicas`` how many were ready.
    """

    at: int
    requests: int = 0
    errors: int = 0
    replicas: int = 0
    queue: int = 0
    counts: tuple[int, ...] = (0,) * BUCKETS

    @classmethod
    def together(cls, at: int, seconds: Sequence[Second]) -> Second:
        """The same second of several services, or of several replicas, as one."""
        if len(seconds) == 1:
            return seconds[0]
        return cls(
            at,
            sum(s.requests for s in seconds),
            sum(s.errors for s in seconds),
            sum(s.replicas for s in seconds),
            sum(s.queue for s in seconds),
            tuple(added(s.counts for s in seconds)),
        )


class History:
    """Writes the file at ``path``; what it holds from before stays. OSError where it cannot be.

    Not through mapped memory: on a full disk that would end whoever writes.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._handle).st_size != _SIZE or os.pread(self._handle, len(_MAGIC), 0) != _MAGIC:
            os.ftruncate(self._handle, 0)
            os.ftruncate(self._handle, _SIZE)
            os.pwrite(self._handle, _MAGIC, 0)

    def note(self, second: Second) -> None:
        """Keep a second. Its date is written last: a reader never takes half of one for whole."""
        at = _HEADER + (second.at % ROOM) * _RECORD.size
        data = _packed(second)
        os.pwrite(self._handle, bytes(8) + data[8:], at)
        os.pwrite(self._handle, data[:8], at)

    def close(self) -> None:
        os.close(self._handle)


def _packed(second: Second) -> bytes:
    counts = [min(count, _MOST) for count in second.counts]
    numbers = (second.at, second.requests, second.errors, second.replicas, second.queue, 0, 0, 0)
    return _RECORD.pack(*numbers, *counts)


def read(path: Path, seconds: int, until: int | None = None) -> list[Second]:
    """The seconds that are in the file, oldest first; none where there is no such file.

    Parameters
    ----------
    path : the file.
    seconds : only the last so many.
    until : the last second; the one before this by default, for this one is not over.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return []
    return parse(data, seconds, until)


def parse(data: bytes, seconds: int, until: int | None = None) -> list[Second]:
    """As ``read``, of the file's content."""
    if len(data) != _SIZE or not data.startswith(_MAGIC):
        return []
    last = int(time.time()) - 1 if until is None else until
    found = []
    for at in range(last - min(seconds, ROOM) + 1, last + 1):
        place = _HEADER + (at % ROOM) * _RECORD.size
        whole = _RECORD.unpack_from(data, place)
        if whole[0] == at > 0:
            found.append(Second(at, whole[1], whole[2], whole[3], whole[4], whole[8:]))
    return found


def merged(rows: Iterable[Sequence[Second]]) -> list[Second]:
    """Several histories as one."""
    by_second: dict[int, list[Second]] = {}
    for row in rows:
        for second in row:
            by_second.setdefault(second.at, []).append(second)
    return [Second.together(at, by_second[at]) for at in sorted(by_second)]

"""The counts of requests that all workers of a service keep in one memory, so that any of them can tell all.

Each worker counts in a block of its own; the supervisor has one too, to which the counts of a worker that has ended
are added, so that nothing is ever counted down. A request costs some three hundred nanoseconds.
"""

from __future__ import annotations

import mmap
import os
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from aml_nb.scoring.histogram import BOUNDS, BUCKETS
from aml_nb.scoring.ledger import PLACES, shared_memory

SERIES = 32
"""As many kinds of requests (route, method, status) as a worker tells apart; the rest are counted together."""

SCORE, HEALTH, SWAGGER, MISSING, FOREIGN, METRICS, OTHER = range(7)
"""Where requests go."""

COUNTS = "application/vnd.aml-nb.counts+json"
"""The type of all that was counted, for whoever adds up several replicas; such a request is not counted itself."""

METHODS = ("_OTHER", "GET", "POST", "OPTIONS", "HEAD", "PUT", "DELETE", "PATCH")
_NUMBERS = {method: number for number, method in enumerate(METHODS)}

_KEY, _SUM, _FIRST = 0, 1, 2
_STRIDE = _FIRST + BUCKETS
_BLOCK = (SERIES + 1) * _STRIDE
"""A block's cells; what is counted in the one series that has no kind is told to nobody."""
_CHANGING, _USED = 0, 1
_GAUGES = 2
_HEAD = 16


@dataclass(frozen=True)
class Kind:
    """What the requests of a series have in common; ``status`` 0 are those that were not told apart."""

    route: int
    method: str
    status: int


@dataclass(frozen=True)
class Gauges:
    """How the service stood when its supervisor looked last; ``started`` in seconds since 1970."""

    ready: int = 0
    wanted: int = 0
    queue: int = 0
    restarts: int = 0
    revision: int = 0
    started: int = 0


_GAUGE_NAMES = ("ready", "wanted", "queue", "restarts", "revision", "started")

Snapshot = dict[Kind, tuple[float, list[int]]]
"""For each kind the sum of its durations in seconds, and how many of them were in each bucket."""


class Tallies:
    """The memory. The supervisor makes it, ``hold``s places for workers and lets them ``go``."""

    SIZE = (_HEAD + (PLACES + 1) * _BLOCK) * 8

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self._memory = mmap.mmap(handle, self.SIZE)
        self._bytes = memoryview(self._memory)
        self.cells = self._bytes.cast("q")
        self.sums = self._bytes.cast("d")
        self._taken: set[int] = set()

    @classmethod
    def make(cls) -> Tallies:
        """A new one, in which nothing is counted."""
        return cls(shared_memory(cls.SIZE))

    def close(self) -> None:
        """Let go of the memory."""
        for view in (self.cells, self.sums, self._bytes):
            view.release()
        self._memory.close()
        os.close(self.handle)

    # the supervisor's

    def hold(self) -> int:
        """A place for a new worker. ValueError where there is none."""
        place = next((n for n in range(1, PLACES + 1) if n not in self._taken), None)
        if place is None:
            raise ValueError(f"a service has {PLACES} workers at most")
        self._taken.add(place)
        self.cells[_USED] = max(self.cells[_USED], place)
        return place

    def go(self, place: int) -> None:
        """A worker has ended: keep what it counted, and free its place."""
        if place not in self._taken:
            return
        self.cells[_CHANGING] += 1  # odd: whoever reads now would count it twice, or not at all
        try:
            own = Counter(self, 0)
            for at, kind in _kinds(self, place):
                to = own.series(kind.route, kind.method, kind.status)
                self.sums[to + _SUM] += self.sums[at + _SUM]
                for number in range(_FIRST, _STRIDE):
                    self.cells[to + number] += self.cells[at + number]
            begin = _begin(place)
            self._memory[begin * 8 : (begin + _BLOCK) * 8] = bytes(_BLOCK * 8)
        finally:
            self.cells[_CHANGING] += 1
        self._taken.discard(place)

    def count_lost(self, status: int, seconds: float) -> None:
        """A request for the entry script was answered by the supervisor, because no worker could."""
        own = Counter(self, 0)
        own.count(own.series(SCORE, METHODS[0], status), seconds)

    def tell(self, gauges: Gauges) -> None:
        """Let all know how the service stands."""
        for number, name in enumerate(_GAUGE_NAMES):
            self.cells[_GAUGES + number] = getattr(gauges, name)

    # everybody's

    @property
    def gauges(self) -> Gauges:
        """How the service stands."""
        return Gauges(**{name: self.cells[_GAUGES + number] for number, name in enumerate(_GAUGE_NAMES)})

    def snapshot(self) -> Snapshot:
        """All counts together."""
        for _ in range(100):
            before = self.cells[_CHANGING]
            found = self._sum()
            if before % 2 == 0 and self.cells[_CHANGING] == before:
                return found
        return found  # the supervisor was killed amid a change

    def _sum(self) -> Snapshot:
        found: Snapshot = {}
        for place in range(min(self.cells[_USED], PLACES) + 1):
            for at, kind in _kinds(self, place):
                counts = self.cells[at + _FIRST : at + _STRIDE].tolist()
                total = self.sums[at + _SUM]
                if kind in found:
                    had, many = found[kind]
                    total, counts = had + total, [a + b for a, b in zip(many, counts, strict=True)]
                found[kind] = (total, counts)
        return found


class Counter:
    """Counts in one place. One thread at a time."""

    def __init__(self, tallies: Tallies, place: int) -> None:
        self._cells = tallies.cells
        self._sums = tallies.sums
        self._place = place
        self._known = {(k.route, k.method, k.status): at for at, k in _kinds(tallies, place)}
        self.nowhere = _begin(place) + SERIES * _STRIDE

    def series(self, route: int, method: str, status: int) -> int:
        """Where requests of this kind are counted."""
        key = (route, method, status)
        found = self._known.get(key)
        return self._open(route, method, status) if found is None else found

    def _open(self, route: int, method: str, status: int) -> int:
        number = len(self._known)
        method = method if method in _NUMBERS else METHODS[0]
        if number >= SERIES - 1 or not 0 <= status < 1000:
            route, method, status, number = OTHER, METHODS[0], 0, SERIES - 1
        key = (route, method, status)
        if key not in self._known:
            at = _begin(self._place) + number * _STRIDE
            self._cells[at + _KEY] = 1 + route + (_NUMBERS[method] << 8) + (status << 16)
            self._known[key] = at
        return self._known[key]

    def count(self, series: int, seconds: float) -> None:
        """A request of this kind was answered after so long."""
        self._cells[series + _FIRST + bisect_left(BOUNDS, seconds)] += 1
        self._sums[series + _SUM] += seconds


def _begin(place: int) -> int:
    return _HEAD + place * _BLOCK


def _kinds(tallies: Tallies, place: int) -> Iterator[tuple[int, Kind]]:
    """The series of a place: where it is, and what is counted there."""
    begin = _begin(place)
    for at in range(begin, begin + SERIES * _STRIDE, _STRIDE):
        key = tallies.cells[at + _KEY]
        if key > 0:
            yield at, Kind(key - 1 & 255, METHODS[(key >> 8 & 255) % len(METHODS)], key >> 16)

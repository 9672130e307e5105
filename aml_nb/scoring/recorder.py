"""What the supervisor does once a second: see what the workers have counted, and keep it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from aml_nb.scoring.histogram import BUCKETS, added
from aml_nb.scoring.history import ROOM, History, Second
from aml_nb.scoring.tallies import SCORE, Gauges, Snapshot

_FAILED = 500


class Recorder:
    """Keeps each second at ``path``. Where that cannot be (a full disk), it is tried again the next second.

    Parameters
    ----------
    path : the file of the history.
    clock : seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._history: History | None = None
        self._second = int(clock())
        self._before = Total(self._second)
        self._keep([])  # so that it is among the files of whoever records from the start

    @property
    def date(self) -> float:
        """When the second is over (monotonic seconds)."""
        return time.monotonic() + max(0.0, self._second + 1 - self._clock())

    @property
    def due(self) -> bool:
        """Whether another second is over, or the clock was put back."""
        return int(self._clock()) != self._second

    def look(self, snapshot: Snapshot, gauges: Gauges) -> None:
        """A second is over, or several are: what was counted since the last look was in the last of them."""
        now = int(self._clock())
        first, self._second = self._second, now
        total = Total.of(now, snapshot)
        last = total.since(self._before, now - 1, gauges)
        self._before = total
        missed = range(max(first, now - ROOM), now - 1)
        self._keep([*(Second(at, replicas=gauges.ready, queue=gauges.queue) for at in missed), last])

    def _keep(self, seconds: list[Second]) -> None:
        try:
            if self._history is None:
                self._history = History(self._path)
            for second in seconds:
                self._history.note(second)
        except OSError:
            self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._history is not None:
            self._history.close()
            self._history = None


class Total:
    """All requests for the entry script until now."""

    def __init__(self, at: int, errors: int = 0, counts: tuple[int, ...] = (0,) * BUCKETS) -> None:
        self.at = at
        self.errors = errors
        self.counts = counts

    @classmethod
    def of(cls, at: int, snapshot: Snapshot) -> Total:
        """What a snapshot holds of them."""
        rows = [(kind.status, counts) for kind, (_, counts) in snapshot.items() if kind.route == SCORE]
        errors = sum(sum(counts) for status, counts in rows if status >= _FAILED)
        return cls(at, errors, tuple(added(counts for _, counts in rows)))

    def since(self, before: Total, at: int, gauges: Gauges) -> Second:
        """The second ``at``, which is what has come since ``before``; never less than nothing."""
        counts = tuple(max(0, now - then) for now, then in zip(self.counts, before.counts, strict=True))
        return Second(at, sum(counts), max(0, self.errors - before.errors), gauges.ready, gauges.queue, counts)

"""How far a job is: a small file that is replaced a few times a second, and a line of text now and then."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aml_nb.engines.batch.tally import Tally

_EVERY_S, _SAID_S, _WINDOW_S = 0.25, 10.0, 15.0


class Progress:
    """Writes ``progress.json``: ``status``, counts, totals where known, ``rate`` (items a second), ``seconds_left``.

    Parameters
    ----------
    workers : gives name and state of each worker.
    """

    def __init__(
        self,
        path: Path,
        tally: Tally,
        tell: Callable[[str], None],
        workers: Callable[[], list[dict[str, Any]]],
        noun: str = "items",
    ) -> None:
        self._path, self._tally, self._tell, self._workers, self._noun = path, tally, tell, workers, noun
        self.items: int | None = None
        self.batches: int | None = None
        self._began = self._said = time.monotonic()
        self._written = 0.0
        self._earlier = tally.seconds
        self._first = tally.items
        self._samples: deque[tuple[float, int]] = deque()

    @property
    def seconds(self) -> float:
        """Of this session and those before."""
        return self._earlier + time.monotonic() - self._began

    @property
    def due(self) -> float:
        """In how many seconds it is to be written again."""
        return max(0.0, self._written + _EVERY_S - time.monotonic())

    def look(self) -> None:
        """Write the file, and say something, if it is time."""
        now = time.monotonic()
        if now - self._written < _EVERY_S:
            return
        self.write("Running")
        if now - self._said >= _SAID_S:
            self._said = now
            self._tell(self.sentence())

    def write(self, status: str, **more: Any) -> None:
        """Write the file now."""
        now = time.monotonic()
        self._written = now
        self._samples.append((now, self._tally.items))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW_S:
            self._samples.popleft()
        facts = {
            "status": status,
            "done": self._tally.done,
            "failed": self._tally.failed,
            "batches": self.batches,
            "items": self._tally.items,
            "items_failed": self._tally.items_failed,
            "items_total": self.items,
            "rows": self._tally.rows,
            "retries": self._tally.retries,
            "rate": round(self.rate(), 2),
            "seconds": round(self.seconds, 3),
            "seconds_left": self.seconds_left(),
            "workers": self._workers(),
            "workers_lost": self._tally.workers_lost,
            "updated": time.time(),
            **more,
        }
        staged = f"{self._path}.staged"
        with open(staged, "w", encoding="utf-8") as file:
            json.dump(facts, file)
        os.replace(staged, self._path)

    def rate(self) -> float:
        """Items a second, of late."""
        if len(self._samples) < 2:
            return 0.0
        (began, before), (now, items) = self._samples[0], self._samples[-1]
        return (items - before) / (now - began) if now > began else 0.0

    def seconds_left(self) -> float | None:
        """How long it will take as it goes now; None where that cannot be told."""
        rate = self.rate()
        if self.items is None or not rate:
            return None
        return round((self.items - self._tally.items) / rate, 1)

    def sentence(self) -> str:
        """All of it in a line."""
        total, left = self.items, self.seconds_left()
        share = f" of {total:,} ({100 * self._tally.items / total:.0f} %)" if total else ""
        failed = f", {self._tally.items_failed:,} failed" if self._tally.items_failed else ""
        rest = "" if left is None else f", {_span(left)} left"
        return f"{self._tally.items:,}{share} {self._noun}{failed}, {self.rate():,.0f}/s{rest}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"

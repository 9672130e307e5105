"""What a service uses while it is under load: CPU over a span of time, and the most memory seen in it.

How busy the machine was meanwhile is told too: who shares its cores with others uses less of them than alone.
"""

from __future__ import annotations

import threading
from types import TracebackType

from aml_nb.engines.base import Engine, Usage

_EVERY_S = 0.1


class Watch:
    """Looks at a service's usage as long as it is open; ``cpu_s`` and ``memory`` tell afterwards what was used.

    Both are None where the engine cannot tell. ``busy`` is the share of the machine's cores that worked.
    """

    def __init__(self, engine: Engine, handle: str) -> None:
        self._engine, self._handle = engine, handle
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._first: Usage | None = None
        self._last: Usage | None = None
        self._most = 0
        self._began, self.busy = _times(), 0.0

    @property
    def cpu_s(self) -> float | None:
        """Seconds of CPU."""
        if self._first is None or self._last is None:
            return None
        return max(0.0, self._last.cpu_s - self._first.cpu_s)

    @property
    def memory(self) -> int | None:
        """The most bytes of memory seen."""
        return self._most or None

    def _take(self) -> None:
        usage = self._engine.usage(self._handle)
        if usage is None:
            return
        self._first = self._first or usage
        self._last = usage
        self._most = max(self._most, usage.memory)

    def _look(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self._take()

    def __enter__(self) -> Watch:
        self._take()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._take()
        busy, idle = (now - then for now, then in zip(_times(), self._began, strict=True))
        self.busy = busy / (busy + idle) if busy + idle > 0 else 0.0


def _times() -> tuple[float, float]:
    """Seconds that the machine's cores have worked, and those they have not."""
    import psutil

    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    return sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0) - idle, idle

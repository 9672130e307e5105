"""Liveness probes: a worker that no longer answers its supervisor is ended, and another takes its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.process import READY, WorkerProcess

_DEFAULTS = {"period_s": 10.0, "initial_delay_s": 310.0, "timeout_s": 2.0, "success": 1, "failure": 3}


@dataclass
class _Record:
    """When a worker is probed next, since when an answer is awaited, and how the last probes ended."""

    next_at: float
    asked_at: float | None = None
    good: int = 0
    bad: int = 0


class Prober:
    """Asks each worker over its control line, which the thread that minds the worker's sockets answers."""

    def __init__(self) -> None:
        self._records: WeakKeyDictionary[WorkerProcess, _Record] = WeakKeyDictionary()

    def look(self, config: ServerConfig, workers: Iterable[WorkerProcess], now: float) -> list[WorkerProcess]:
        """Probe those that are due; the workers that failed too many probes in a row."""
        if config.probe is None:
            return []
        probe = {**_DEFAULTS, **config.probe}
        return [worker for worker in workers if worker.state == READY and self._fails(worker, probe, now)]

    def _fails(self, worker: WorkerProcess, probe: dict[str, float], now: float) -> bool:
        record = self._records.get(worker)
        if record is None:
            record = self._records[worker] = _Record(worker.ready_at + probe["initial_delay_s"])
        if record.asked_at is not None:
            self._judge(record, worker.heard_at, probe, now)
        if record.asked_at is None and now >= record.next_at:
            record.asked_at = now
            record.next_at = now + probe["period_s"]
            worker.tell("probe")
        return record.bad >= probe["failure"]

    @staticmethod
    def _judge(record: _Record, heard_at: float, probe: dict[str, float], now: float) -> None:
        assert record.asked_at is not None
        if heard_at >= record.asked_at:
            record.good += 1
            if record.good >= probe["success"]:
                record.bad = 0
        elif now >= record.asked_at + probe["timeout_s"]:
            record.good = 0
            record.bad += 1
        else:
            return
        record.asked_at = None

    def dates(self, config: ServerConfig, workers: Iterable[WorkerProcess]) -> list[float]:
        """When there is something to do, whatever happens (monotonic seconds)."""
        if config.probe is None:
            return []
        timeout = {**_DEFAULTS, **config.probe}["timeout_s"]
        records = [self._records[worker] for worker in workers if worker.state == READY and worker in self._records]
        return [record.next_at if record.asked_at is None else record.asked_at + timeout for record in records]


def unresponsive(config: ServerConfig) -> dict[str, object]:
    """What ``state.json`` says of a worker that was ended for it."""
    number = int({**_DEFAULTS, **(config.probe or {})}["failure"])
    return {
        "code": "worker-died",
        "message": f"The worker did not answer {number} liveness probes in a row, and was ended.",
    }

"""The autoscaler at work: how busy the replicas of a service are, and how many it ought to have."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import ceil
from weakref import WeakKeyDictionary

from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.process import WorkerProcess
from aml_nb.scoring.scaling import Autoscaler, Scaling


class Scaler:
    """Looks at the workers every ``refresh_s`` seconds."""

    def __init__(self) -> None:
        self._autoscaler: Autoscaler | None = None
        self._next_at = 0.0
        self._seen: WeakKeyDictionary[WorkerProcess, tuple[float, float]] = WeakKeyDictionary()
        self.utilization = 0.0

    @property
    def date(self) -> float:
        """When to look next (monotonic seconds)."""
        return self._next_at

    def replicas(self, config: ServerConfig, ready: Sequence[WorkerProcess]) -> int:
        """How many replicas the service ought to have."""
        now, have = time.monotonic(), replicas(config, config.worker_count)
        if config.scaling is None or now < self._next_at:
            return have
        self._next_at = now + config.scaling.refresh_s
        if self._autoscaler is None or self._autoscaler.scaling != config.scaling:
            self._autoscaler = Autoscaler(config.scaling)
        busy = self._busy(ready, now) / config.replica_workers
        self.utilization = busy / have
        waiting = sum(worker.ledger.waiting for worker in ready)
        return self._autoscaler.wanted(now, have, busy, waiting)

    def _busy(self, workers: Sequence[WorkerProcess], now: float) -> float:
        """How many workers were busy on average since the last look, or since they are ready."""
        busy = 0.0
        for worker in workers:
            since, before = self._seen.get(worker, (worker.ready_at, 0.0))
            idle = worker.idle_s(now)
            busy += min(1.0, max(0.0, 1 - (idle - before) / max(now - since, 0.001)))
            self._seen[worker] = (now, idle)
        return busy


def replicas(config: ServerConfig, workers: int) -> int:
    """How many replicas ``workers`` make."""
    return workers // config.replica_workers


def fitting(config: ServerConfig, serving: ServerConfig) -> ServerConfig:
    """``config`` with as many workers as serve now, where the autoscaler decides that."""
    scaling: Scaling | None = config.scaling
    if scaling is None:
        return config
    now = ceil(serving.worker_count / serving.replica_workers)
    number = min(scaling.maximum, max(scaling.minimum, now))
    return config.with_replicas(number)

"""What the front is told of the replicas, and what it tells of their load."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker.fleet.replica import Replica, State
from aml_nb.engines.front import Backend, Front, FrontConfig, FrontError, Server
from aml_nb.engines.front.runtime import Stats
from aml_nb.scoring.listening import BindError
from aml_nb.scoring.scaling import Autoscaler, Scaling

FOLDER = "front"
BACKEND = "service"
_SAMPLES = 5
_SHORTEST_S, _LONGEST_S = 0.05, 0.5
_LOOK_S = 1.0
_SERVING = (State.READY, State.DRAINING)


class Balance:
    """The front of one service.

    Parameters
    ----------
    folder : of the service; the front has one of its own in it.
    """

    def __init__(self, folder: Path) -> None:
        (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
        self._front = Front(folder / FOLDER)
        self._told: FrontConfig | None = None
        self._look_at = 0.0

    @property
    def folder(self) -> Path:
        """The front's own."""
        return self._front.folder

    @property
    def port(self) -> int | None:
        """Where the service answers."""
        return self._front.port

    def alive(self) -> bool:
        return self._front.alive()

    def tell(self, spec: ServiceSpec, replicas: list[Replica]) -> int:
        """Let the front know who serves; the port. One that has gone is started again.

        Raises
        ------
        FrontError, BindError : HAProxy is missing or refuses, the certificate is wrong, the port is taken.
        """
        config = self._config(spec, replicas)
        now = time.monotonic()
        if config == self._told and now < self._look_at and self._front.port is not None:
            return self._front.port
        self._look_at = now + _LOOK_S
        if config != self._told or not self._front.alive():
            self._front.start(config)
            self._told = config
        return self._front.port or 0

    def forget(self) -> None:
        """Tell all of it the next time: a certificate may be another one in the same place."""
        self._told = None

    def revive(self) -> int | None:
        """Start a front that has gone as it was last, and return its port."""
        config = self._front.config
        with suppress(FrontError, BindError, OSError):
            if config is not None and time.monotonic() >= self._look_at:
                self._look_at = time.monotonic() + _LOOK_S
                if not self._front.alive():
                    self._front.start(config)
        return self._front.port

    def up(self) -> int:
        """How many replicas the front itself finds well."""
        return sum(load.up for load in self.stats().servers.get(BACKEND, {}).values())

    def stats(self) -> Stats:
        return self._front.stats()

    def busy(self, replica: Replica, stats: Stats) -> int:
        """How many requests a replica computes."""
        return stats.load(BACKEND, replica.name).busy

    def stop(self, drain_s: float) -> None:
        self._front.stop(drain_s)

    @staticmethod
    def _config(spec: ServiceSpec, replicas: list[Replica]) -> FrontConfig:
        servers = tuple(
            Server(replica.name, *replica.address, replica.generation.spec.concurrency, replica.state is State.DRAINING)
            for replica in replicas
            if replica.state in _SERVING and replica.address is not None
        )
        backend = Backend(
            BACKEND,
            servers,
            queue_wait_ms=spec.max_queue_wait_ms,
            server_timeout_ms=spec.scoring_timeout_ms,
        )
        paths = tuple(dict.fromkeys(["/metrics", spec.scoring_path.rsplit("/", 1)[0] + "/metrics"]))
        return FrontConfig((backend,), port=spec.port, certificate=spec.certificate, metrics=paths)


class Meter:
    """Measures how many replicas are busy, several times between two looks of the autoscaler."""

    def __init__(self, scaling: Scaling) -> None:
        self.scaling = scaling
        self._scaler = Autoscaler(scaling)
        self._samples: list[float] = []
        self._sample_at = self._look_at = time.monotonic()
        self._pause = min(_LONGEST_S, max(_SHORTEST_S, scaling.refresh_s / _SAMPLES))

    @property
    def due(self) -> float:
        """When there is something to measure (monotonic seconds)."""
        return self._sample_at

    def measure(self, balance: Balance, replicas: list[Replica], wanted: int) -> int:
        """How many replicas there ought to be, from what the front tells."""
        now = time.monotonic()
        if now < self._sample_at:
            return wanted
        self._sample_at = now + self._pause
        stats = balance.stats()
        loads = [balance.busy(r, stats) / max(1, r.generation.spec.concurrency) for r in replicas]
        self._samples.append(sum(min(1.0, load) for load in loads))
        if now < self._look_at:
            return wanted
        self._look_at = now + self.scaling.refresh_s
        busy, self._samples = sum(self._samples) / len(self._samples), []
        return self._scaler.wanted(now, wanted, busy, stats.queued.get(BACKEND, 0))

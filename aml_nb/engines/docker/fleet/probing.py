"""Liveness probes: a replica that does not answer several times in a row is stuck."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from aml_nb.engines.base import Probe
from aml_nb.engines.docker import observing
from aml_nb.engines.docker.fleet.replica import Event, Replica, State, Stuck


class Prober:
    """Asks each replica in its turn; each in a thread, for a stuck one takes the whole time it is given."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._due: dict[Replica, float] = {}
        self._misses: dict[Replica, int] = {}
        self._asked: set[Replica] = set()

    def look(self, replicas: list[Replica]) -> float:
        """Ask those that are due; when somebody is due again (monotonic seconds)."""
        now = time.monotonic()
        ready = {r for r in replicas if r.state is State.READY and r.generation.spec.probe is not None}
        for known in (self._due, self._misses):
            for replica in [*known]:  # a copy: the threads that ask write to it
                if replica not in ready:
                    del known[replica]
        for replica in ready:
            probe = replica.generation.spec.probe
            assert probe is not None
            due = self._due.setdefault(replica, replica.since + probe.initial_delay_s)
            if due <= now and replica not in self._asked:
                self._due[replica] = now + probe.period_s
                self._asked.add(replica)
                threading.Thread(target=self._ask, args=(replica, probe), name="probe", daemon=True).start()
        return min(self._due.values(), default=now + 60)

    def _ask(self, replica: Replica, probe: Probe) -> None:
        where = replica.address
        well = where is not None and observing.probe(where, probe.timeout_s)[0]
        misses = 0 if well else self._misses.get(replica, 0) + 1
        self._misses[replica] = misses
        if misses >= probe.failure and replica.state is State.READY:
            self._misses[replica] = 0
            times = f"{misses} liveness probes" if misses > 1 else "a liveness probe"
            self._post(Stuck(replica, f"The replica {replica.name} did not answer {times}; it is restarted."))
        self._asked.discard(replica)

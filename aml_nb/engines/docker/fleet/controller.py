"""A service's controller: it hears what happens, lets the fleet decide what follows, and tells the front and the state.

One thread does all this. Whatever takes time at Docker's happens in others, and arrives as an event.
"""

from __future__ import annotations

import selectors
import signal
import time
from dataclasses import replace
from pathlib import Path

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet import network
from aml_nb.engines.docker.fleet.balance import BACKEND, Balance
from aml_nb.engines.docker.fleet.crew import Crew
from aml_nb.engines.docker.fleet.fetching import Fetcher
from aml_nb.engines.docker.fleet.figures import Figures, Standing
from aml_nb.engines.docker.fleet.fleet import Fleet
from aml_nb.engines.docker.fleet.generation import Generation, Memory
from aml_nb.engines.docker.fleet.inbox import Inbox
from aml_nb.engines.docker.fleet.metrics_server import MetricsServer
from aml_nb.engines.docker.fleet.probing import Prober
from aml_nb.engines.docker.fleet.replica import Away, Event, Lost, Removed, Replica, Seen, State, Stuck, Trouble, Up
from aml_nb.engines.docker.fleet.report import Report
from aml_nb.engines.docker.fleet.watch import Watch
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.front import FrontError
from aml_nb.errors import AmlError
from aml_nb.scoring.listening import BindError
from aml_nb.scoring.signals import Signals
from aml_nb.scoring.state import StateFile
from aml_nb.scoring.tallies import Gauges

FAILED_EXIT = 3
_LOOK_S = 1.0
_DRAIN_POLL_S = 0.05
_SETTLE_S = 5.0
_STOP_FRONT_S, _STOP_CONTAINERS_S, _STOP_ALL_S = 7.0, 4, 7.0


class Controller:
    """Keeps one service.

    Parameters
    ----------
    path : the service's folder, whose lock the process holds.
    state : tells how things stand.
    """

    def __init__(self, path: Path, state: StateFile) -> None:
        self._folder = ServiceFolder(path.parent, path.name)
        self._selector = selectors.DefaultSelector()
        self._inbox = Inbox(self._selector)
        self._figures = Figures(path, self._standing)
        self._crew = Crew(self._folder, self._inbox.post, self._figures.last)
        self._watch = Watch(self._folder, self._inbox.post)
        self._prober = Prober(self._inbox.post)
        self._balance = Balance(path)
        self._report = Report(self._folder, state)
        self._fetcher = Fetcher(self._folder, self._answering, self._report.note)
        self._metrics = MetricsServer(self._folder, self._balance.folder, self._figures)
        deployment = Deployment.read(path)
        if deployment is None:
            raise ValueError("The service was never set up: there is no deployment.json.")
        memory = Memory.read(path)
        self._report.recall(memory)
        self._fleet = Fleet(self._folder, self._crew, self._report, memory, deployment)
        self._newest = deployment
        self._adopting: set[Replica] | None = set() if memory.serving else None
        self._settle_until = 0.0
        self._stopping = False
        self._started = int(time.time())

    # life

    def run(self) -> int:
        """Keep the service until told to stop; the exit code is FAILED_EXIT where it could not start."""
        signals = Signals(self._selector)
        self._watch.begin()
        for part in (self._figures, self._fetcher, self._metrics):
            part.begin()
        self._report.note(f"Service {self._fleet.serving.spec.name}, revision {self._fleet.serving.spec.revision}.")
        self._fleet.remember()
        if self._adopting is None:
            self._fleet.submit(self._newest)
        while not (self._stopping or self._fleet.broken):
            self._step(signals)
        self._take_down()
        self._report.last("Failed" if self._fleet.broken else "Stopped")
        return FAILED_EXIT if self._fleet.broken else 0

    def _step(self, signals: Signals) -> None:
        for key, _ in self._selector.select(self._patience()):
            key.data()
        for event in self._inbox.take():
            self._heed(event)
        if not self._folder.path.is_dir():
            self._stopping = True  # whoever removed it can find, call or stop this service no more
        for number in signals.take():
            self._obey(number)
        if self._stopping or self._fleet.broken or self._waits_for_adopted():
            return
        self._fleet.look_for_keys()
        self._fleet.take_over()
        self._fleet.scale(self._balance)
        self._fleet.keep_up()
        self._spread()
        self._finish_drains()
        if not self._fleet.broken:
            self._tell()

    def _patience(self) -> float:
        dates = [time.monotonic() + _LOOK_S, self._prober.look(self._crew.replicas)]
        if self._adopting is None:  # before that nothing is measured
            dates.append(self._fleet.measure_at)
        if any(replica.state is State.DRAINING for replica in self._crew.replicas):
            dates.append(time.monotonic() + _DRAIN_POLL_S)
        if self._fleet.start_after > time.monotonic():
            dates.append(self._fleet.start_after)
        return max(0.0, min(dates) - time.monotonic())

    def _obey(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            self._stopping = True
        elif number == signal.SIGHUP:
            self._reload()

    def _reload(self) -> None:
        """Do what the folder says now."""
        self._fleet.read_keys()
        try:
            deployment = Deployment.read(self._folder.path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._report.refused(ServiceError("internal", f"deployment.json cannot be read: {error}"), self._newest)
            return
        self._balance.forget()
        if deployment is not None and deployment != self._newest:
            self._newest = deployment
            if self._adopting is None or self._settle_until:  # else adopting ends with it
                self._fleet.submit(deployment)

    # adoption

    def _adopt(self, seen: Seen) -> None:
        """Take over the containers of a controller that died, or those that the deployment started."""
        assert self._adopting is not None
        fleet = self._fleet
        # A former controller may have put in older keys.
        keys = None if fleet.memory.was_healthy else fleet.keys(fleet.serving)
        for key, facts in seen.containers.items():
            if facts.revision == fleet.serving.base:
                self._adopting.add(self._crew.adopt(fleet.serving, key, facts, keys))
            else:
                stray = Replica(Generation(fleet.serving.deployment, facts.revision), facts.name, key)
                self._crew.replicas.append(stray)
                self._crew.retire(stray)
        self._settle_until = time.monotonic() + _SETTLE_S
        found = len(self._adopting)
        if fleet.meter is not None:
            fleet.wanted = max(found, fleet.wanted)
        if fleet.memory.was_healthy:
            self._report.note(f"Took over {found} replica{'s' if found != 1 else ''}.")
        if self._newest != fleet.serving.deployment and self._newest.spec.revision != fleet.memory.refused:
            fleet.submit(self._newest)

    def _waits_for_adopted(self) -> bool:
        """While the front serves, it is not told of replicas that were not looked at yet."""
        if self._adopting is None:
            return False
        if not self._settle_until:
            self._wait_for_daemon()
            return True
        starting = any(replica.state is State.STARTING for replica in self._adopting)
        if starting and self._fleet.memory.was_healthy and time.monotonic() < self._settle_until:
            if self._balance.alive():
                return True
        self._adopting = None
        return False

    def _wait_for_daemon(self) -> None:
        """What can be told and done while nobody says which containers there are."""
        if self._fleet.memory.was_healthy:
            self._report.port = self._balance.revive()
        if self._report.daemon_away:
            self._tell()

    # events

    def _heed(self, event: Event) -> None:
        if isinstance(event, Up):
            self._fleet.up(event)
        elif isinstance(event, Lost):
            self._fleet.lost(event)
        elif isinstance(event, Removed):
            self._crew.forget(event.replica)
        elif isinstance(event, Trouble):
            self._report.troubled(event.error)
        elif isinstance(event, Stuck):
            self._fleet.stuck(event)
        elif isinstance(event, Away):
            self._report.away(event.error)
        elif isinstance(event, Seen):
            self._report.back()
            if self._adopting is not None and not self._settle_until:
                self._adopt(event)
            else:
                self._fleet.look(event)

    # the front

    def _spread(self) -> None:
        """Let the front know who serves. The service is nothing without its address."""
        try:
            port = self._balance.tell(self._fleet.serving.spec, self._shown())
            self._report.port = port
            self._report.front_error = None
        except (FrontError, BindError, OSError) as error:  # a full disk is no reason to leave the replicas alone
            report = getattr(error, "report", None) or {"code": "front", "message": str(error)}
            told = ServiceError(str(report["code"]), str(report["message"]))
            if not self._report.was_healthy and self._report.port is None:
                self._fleet.give_up(replace(told, revision=self._fleet.serving.spec.revision))
            else:
                self._report.front_error = told

    def _shown(self) -> list[Replica]:
        """Whom the front is to know: nobody of a revision that has not taken over."""
        return [replica for replica in self._crew.replicas if replica.generation is not self._fleet.pending]

    def _finish_drains(self) -> None:
        """Remove replicas that have answered all they had."""
        draining = [replica for replica in self._crew.replicas if replica.state is State.DRAINING]
        if not draining or self._report.front_error is not None:
            return
        stats = self._balance.stats()
        for replica in draining:
            if not self._balance.busy(replica, stats) or time.monotonic() > replica.drain_until:
                self._crew.retire(replica)

    def _tell(self) -> None:
        ready = self._crew.of(self._fleet.serving, State.READY)
        self._metrics.spec = self._fleet.serving.spec
        up = self._balance.up() if self._report.daemon_away else len(ready)
        self._report.tell(self._fleet.serving, self._crew.replicas, ready=up, wanted=self._fleet.wanted)
        if self._report.was_healthy and not self._fleet.memory.was_healthy:
            self._fleet.remember()

    # figures: these are asked in other threads, which change nothing

    def _answering(self) -> list[Replica]:
        return [r for r in list(self._crew.replicas) if r.state in (State.READY, State.DRAINING)]

    def _standing(self) -> Standing:
        serving, stats = self._fleet.serving, self._balance.stats()
        ready = sum(1 for r in list(self._crew.replicas) if r.generation is serving and r.state is State.READY)
        gauges = Gauges(
            ready=ready,
            wanted=self._fleet.wanted,
            queue=stats.queued.get(BACKEND, 0),
            restarts=self._report.restarts,
            revision=serving.spec.revision,
            started=self._started,
        )
        wait_s = (serving.spec.max_queue_wait_ms or 0) / 1000
        return Standing(gauges, self._answering(), stats.failed.get(BACKEND, 0), wait_s)

    # the end

    def _take_down(self) -> None:
        """Finish what has come, then leave nothing."""
        self._report.note("Stopping.")
        self._report.stopping(self._fleet.broken)
        for part in (self._watch, self._figures, self._fetcher, self._metrics):
            part.end()
        self._balance.stop(0 if self._fleet.broken else _STOP_FRONT_S)
        for replica in list(self._crew.replicas):
            self._crew.retire(replica, None if self._fleet.broken else _STOP_CONTAINERS_S)
        self._crew.hands.finish(_STOP_ALL_S)
        try:
            with clients.plainly("remove the network"):
                network.release(clients.connect(clients.LOOK_S), self._folder.root)
        except AmlError as error:
            self._report.note(f"The network is left: {error.message}")

"""What replicas there are and what there ought to be: the decisions of a service's controller.

One thread decides. Whatever takes time at Docker's happens in others, and arrives as an event.
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from dataclasses import replace
from pathlib import Path

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet import network
from aml_nb.engines.docker.fleet.balance import Balance, Meter
from aml_nb.engines.docker.fleet.crew import ALIVE, Crew
from aml_nb.engines.docker.fleet.generation import Generation, Memory
from aml_nb.engines.docker.fleet.inbox import Inbox
from aml_nb.engines.docker.fleet.probing import Prober
from aml_nb.engines.docker.fleet.replica import Away, Event, Lost, Removed, Replica, Seen, State, Stuck, Trouble, Up
from aml_nb.engines.docker.fleet.report import Report
from aml_nb.engines.docker.fleet.watch import Watch
from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.engines.front import FrontError
from aml_nb.errors import AmlError
from aml_nb.scoring.listening import BindError
from aml_nb.scoring.signals import Signals
from aml_nb.scoring.state import StateFile

FAILED_EXIT = 3
_FLAPPING_S, _MAX_PAUSE_S, _CALM = 60.0, 10.0, 3
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
        self._crew = Crew(self._folder, self._inbox.post)
        self._watch = Watch(self._folder, self._inbox.post)
        self._prober = Prober(self._inbox.post)
        self._balance = Balance(path)
        self._report = Report(self._folder, state)
        self._keys = self._folder.keys() or Keys.make()
        deployment = Deployment.read(path)
        if deployment is None:
            raise ValueError("The service was never set up: there is no deployment.json.")
        self._memory = Memory.read(path)
        self._serving = Generation(self._memory.serving or deployment, self._memory.base or deployment.spec.revision)
        self._newest = deployment
        self._pending: Generation | None = None
        self._wanted = self._serving.least()
        self._meter = _meter(self._serving)
        self._adopting: set[Replica] | None = set() if self._memory.serving else None
        self._settle_until = 0.0
        self._deaths: list[float] = []
        self._start_after = 0.0
        self._stopping = self._failed = False
        self._report.recall(self._memory)

    # life

    def run(self) -> int:
        """Keep the service until told to stop; the exit code is FAILED_EXIT where it could not start."""
        signals = Signals(self._selector)
        self._watch.begin()
        self._report.note(f"Service {self._serving.spec.name}, revision {self._serving.spec.revision}.")
        self._remember()
        if self._adopting is None:
            self._submit(self._newest)
        while not self._stopping:
            self._step(signals)
        self._take_down()
        self._report.last("Failed" if self._failed else "Stopped")
        return FAILED_EXIT if self._failed else 0

    def _step(self, signals: Signals) -> None:
        for key, _ in self._selector.select(self._patience()):
            key.data()
        for event in self._inbox.take():
            self._heed(event)
        if not self._folder.path.is_dir():
            self._stopping = True  # whoever removed it can find, call or stop this service no more
        for number in signals.take():
            self._obey(number)
        if self._stopping or self._waits_for_adopted():
            return
        self._take_over()
        self._scale()
        self._keep_up()
        self._spread()
        self._finish_drains()
        if not self._stopping:
            self._tell()

    def _patience(self) -> float:
        dates = [time.monotonic() + _LOOK_S, self._prober.look(self._crew.replicas)]
        if self._meter is not None:
            dates.append(self._meter.due)
        if any(replica.state is State.DRAINING for replica in self._crew.replicas):
            dates.append(time.monotonic() + _DRAIN_POLL_S)
        if self._start_after > time.monotonic():
            dates.append(self._start_after)
        return max(0.0, min(dates) - time.monotonic())

    def _obey(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            self._stopping = True
        elif number == signal.SIGHUP:
            self._reload()

    def _reload(self) -> None:
        """Do what the folder says now."""
        keys = self._folder.keys()
        if keys is not None and keys != self._keys:
            self._keys = keys
            self._crew.rekey(keys)
        try:
            deployment = Deployment.read(self._folder.path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._report.refused(ServiceError("internal", f"deployment.json cannot be read: {error}"), self._newest)
            return
        self._balance.forget()
        if deployment is not None and deployment != self._newest:
            self._newest = deployment
            if not self._adopting:
                self._submit(deployment)

    # adoption

    def _adopt(self, seen: Seen) -> None:
        """Take over the containers of a controller that died, or those that the deployment started."""
        assert self._adopting is not None
        for key, facts in seen.containers.items():
            if facts.revision == self._serving.base:
                keys = None if self._memory.was_healthy else self._keys  # those of a former controller may be older
                self._adopting.add(self._crew.adopt(self._serving, key, facts, keys))
            else:
                stray = Replica(Generation(self._serving.deployment, facts.revision), facts.name, key)
                self._crew.replicas.append(stray)
                self._crew.retire(stray)
        self._settle_until = time.monotonic() + _SETTLE_S
        found = len(self._adopting)
        self._wanted = max(found, self._wanted) if self._meter is not None else self._wanted
        if self._memory.was_healthy:
            self._report.note(f"Took over {found} replica{'s' if found != 1 else ''}.")
        if self._newest != self._serving.deployment and self._newest.spec.revision != self._memory.refused:
            self._submit(self._newest)

    def _waits_for_adopted(self) -> bool:
        """While the front serves, it is not told of replicas that were not looked at yet."""
        if self._adopting is None:
            return False
        if not self._settle_until:
            self._wait_for_daemon()
            return True
        waiting = any(replica.state is State.STARTING for replica in self._adopting)
        if waiting and self._memory.was_healthy and time.monotonic() < self._settle_until and self._balance.alive():
            return True
        self._adopting = None
        return False

    def _wait_for_daemon(self) -> None:
        """What can be told and done while nobody says which containers there are."""
        if self._memory.was_healthy:
            self._report.port = self._balance.revive()
        if self._report.daemon_away:
            self._tell()

    # revisions

    def _submit(self, deployment: Deployment) -> None:
        """Bring a revision: in the containers that there are, or in new ones beside them."""
        revision = deployment.spec.revision
        if self._pending is not None and not self._pending.fits(deployment):
            self._dismiss_all(self._pending)
            self._pending = None
        if self._pending is not None:
            self._pending.deployment = deployment
        elif self._serving.fits(deployment) and (self._report.was_healthy or not self._crew.replicas):
            self._serving.deployment = deployment
            self._meter = _meter(self._serving)
            self._wanted = self._serving.least() if self._meter is None else _within(self._meter, self._wanted)
            self._report.accepted()
            self._remember()
        else:
            self._report.note(f"Rolling out revision {revision}.")
            self._pending = Generation.of(deployment)
            self._report.pending(revision)
            self._crew.start(self._pending, self._pending_wanted(), self._keys)

    def _pending_wanted(self) -> int:
        """As many replicas as serve now, within what the new revision allows."""
        assert self._pending is not None
        scaling = self._pending.spec.scaling
        if scaling is None or not self._report.was_healthy:
            return self._pending.least()
        return min(scaling.maximum, max(scaling.minimum, self._wanted))

    def _take_over(self) -> None:
        """Once all replicas of a new revision are ready, the old ones go."""
        new = self._pending
        if new is None or len(self._crew.of(new, State.READY)) < self._pending_wanted():
            return
        old = self._serving
        self._wanted, self._serving, self._pending = self._pending_wanted(), new, None
        self._meter = _meter(new)
        self._report.note(f"Revision {new.spec.revision} serves; revision {old.spec.revision} is drained.")
        self._report.accepted()
        self._dismiss_all(old)
        self._remember()

    def _put_away(self, error: ServiceError) -> None:
        """A new revision cannot start: what served before goes on."""
        assert self._pending is not None
        refused, self._pending = self._pending, None
        self._dismiss_all(refused)
        revision = refused.spec.revision
        if not self._report.was_healthy and not self._crew.of(self._serving, *ALIVE):
            self._break(replace(error, revision=revision))
            return
        self._report.note(f"Revision {revision} could not start; revision {self._serving.spec.revision} goes on.")
        self._report.refused(error, refused.deployment)
        self._memory = replace(self._memory, refused=revision)
        self._remember()

    def _dismiss_all(self, generation: Generation) -> None:
        for replica in self._crew.of(generation, *ALIVE):
            self._crew.dismiss(replica)

    def _break(self, error: ServiceError) -> None:
        """The service cannot start at all: say why, and leave nothing running."""
        self._failed = self._stopping = True
        self._report.broken(error)

    # replicas

    def _heed(self, event: Event) -> None:
        if isinstance(event, Up):
            self._up(event)
        elif isinstance(event, Lost):
            self._lost(event)
        elif isinstance(event, Removed):
            self._crew.forget(event.replica)
        elif isinstance(event, Trouble):
            self._report.troubled(event.error)
        elif isinstance(event, Stuck):
            self._stuck(event)
        elif isinstance(event, Away):
            self._report.away(event.error)
        elif isinstance(event, Seen):
            self._report.back()
            self._look(event)

    def _up(self, event: Up) -> None:
        replica = event.replica
        if replica.state is not State.STARTING:
            return
        replica.state, replica.address, replica.since = State.READY, event.address, time.monotonic()
        if replica.keys != self._keys:
            self._crew.hands.rekey(replica, self._keys)
        self._report.note(f"Replica {replica.name} is ready after {time.monotonic() - replica.born:.2f} s.")

    def _lost(self, event: Lost) -> None:
        """Decide what a replica's end means."""
        replica = event.replica
        if replica.state in (State.DRAINING, State.ENDING):
            if event.gone:
                self._crew.forget(replica)
            return
        self._report.note(f"Replica {replica.name} is gone: {event.error.message}")
        if event.gone:
            self._crew.forget(replica)
        else:
            self._crew.retire(replica, None)
        if replica.generation is self._pending:
            self._put_away(event.error)
        elif replica.generation is self._serving:
            self._replace(event.error)

    def _replace(self, error: ServiceError) -> None:
        """A replica of the serving revision ended: another is started, or the service never starts at all."""
        if not self._report.was_healthy:
            if self._pending is None:  # else the newer revision may do better
                self._break(replace(error, revision=self._serving.spec.revision))
            return
        now = time.monotonic()
        self._deaths = [date for date in self._deaths if now - date < _FLAPPING_S] + [now]
        often = len(self._deaths) - _CALM
        self._start_after = now if often <= 0 else now + min(_MAX_PAUSE_S, 0.25 * 2.0 ** (often - 1))
        self._report.troubled(error)

    def _stuck(self, event: Stuck) -> None:
        if event.replica.state is State.READY:
            self._report.note(event.message)
            self._report.troubled(ServiceError("liveness", event.message))
            event.replica.state = State.STARTING
            self._crew.hands.revive(event.replica, event.message)

    def _look(self, seen: Seen) -> None:
        """Compare what Docker says with what is thought."""
        if self._adopting is not None and not self._settle_until:
            self._adopt(seen)
            return
        for replica in list(self._crew.replicas):
            if replica.state not in (State.READY, State.DOWN) or replica.since >= seen.at:
                continue
            facts = seen.containers.get(replica.id or "")
            if facts is None:
                why = f"The container {replica.name} was removed from outside."
                self._lost(Lost(replica, ServiceError("container-removed", why), gone=True))
            elif facts.word == "running":
                if replica.state is State.DOWN or facts.address != replica.address:
                    replica.state = State.STARTING
                    self._crew.hands.follow(replica)
            elif facts.word in ("restarting", "paused"):
                if replica.state is State.READY:
                    replica.state = State.DOWN
                    self._report.troubled(ServiceError(f"container-{facts.word}", f"{replica.name} is {facts.word}."))
            else:
                replica.state = State.STARTING
                self._crew.hands.revive(replica)

    def _scale(self) -> None:
        """As many replicas as the autoscaler wants."""
        if self._meter is None or self._pending is not None:
            return
        ready = self._crew.of(self._serving, State.READY)
        wanted = self._meter.measure(self._balance, ready, self._wanted)
        if wanted != self._wanted:
            self._report.note(f"The load asks for {wanted} replicas; there were {self._wanted}.")
            self._wanted = wanted

    def _keep_up(self) -> None:
        """Start what is missing, let go what is too much: of the youngest, those first that are not ready yet."""
        mine = self._crew.of(self._serving, *ALIVE)
        missing = self._wanted - len(mine)
        if missing > 0 and time.monotonic() >= self._start_after and not self._superseded():
            self._crew.start(self._serving, missing, self._keys)
        for replica in sorted(mine, key=lambda r: (r.state is State.READY, -r.born))[: max(0, -missing)]:
            self._crew.dismiss(replica)

    def _superseded(self) -> bool:
        """The serving revision never started, and a newer one is on its way."""
        return self._pending is not None and not self._report.was_healthy

    # the front

    def _spread(self) -> None:
        """Let the front know who serves. The service is nothing without its address."""
        try:
            port = self._balance.tell(self._serving.spec, self._shown())
            self._report.port = port
            self._report.front_error = None
        except (FrontError, BindError) as error:
            told = ServiceError(str(error.report["code"]), str(error.report["message"]))
            if not self._report.was_healthy and self._report.port is None:
                self._break(replace(told, revision=self._serving.spec.revision))
            else:
                self._report.front_error = told

    def _shown(self) -> list[Replica]:
        """Whom the front is to know: nobody of a revision that has not taken over."""
        return [replica for replica in self._crew.replicas if replica.generation is not self._pending]

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
        ready = self._crew.of(self._serving, State.READY)
        up = self._balance.up() if self._report.daemon_away else len(ready)
        self._report.tell(self._serving, self._crew.replicas, ready=up, wanted=self._wanted)
        if self._report.was_healthy and not self._memory.was_healthy:
            self._remember()

    # the end

    def _take_down(self) -> None:
        """Finish what has come, then leave nothing."""
        self._report.note("Stopping.")
        self._report.stopping(self._failed)
        self._watch.end()
        self._balance.stop(0 if self._failed else _STOP_FRONT_S)
        for replica in list(self._crew.replicas):
            self._crew.retire(replica, None if self._failed else _STOP_CONTAINERS_S)
        self._crew.hands.finish(_STOP_ALL_S)
        try:
            with clients.plainly("remove the network"):
                network.release(clients.connect(clients.LOOK_S), self._folder.root)
        except AmlError as error:
            self._report.note(f"The network is left: {error.message}")

    def _remember(self) -> None:
        was_healthy = self._report.was_healthy
        self._memory = replace(
            self._memory,
            serving=self._serving.deployment,
            base=self._serving.base,
            was_healthy=was_healthy,
            error=self._report.lasting_error,
        )
        if os.path.isdir(self._folder.path):
            self._memory.write(self._folder.path)


def _meter(generation: Generation) -> Meter | None:
    return Meter(generation.spec.scaling) if generation.spec.scaling is not None else None


def _within(meter: Meter, wanted: int) -> int:
    return min(meter.scaling.maximum, max(meter.scaling.minimum, wanted))

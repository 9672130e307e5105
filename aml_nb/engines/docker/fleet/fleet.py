"""The replicas of a service and its revisions: what follows from what happens to them."""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet.balance import Balance, Meter
from aml_nb.engines.docker.fleet.crew import ALIVE, Crew
from aml_nb.engines.docker.fleet.generation import Generation, Memory
from aml_nb.engines.docker.fleet.replica import Lost, Seen, State, Stuck, Up
from aml_nb.engines.docker.fleet.report import Report
from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.scoring.changed import Changed

_FLAPPING_S, _MAX_PAUSE_S, _CALM = 60.0, 10.0, 3


class Fleet:
    """Decides which replicas there are; ``broken`` once the service cannot start at all.

    Parameters
    ----------
    folder : of the service.
    crew : has the replicas.
    report : is told what matters to users.
    memory : what a former controller left.
    deployment : the newest revision.
    """

    def __init__(
        self, folder: ServiceFolder, crew: Crew, report: Report, memory: Memory, deployment: Deployment
    ) -> None:
        self._folder = folder
        self._crew = crew
        self._report = report
        self.memory = memory
        self._keys: dict[int, Keys] = {}
        self._changed = Changed()
        self.serving = Generation(memory.serving or deployment, memory.base or deployment.spec.revision)
        self.pending: Generation | None = None
        self.wanted = self.serving.least()
        self.meter = _meter(self.serving)
        self.broken = False
        self.start_after = 0.0
        self._deaths: list[float] = []

    # revisions

    def submit(self, deployment: Deployment) -> None:
        """Bring a revision: in the containers that there are, or in new ones beside them."""
        revision = deployment.spec.revision
        if self.pending is not None and not self.pending.fits(deployment):
            self._dismiss_all(self.pending)
            self.pending = None
        if self.pending is not None:
            self.pending.deployment = deployment
            self._report.pending(revision)
            self._fill()
        elif self.serving.fits(deployment) and (self._report.was_healthy or not self._crew.replicas):
            self.serving.deployment = deployment
            self.meter = _meter(self.serving)
            self.wanted = self.serving.least() if self.meter is None else _within(self.meter, self.wanted)
            self._report.accepted()
            self.remember()
        else:
            self._report.note(f"Rolling out revision {revision}.")
            self.pending = Generation.of(deployment)
            self._report.pending(revision)
            self._fill()

    def _fill(self) -> None:
        """Start what the new revision lacks: while it is rolled out, more may come to be wanted of it."""
        if self.pending is not None:
            missing = self._pending_wanted() - len(self._crew.of(self.pending, *ALIVE))
            self._crew.start(self.pending, missing, self.keys(self.pending))

    def _pending_wanted(self) -> int:
        """As many replicas as serve now, within what the new revision allows."""
        assert self.pending is not None
        scaling = self.pending.spec.scaling
        if scaling is None or not self._report.was_healthy:
            return self.pending.least()
        return min(scaling.maximum, max(scaling.minimum, self.wanted))

    def take_over(self) -> None:
        """Once all replicas of a new revision are ready, the old ones go."""
        new = self.pending
        if new is None or len(self._crew.of(new, State.READY)) < self._pending_wanted():
            return
        old = self.serving
        self.wanted, self.serving, self.pending = self._pending_wanted(), new, None
        self.meter = _meter(new)
        self._report.note(f"Revision {new.spec.revision} serves; revision {old.spec.revision} is drained.")
        self._report.accepted()
        self._dismiss_all(old)
        self.remember()

    def _put_away(self, error: ServiceError) -> None:
        """A new revision cannot start: what served before goes on."""
        assert self.pending is not None
        refused, self.pending = self.pending, None
        self._dismiss_all(refused)
        revision = refused.spec.revision
        if not self._report.was_healthy and not self._crew.of(self.serving, *ALIVE):
            self.give_up(replace(error, revision=revision))
            return
        self._report.note(f"Revision {revision} could not start; revision {self.serving.spec.revision} goes on.")
        self._report.refused(error, refused.deployment)
        self.memory = replace(self.memory, refused=revision)
        self.remember()

    def _dismiss_all(self, generation: Generation) -> None:
        for replica in self._crew.of(generation, *ALIVE):
            self._crew.dismiss(replica)

    def give_up(self, error: ServiceError) -> None:
        """The service cannot start at all: say why, and leave nothing running."""
        self.broken = True
        self._report.broken(error)

    # replicas

    def up(self, event: Up) -> None:
        """A replica is ready."""
        replica = event.replica
        if replica.state is not State.STARTING:
            return
        replica.state, replica.address, replica.since = State.READY, event.address, time.monotonic()
        if replica.keys != (keys := self.keys(replica.generation)):
            self._crew.hands.rekey(replica, keys)
        self._report.note(f"Replica {replica.name} is ready after {time.monotonic() - replica.born:.2f} s.")

    def lost(self, event: Lost) -> None:
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
        if replica.generation is self.pending:
            self._put_away(event.error)
        elif replica.generation is self.serving:
            self._replace(event.error)

    def _replace(self, error: ServiceError) -> None:
        """A replica of the serving revision ended: another is started, or the service never starts at all."""
        if not self._report.was_healthy:
            if self.pending is None:  # else the newer revision may do better
                self.give_up(replace(error, revision=self.serving.spec.revision))
            return
        now = time.monotonic()
        self._deaths = [date for date in self._deaths if now - date < _FLAPPING_S] + [now]
        often = len(self._deaths) - _CALM
        self.start_after = now if often <= 0 else now + min(_MAX_PAUSE_S, 0.25 * 2.0 ** (often - 1))
        self._report.troubled(error)

    def stuck(self, event: Stuck) -> None:
        """A replica that hangs is restarted."""
        if event.replica.state is State.READY:
            self._report.note(event.message)
            self._report.troubled(ServiceError("liveness", event.message))
            event.replica.state = State.STARTING
            self._crew.hands.revive(event.replica, event.message)

    def look(self, seen: Seen) -> None:
        """Compare what Docker says with what is thought."""
        for replica in list(self._crew.replicas):
            if replica.state is State.ENDING and replica.id and replica.since < seen.at:
                if replica.id not in seen.containers:  # Docker may have been removing it for somebody else
                    self._crew.forget(replica)
            if replica.state not in (State.READY, State.DOWN) or replica.since >= seen.at:
                continue
            facts = seen.containers.get(replica.id or "")
            if facts is None:
                why = f"The container {replica.name} was removed from outside."
                self.lost(Lost(replica, ServiceError("container-removed", why), gone=True))
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

    def scale(self, balance: Balance) -> None:
        """As many replicas as the autoscaler wants."""
        if self.meter is None or self.pending is not None:
            return  # ``measure_at`` leaves it out too
        ready = self._crew.of(self.serving, State.READY)
        wanted = self.meter.measure(balance, ready, self.wanted)
        if wanted != self.wanted:
            self._report.note(f"The load asks for {wanted} replicas; there were {self.wanted}.")
            self.wanted = wanted

    @property
    def measure_at(self) -> float:
        """When ``scale`` has something to do (monotonic seconds)."""
        return self.meter.due if self.meter is not None and self.pending is None else math.inf

    def keep_up(self) -> None:
        """Start what is missing, let go what is too much: of the youngest, those first that are not ready yet."""
        mine = self._crew.of(self.serving, *ALIVE)
        missing = self.wanted - len(mine)
        if missing > 0 and time.monotonic() >= self.start_after and not self._superseded():
            self._crew.start(self.serving, missing, self.keys(self.serving))
        for replica in sorted(mine, key=lambda r: (r.state is State.READY, -r.born))[: max(0, -missing)]:
            self._crew.dismiss(replica)
        self._fill()

    def _superseded(self) -> bool:
        """The serving revision never started, and a newer one is on its way."""
        return self.pending is not None and not self._report.was_healthy

    # keys

    def keys(self, generation: Generation) -> Keys:
        """What a generation's replicas are opened with, as it was read last."""
        revision = generation.spec.keys_revision
        if revision not in self._keys:
            self._keys[revision] = self._folder.keys(revision) or Keys.make()
        return self._keys[revision]

    def read_keys(self) -> None:
        """Read the keys again, which may have been made anew; those that are gone opened what is being drained."""
        self._keys = {revision: self._folder.keys(revision) or keys for revision, keys in self._keys.items()}
        self._crew.rekey(self.keys)

    def look_for_keys(self) -> None:
        """Read the keys where whoever made them anew was killed before we could hear of it."""
        if self._changed(str(self._folder.keys_path(revision)) for revision in self._keys):
            self.read_keys()

    # memory

    def remember(self) -> None:
        """Leave for the next controller what it cannot see."""
        was_healthy = self._report.was_healthy
        self.memory = replace(
            self.memory,
            serving=self.serving.deployment,
            base=self.serving.base,
            was_healthy=was_healthy,
            error=self._report.lasting_error,
        )
        if os.path.isdir(self._folder.path):
            try:
                self.memory.write(self._folder.path)
            except OSError as error:
                self._report.note(f"What the next controller should know cannot be written: {error}")


def _meter(generation: Generation) -> Meter | None:
    return Meter(generation.spec.scaling) if generation.spec.scaling is not None else None


def _within(meter: Meter, wanted: int) -> int:
    return min(meter.scaling.maximum, max(meter.scaling.minimum, wanted))

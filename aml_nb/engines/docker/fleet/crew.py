"""The replicas of a service, old and new: started, found, let go. What follows from that the controller decides."""

from __future__ import annotations

import time
from collections.abc import Callable

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import naming
from aml_nb.engines.docker.fleet.generation import Generation
from aml_nb.engines.docker.fleet.hands import Hands
from aml_nb.engines.docker.fleet.replica import Event, Facts, Replica, State
from aml_nb.engines.folder import Keys, ServiceFolder

ALIVE = (State.STARTING, State.READY, State.DOWN)
_STOP_S = 10.0
_MARGIN_S = 5.0


class Crew:
    """Keeps replicas.

    Parameters
    ----------
    folder : of the service.
    post : takes what becomes of them; called from any thread.
    farewell : is told of a replica before it is removed; called from any thread.
    """

    def __init__(
        self,
        folder: ServiceFolder,
        post: Callable[[Event], None],
        farewell: Callable[[Replica], None] = lambda replica: None,
    ) -> None:
        self.replicas: list[Replica] = []
        self.hands = Hands(folder, post, farewell)
        self._folder = folder

    def of(self, generation: Generation | None, *states: State) -> list[Replica]:
        """The replicas of a generation that are in one of ``states``, oldest first."""
        return [r for r in self.replicas if r.generation is generation and r.state in states]

    def start(self, generation: Generation, number: int, keys: Keys) -> None:
        """Start as many more."""
        for _ in range(number):
            replica = Replica(generation, naming.container_name(generation.spec, self._folder.root))
            self.replicas.append(replica)
            self.hands.start(replica, keys)

    def adopt(self, generation: Generation, key: str, facts: Facts, keys: Keys | None) -> Replica:
        """Take over a container that is there."""
        replica = Replica(generation, facts.name, key, keys=keys)
        self.replicas.append(replica)
        if facts.word == "running":
            self.hands.follow(replica)
        else:
            self.hands.revive(replica)
        return replica

    def dismiss(self, replica: Replica) -> None:
        """Let one go: what it computes it finishes, nothing new comes to it."""
        if replica.state is State.READY:
            replica.state = State.DRAINING
            replica.drain_until = time.monotonic() + _longest_s(replica.generation.spec)
        elif replica.state in ALIVE:
            self.retire(replica, None)

    def retire(self, replica: Replica, grace_s: float | None = _STOP_S) -> None:
        """Remove one."""
        if replica.state is not State.ENDING:
            replica.state = State.ENDING
            self.hands.retire(replica, grace_s)

    def forget(self, replica: Replica) -> None:
        """It is there no more."""
        if replica in self.replicas:
            self.replicas.remove(replica)

    def rekey(self, keys: Callable[[Generation], Keys]) -> None:
        """Give all of them the keys they are to have; those that are being made get theirs when they are up."""
        for replica in self.replicas:
            theirs = keys(replica.generation)
            if replica.state in (State.READY, State.DRAINING) and replica.keys != theirs:
                self.hands.rekey(replica, theirs)


def _longest_s(spec: ServiceSpec) -> float:
    """A request may wait in the replica itself and then compute for as long as it is allowed to."""
    return spec.scoring_timeout_ms / 1000 + _MARGIN_S

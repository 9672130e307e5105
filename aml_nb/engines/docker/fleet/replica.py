"""One container as the controller sees it, and what may happen to it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from enum import Enum

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker.fleet.generation import Generation
from aml_nb.engines.folder import Keys


class State(str, Enum):
    """``STARTING``: it is made, or comes back. ``DOWN``: Docker will bring it back. ``ENDING``: it is being removed."""

    STARTING = "starting"
    READY = "ready"
    DOWN = "down"
    DRAINING = "draining"
    ENDING = "ending"


@dataclass(eq=False)
class Replica:
    """A container of a generation, from the decision to have it until it is removed.

    ``since`` is when it became ready last, ``cancelled`` tells whoever starts it to leave off, and
    ``making`` is held while it may be half made.
    """

    generation: Generation
    name: str
    id: str | None = None
    state: State = State.STARTING
    address: tuple[str, int] | None = None
    keys: Keys | None = None
    since: float = field(default_factory=time.monotonic)
    born: float = field(default_factory=time.monotonic)
    drain_until: float = 0.0
    cancelled: threading.Event = field(default_factory=threading.Event)
    making: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Up:
    """A replica answers."""

    replica: Replica
    address: tuple[str, int]


@dataclass(frozen=True)
class Lost:
    """A replica ended, or could not be started; ``gone`` where not even its container is there."""

    replica: Replica
    error: ServiceError
    gone: bool = False


@dataclass(frozen=True)
class Trouble:
    """Why a replica that is being brought back had ended."""

    replica: Replica
    error: ServiceError


@dataclass(frozen=True)
class Removed:
    """A replica's container is there no more."""

    replica: Replica


@dataclass(frozen=True)
class Facts:
    """What Docker says of a container: its state in one word, and the revision it is labelled with."""

    name: str
    word: str
    revision: int
    address: tuple[str, int] | None


@dataclass(frozen=True)
class Seen:
    """All containers of the service at the moment ``at`` (monotonic seconds)."""

    containers: dict[str, Facts]
    at: float


@dataclass(frozen=True)
class Away:
    """The Docker daemon does not answer."""

    error: ServiceError


@dataclass(frozen=True)
class Stuck:
    """A replica failed its liveness probe as often as it may."""

    replica: Replica
    message: str


Event = Up | Lost | Trouble | Removed | Seen | Away | Stuck

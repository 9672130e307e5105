"""What a front is told: one value, kept as JSON beside HAProxy's own configuration."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from aml_nb.engines.base import Certificate

LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "host.docker.internal")


@dataclass(frozen=True)
class Server:
    """One replica: where it is, and how many requests it computes at once.

    A ``draining`` one finishes what it has and gets no more.
    """

    name: str
    host: str
    port: int
    limit: int = 1
    draining: bool = False


@dataclass(frozen=True)
class Backend:
    """Replicas that can stand in for one another.

    Parameters
    ----------
    name : of a service, or of a version of an endpoint; letters, digits and ``-_.:``.
    weight : its share of the requests, beside the other backends' weights.
    queue_wait_ms : how long a request may wait for a replica before it is turned away with 503; None: as long as
        it may compute.
    server_timeout_ms : how long a replica may compute.
    health_path : what a replica answers with 200 while it is well.
    """

    name: str
    servers: tuple[Server, ...] = ()
    weight: float = 100
    queue_wait_ms: int | None = None
    server_timeout_ms: int = 3_600_000
    health_path: str = "/"


@dataclass(frozen=True)
class FrontConfig:
    """Everything a front needs.

    Parameters
    ----------
    backends : where requests go; the weights share them out.
    port : where it listens; None takes a free one and keeps it.
    host : whose port; the loopback unless told.
    certificate : the files it speaks TLS with.
    metrics : the paths at which whoever keeps the service answers, at a socket in the front's folder; None has
        replicas answer them.
    """

    backends: tuple[Backend, ...]
    port: int | None = None
    host: str = "127.0.0.1"
    certificate: Certificate | None = None
    metrics: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The configuration as JSON; of a certificate the places of its files alone."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FrontConfig:
        """What ``to_dict`` made; keys that another version has are ignored."""
        backends = tuple(
            Backend(**{**_known(Backend, backend), "servers": tuple(Server(**server) for server in backend["servers"])})
            for backend in data["backends"]
        )
        certificate = Certificate(**data["certificate"]) if data.get("certificate") else None
        metrics = None if data.get("metrics") is None else tuple(data["metrics"])
        known = {**_known(cls, data), "backends": backends, "certificate": certificate, "metrics": metrics}
        return cls(**known)


def _known(kind: Any, data: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in data.items() if name in names}

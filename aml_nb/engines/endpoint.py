"""One address for the versions of an endpoint: HAProxy shares the requests out among the services behind it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aml_nb.engines.base import Certificate
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.front import Backend, Front, FrontConfig, FrontError, Server

_FOLDER = "front"
_MOST_REQUESTS = 4096  # the versions queue and turn away themselves


@dataclass(frozen=True)
class Route:
    """A version, where it answers, its share of the requests and how long it may compute."""

    version: str
    host: str
    port: int
    weight: float
    timeout_ms: int


def set_up(folder: ServiceFolder) -> None:
    """Make the endpoint's folder, which nobody but the owner may read."""
    os.makedirs(folder.path / _FOLDER, mode=0o700, exist_ok=True)
    os.chmod(folder.path, 0o700)


def share_out(folder: ServiceFolder, routes: Sequence[Route], certificate: Certificate | None) -> int:
    """Send each version its share of the requests from now on, and return the port; no request is lost.

    Raises
    ------
    FrontError : HAProxy is not on this machine, or does not take the certificate.
    BindError : the port cannot be had.
    """
    backends = tuple(
        Backend(
            route.version,
            (Server("service", _address(route.host), route.port, _MOST_REQUESTS),),
            weight=route.weight,
            server_timeout_ms=route.timeout_ms,
        )
        for route in routes
    )
    front, wanted = Front(folder.path / _FOLDER), FrontConfig(backends, certificate=certificate, metrics=())
    port = front.port
    return port if port is not None and front.config == wanted and front.alive() else front.start(wanted)


def listening(folder: ServiceFolder) -> int | None:
    """The endpoint's port; None while it has none."""
    front = Front(folder.path / _FOLDER)
    return front.port if (folder.path / _FOLDER).is_dir() and front.alive() else None


def take_down(folder: ServiceFolder) -> None:
    """Listen no more; requests that came are answered. Then remove the folder."""
    with suppress(FrontError):
        Front(folder.path / _FOLDER).stop()
    shutil.rmtree(folder.path / _FOLDER, ignore_errors=True)
    folder.discard()


def _address(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host

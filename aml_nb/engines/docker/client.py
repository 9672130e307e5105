"""The client of the Docker daemon, and what its errors mean in our words."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import docker
import requests
from docker import DockerClient
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from aml_nb.engines.docker import daemon
from aml_nb.errors import WebserviceException

LOOK_S, WORK_S = 5, 600
"""How long an answer may take: to a question somebody waits for, and to work such as building an image."""

_clients: dict[tuple[Any, ...], DockerClient] = {}
_lock = threading.RLock()  # opening a client that fails closes the others
_NETWORK = (requests.exceptions.ConnectionError, requests.exceptions.Timeout, ConnectionError, TimeoutError)


class DaemonAway(WebserviceException):
    """The Docker daemon does not answer, or not this user."""

    code = "daemon-away"


class PortTaken(WebserviceException):
    """Somebody else listens at the port of a service."""

    code = "port-in-use"


class DiskFull(WebserviceException):
    """The daemon's disk has no room left."""

    code = "disk-full"


def connect(timeout: int = WORK_S) -> DockerClient:
    """The client of this process for the daemon that the environment names; closed when the process ends.

    Parameters
    ----------
    timeout : seconds that one answer may take.

    Raises
    ------
    DaemonAway
        No daemon answers; the hint has the command that helps.
    """
    where = daemon.address()
    key = (os.getpid(), where, timeout, os.environ.get("DOCKER_TLS_VERIFY"), os.environ.get("DOCKER_CERT_PATH"))
    with _lock:
        if key not in _clients:
            trouble = daemon.trouble()
            if trouble is not None:
                raise away(trouble)
            _clients[key] = _open(where, timeout)
        return _clients[key]


def close_all() -> None:
    """Let go of every connection of this process; the next ``connect`` opens new ones."""
    with _lock:
        mine = [key for key in _clients if key[0] == os.getpid()]
        clients = [_clients.pop(key) for key in mine]
    for client in clients:
        with suppress(Exception):
            client.close()


atexit.register(close_all)


def away(trouble: daemon.Trouble) -> DaemonAway:
    """The error of v1, with the reason and the command that helps."""
    return DaemonAway(
        f"Failed to create Docker client. Is Docker running/installed?\n{trouble.message}", hint=trouble.hint
    )


@contextmanager
def plainly(doing: str) -> Iterator[None]:
    """Tell what goes wrong inside in our words.

    Parameters
    ----------
    doing : what is done, as it goes on after "Docker could not".

    Raises
    ------
    DaemonAway, DiskFull, WebserviceException
        In place of the errors of the client.
    """
    try:
        yield
    except DockerException as error:
        raise explain(error, doing) from error
    except _NETWORK as error:
        raise _gone(error) from error


def explain(error: Exception, doing: str) -> WebserviceException:
    """What an error of the client means."""
    if isinstance(error, _NETWORK) or isinstance(error.__cause__, _NETWORK):
        return _gone(error)
    said = _said(error)
    if "no space left on device" in said:
        return DiskFull(
            f"Docker could not {doing}: its disk is full.\n{said}", hint="docker system df; then docker system prune"
        )
    if isinstance(error, ImageNotFound):
        return WebserviceException(f"Docker could not {doing}: there is no such image.\n{said}", hint="docker images")
    if "is already in use by container" in said:
        return WebserviceException(
            f"Docker could not {doing}: another container has its name.\n{said}", hint="docker rm -f the container"
        )
    return WebserviceException(f"Docker could not {doing}: {said}", hint="docker info shows how the daemon is")


def is_port_conflict(error: Exception) -> bool:
    """Whether a container could not start because of its port."""
    said = _said(error)
    return any(part in said for part in ("port is already allocated", "address already in use"))


def lacks_init(error: Exception) -> bool:
    """Whether a container could not start because this daemon has no docker-init."""
    return "docker-init" in _said(error)


def is_gone(error: Exception) -> bool:
    """Whether what was asked about is not there."""
    return isinstance(error, NotFound)


def _open(where: str, timeout: int) -> DockerClient:
    environment = {**os.environ, "DOCKER_HOST": where}
    try:
        return docker.from_env(timeout=timeout, environment=environment)
    except DockerException as error:
        raise _gone(error) from error


def _gone(error: Exception) -> DaemonAway:
    trouble = daemon.ask_anew(daemon.address())
    if trouble is not None:
        close_all()  # whoever asks next, of another service perhaps, is told at once instead of waiting too
        return away(trouble)
    slow = isinstance(error, requests.exceptions.Timeout)
    why = "does not answer in time" if slow else "broke off"
    return DaemonAway(f"The Docker daemon {why}: {error}", hint="try again; docker info shows how the daemon is")


def _said(error: Exception) -> str:
    return str(error.explanation or error) if isinstance(error, APIError) else str(error)

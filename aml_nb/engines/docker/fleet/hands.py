"""The work at Docker's: each piece in a thread of its own, so that the controller never waits for it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from itertools import count
from typing import TypeVar

from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import container_logs, containers, inside, naming, observing, telling
from aml_nb.engines.docker.fleet import network
from aml_nb.engines.docker.fleet.replica import Event, Lost, Removed, Replica, Trouble, Up
from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.errors import AmlError
from aml_nb.scoring.config import ServerConfig

T = TypeVar("T")
_FIRST_POLL_S, _LATER_POLL_S, _LATER_AFTER_S = 0.02, 0.2, 10.0
_LOOK_S = 0.25
_AGAIN_S = 1.0
_START_S = ServerConfig.start_timeout_ms / 1000
_RUNS = ("running", "restarting", "paused", "created")


class Hands:
    """Makes, starts, restarts and removes containers.

    Parameters
    ----------
    folder : of the service.
    post : takes what comes of it; called from any thread.
    farewell : is told of a replica before it is removed.
    """

    def __init__(
        self,
        folder: ServiceFolder,
        post: Callable[[Event], None],
        farewell: Callable[[Replica], None] = lambda replica: None,
    ) -> None:
        self._folder = folder
        self._post = post
        self._farewell = farewell
        self._threads: list[threading.Thread] = []

    def start(self, replica: Replica, keys: Keys) -> None:
        """Make and start its container; ``Up`` or ``Lost`` follows."""
        self._go(self._start, replica, keys)

    def follow(self, replica: Replica) -> None:
        """Wait for a container that starts by itself; ``Up`` or ``Lost`` follows."""
        self._go(self._follow, replica, None)

    def revive(self, replica: Replica, why: str | None = None) -> None:
        """Start a container that has stopped, or with ``why`` restart one that hangs; ``Up`` or ``Lost`` follows."""
        self._go(self._follow, replica, "restart" if why else "start")

    def retire(self, replica: Replica, grace_s: float | None) -> None:
        """Remove its container; what it computes it may finish within the grace. ``Removed`` follows."""
        replica.cancelled.set()
        self._go(self._retire, replica, grace_s)

    def rekey(self, replica: Replica, keys: Keys) -> None:
        """Give it other keys."""
        replica.keys = keys
        self._go(self._rekey, replica, keys)

    def finish(self, seconds: float) -> None:
        """Wait for what is under way."""
        limit = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, limit - time.monotonic()))

    # in threads

    def _go(self, work: Callable[..., None], replica: Replica, *arguments: object) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._told, args=(work, replica, *arguments), name=replica.name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _told(self, work: Callable[..., None], replica: Replica, *arguments: object) -> None:
        try:
            work(replica, *arguments)
        except AmlError as error:
            self._post(Lost(replica, ServiceError(error.code, _text(error))))
        except Exception as error:
            self._post(Lost(replica, ServiceError("internal", f"{type(error).__name__}: {error}")))

    def _start(self, replica: Replica, keys: Keys) -> None:
        tries = count()

        def started(client: DockerClient) -> Container:
            if next(tries):  # the daemon went away over it, and may have made half of it
                discard(client, replica.name)
            return make(client, self._folder, replica, keys)

        with replica.making:
            container = _patiently(replica, started, "start a container")
        if container is not None:
            self._await(replica, container, confirmed=False)

    def _follow(self, replica: Replica, how: str | None) -> None:
        container = _patiently(replica, lambda client: self._raised(client, replica, how), "start a container")
        if container is not None:
            self._await(replica, container, containers.confirmed(container))
        elif not replica.cancelled.is_set():
            error = observing.removed(replica.name).error
            self._post(Lost(replica, error or ServiceError("container-removed", replica.name), gone=True))

    def _raised(self, client: DockerClient, replica: Replica, how: str | None) -> Container | None:
        """The container, started or restarted as asked; None where it is gone."""
        container = _find(client, replica)
        if container is None:
            return None
        if how == "restart":
            container.restart(timeout=1)
        elif how == "start":
            seen = observing.observe(container)
            if seen.error is not None:
                self._post(Trouble(replica, seen.error))
            container.start()
        return container

    def _await(self, replica: Replica, container: Container, confirmed: bool) -> None:
        """Knock until the server in it answers, or it has ended."""
        began = looked = time.monotonic()
        while not replica.cancelled.is_set():
            where = containers.address(container)
            if where is not None and observing.probe(where)[0]:
                self._post(Up(replica, where))
                _patiently(replica, lambda _: containers.confirm(container, replica.generation.spec))
                return
            now = time.monotonic()
            if now - looked >= _LOOK_S or where is None:
                looked = now
                seen = _patiently(replica, lambda _: observing.observe(container))
                if seen is not None and seen.ready and where is None:
                    why = f"The container {container.name} serves, but nobody reaches it from here."
                    self._post(Lost(replica, ServiceError("unreachable", why)))
                    return
                if seen is not None and (seen.word not in _RUNS or (seen.error and not confirmed)):
                    error = seen.error or ServiceError("internal", f"The container {container.name} ended.")
                    self._post(Lost(replica, error, gone=seen.word == observing.REMOVED))
                    return
            if now - began > _START_S:
                why = f"The replica {replica.name} did not answer within {_START_S:g} s."
                self._post(Lost(replica, ServiceError("start-timeout", why)))
                return
            time.sleep(_FIRST_POLL_S if now - began < _LATER_AFTER_S else _LATER_POLL_S)

    def _retire(self, replica: Replica, grace_s: float | None) -> None:
        def remove(client: DockerClient) -> None:
            container = _find(client, replica)
            if container is None:
                return
            if grace_s is not None:
                self._farewell(replica)
                with suppress(APIError):
                    container.stop(timeout=max(1, int(grace_s)))
            container_logs.keep(container, self._folder.path)
            telling.keep(container, self._folder)
            containers.discard(container)

        with replica.making:
            _patiently(None, remove, f"remove the container {replica.name}")
        self._post(Removed(replica))

    def _rekey(self, replica: Replica, keys: Keys) -> None:
        def put(client: DockerClient) -> None:
            container = _find(client, replica)
            if container is not None:
                containers.put_keys(container, keys)
                containers.signal(container, signal.SIGHUP)

        _patiently(replica, put, "put keys into a container")


def make(client: DockerClient, folder: ServiceFolder, replica: Replica, keys: Keys) -> Container:
    """A started container for a replica."""
    deployment = replica.generation.deployment
    spec = deployment.spec
    labels = {**naming.labels(spec, folder.root), inside.REVISION: str(replica.generation.base)}
    where = network.ensure(client, folder.root)
    publish = None if containers.reaches(client) else 0
    for init in (True, False):
        with clients.plainly(f"start a container of {deployment.image}"):
            container = containers.create(
                client,
                spec,
                deployment.image,
                keys,
                name=replica.name,
                publish=publish,
                network=where,
                labels=labels,
                init=init,
            )
            replica.id, replica.keys = container.id, keys
            try:
                containers.start(container)
                container.reload()
                return container
            except APIError as error:
                containers.discard(container)
                if not init or not clients.lacks_init(error):
                    raise
    raise AssertionError("unreachable")


def as_dict(error: ServiceError) -> dict[str, object]:
    """As ``state.json`` has it: without what is not known."""
    return {name: value for name, value in asdict(error).items() if value is not None}


def _patiently(replica: Replica | None, work: Callable[[DockerClient], T], doing: str = "look") -> T | None:
    """What ``work`` returns; while the daemon is away it is tried again, unless the replica is wanted no more."""
    while replica is None or not replica.cancelled.is_set():
        try:
            with clients.plainly(doing):
                return work(clients.connect())
        except clients.DaemonAway:
            time.sleep(_AGAIN_S)
    return None


def _find(client: DockerClient, replica: Replica) -> Container | None:
    with suppress(NotFound):
        return client.containers.get(replica.id or replica.name)
    return None


def discard(client: DockerClient, name: str) -> None:
    """Remove a container that may not be there."""
    with suppress(NotFound):
        containers.discard(client.containers.get(name))


def _text(error: AmlError) -> str:
    return f"{error.message} Try: {error.hint}" if error.hint else error.message

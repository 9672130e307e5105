"""Another container takes over the port of the one that serves, once it is known to start.

The new one starts in a network that leads nowhere, so that Docker does not publish its port yet, and is looked at
until it answers. Then the old one finishes what it has accepted and goes, and the new one joins the network of
services, which publishes its port at once. Nobody listens for a fraction of a second, which is told.

A script whose ``init()`` calls out cannot start there: it is tried once more in the network of services, at a port to
spare. Where it starts, the old one goes and another is started at the port, which takes as long as ``init()`` does.
One that does not start is put away, and the old one goes on serving.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace

from docker import DockerClient
from docker.errors import APIError, DockerException
from docker.models.containers import Container
from docker.models.networks import Network

from aml_nb.engines.base import ServiceError, ServiceSpec
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import container_logs, containers, inside, launching, naming, networks, telling
from aml_nb.engines.docker.deployment import Revision, Solo
from aml_nb.engines.docker.launching import Furnish
from aml_nb.engines.docker.observing import Observation, observe
from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.scoring.config import ServerConfig

_LOOK_S = 0.05
_ENDED = ("exited", "dead", "removed")
_GRACE_S = ServerConfig.drain_ms // 1000 + 2


@dataclass(frozen=True)
class _Started:
    """A container that was started, the address that callers use, and how it was when it answered or ended."""

    container: Container
    port: int
    host: str
    seen: Observation


class _NotStarted(Exception):
    """The new container did not come up; ``error`` says why."""

    def __init__(self, error: ServiceError | None) -> None:
        super().__init__()
        self.error = error or ServiceError("init-failed", "The new container did not answer in time.")


class Handover:
    """Replaces the container of a local service.

    Parameters
    ----------
    client : of the daemon.
    folder : of the service.
    old, solo : the container that serves, and what is known of it.
    spec, revision, keys : what is to take over.
    furnish : puts into a container what its image does not have.
    """

    def __init__(
        self,
        client: DockerClient,
        folder: ServiceFolder,
        old: Container,
        solo: Solo,
        spec: ServiceSpec,
        revision: Revision,
        keys: Keys,
        furnish: Furnish,
    ) -> None:
        self._client = client
        self._folder = folder
        self._old = old
        self._solo = solo
        self._spec = spec
        self._revision = revision
        self._keys = keys
        self._furnish = furnish
        self._made: list[Container] = []

    def run(self) -> None:
        """Bring the revision up in a new container and let it take over; on any failure the old one serves on."""
        try:
            if self._spec.port in (None, self._solo.port):
                new = self._quickly() or self._slowly()
            else:
                new = self._ready(self._launch(self._spec.port))
                self._stop_old()
            self._adopt(new)
        except _NotStarted as failure:
            self._note(replace(failure.error, revision=self._spec.revision))
        except clients.PortTaken as error:
            self._note(ServiceError("port-in-use", error.message, revision=self._spec.revision))
        finally:
            self._remove_made()

    def _quickly(self) -> _Started | None:
        """Switch to a container that has started already; None where it does not start out of the world."""
        stage = self._stage()
        if stage is None:
            return None
        try:
            new = self._launch(self._solo.port, stage.name)
            if not new.seen.ready:
                return None
            return replace(new, host=self._switch(new.container, stage))
        finally:
            with suppress(DockerException):
                networks.remove(stage)

    def _stage(self) -> Network | None:
        """None where Docker has no addresses left for one more network."""
        with suppress(APIError):
            return networks.staging(self._client, naming.labels(self._spec, self._folder.root))
        return None

    def _slowly(self) -> _Started:
        """Switch to a container that is started when the old one is gone, after it was seen to start elsewhere."""
        trial = self._ready(self._launch(None))
        containers.discard(trial.container)
        left = time.monotonic()
        self._stop_old()
        try:
            new = self._ready(self._launch(self._solo.port))
        except BaseException:
            self._start_old()
            raise
        self._tell_gap(left)
        return new

    def _launch(self, port: int | None, network: str | None = None) -> _Started:
        container, port, host = launching.launch(
            self._client, self._folder, self._spec, self._revision, self._keys, port, self._furnish, network
        )
        self._made.append(container)
        limit = time.monotonic() + self._revision.server_config().start_timeout_ms / 1000
        while True:
            seen = observe(container)
            if seen.ready or seen.word in _ENDED or time.monotonic() > limit:
                return _Started(container, port, host, seen)
            time.sleep(_LOOK_S)

    def _ready(self, new: _Started) -> _Started:
        if not new.seen.ready:
            container_logs.keep(new.container, self._folder.path)
            raise _NotStarted(new.seen.error)
        return new

    def _switch(self, new: Container, stage: Network) -> str:
        """Let the old one go and the new one listen; the host that callers use from now on."""
        main = networks.main_network(self._client)
        left = time.monotonic()
        self._stop_old()
        with clients.plainly(f"connect the container {new.name} to the network {main}"):
            try:
                host = networks.join(self._client, main, new)
            except APIError as error:
                self._start_old()
                if clients.is_port_conflict(error):
                    raise launching.taken(self._client, self._solo.port) from error
                raise
            stage.disconnect(new)
        self._tell_gap(left)
        return host

    def _tell_gap(self, left: float) -> None:
        gap = (time.monotonic() - left) * 1000
        self._folder.say(
            f"Port {self._solo.port} was handed over to the new container; nobody listened for {gap:.0f} ms."
        )

    def _stop_old(self) -> None:
        """Let the old one finish what it has accepted; whoever looks after a kill in the middle starts it again."""
        replace(self._solo, leaving=True).write(self._folder.path)
        with clients.plainly(f"stop the container {self._old.name}"):
            self._old.stop(timeout=_GRACE_S)

    def _start_old(self) -> None:
        with suppress(DockerException):
            self._old.start()
        self._solo.write(self._folder.path)

    def _adopt(self, new: _Started) -> None:
        """From now on the new container is the service's."""
        containers.confirm(new.container, self._spec)
        image = self._client.images.get(self._revision.image)
        replace(
            self._solo.having(self._spec.revision, self._revision),
            container=str(new.container.id),
            name=str(new.container.name),
            port=new.port,
            host=new.host,
            image=self._revision.image,
            environment=str(image.labels.get(inside.ENVIRONMENT_LABEL, "")),
            models={self._revision.image: inside.APP_ROOT},
            error=None,
        ).write(self._folder.path)
        self._made.remove(new.container)
        container_logs.keep(self._old, self._folder.path)
        telling.keep(self._old, self._folder)
        telling.keep_history(self._old, self._folder)
        containers.discard(self._old)

    def _note(self, error: ServiceError) -> None:
        """Why the revision is not the one that serves."""
        self._folder.say(f"Revision {self._spec.revision} could not start; the old one goes on serving.")
        replace(self._solo, error=error).write(self._folder.path)

    def _remove_made(self) -> None:
        for container in self._made:
            with suppress(DockerException):
                containers.discard(container)

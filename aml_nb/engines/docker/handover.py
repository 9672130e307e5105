"""Another container takes over the port of the one that serves, once it is ready.

The new one starts in a network that leads nowhere, so that Docker does not publish its port yet, and is looked at
until it answers. Then the old one finishes what it has accepted and goes, and the new one joins the network of
services, which publishes its port at once. In between nobody listens for a fraction of a second, which is told. A new
one that does not come up is put away, and the old one goes on serving.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

from docker import DockerClient
from docker.errors import APIError, DockerException
from docker.models.containers import Container
from docker.models.networks import Network

from aml_nb.engines.base import ServiceError, ServiceSpec
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import container_logs, containers, inside, launching, naming, networks
from aml_nb.engines.docker.deployment import Revision, Solo
from aml_nb.engines.docker.launching import Furnish
from aml_nb.engines.docker.observing import Observation, observe
from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.scoring.config import ServerConfig

_LOOK_S = 0.05
_ENDED = ("exited", "dead", "removed")


def replace_container(
    client: DockerClient,
    folder: ServiceFolder,
    old: Container,
    solo: Solo,
    spec: ServiceSpec,
    revision: Revision,
    keys: Keys,
    furnish: Furnish,
) -> None:
    """Bring ``spec`` up in a new container, and let it take over; on any failure ``old`` serves on.

    Parameters
    ----------
    client : of the daemon.
    folder : of the service.
    old, solo : the container that serves, and what is known of it.
    spec, revision, keys : what is to take over.
    furnish : puts into a container what its image does not have.
    """
    same_port = spec.port in (None, solo.port)
    stage = networks.staging(client, naming.labels(spec, folder.root)) if same_port else None
    new: Container | None = None
    try:
        port = solo.port if same_port else spec.port
        network = stage.name if stage is not None else None
        new, port, host = launching.launch(client, folder, spec, revision, keys, port, furnish, network)
        seen = _await(new, revision)
        if not seen.ready:
            _put_away(folder, new, solo, spec, seen.error)
            new = None
            return
        host = _switch(client, folder, old, new, stage, port) or host
        containers.confirm(new, spec)
        models = {revision.image: inside.APP_ROOT}
        environment = str(client.images.get(revision.image).labels.get(inside.ENVIRONMENT_LABEL, ""))
        replace(
            solo.having(spec.revision, revision),
            container=str(new.id),
            name=str(new.name),
            port=port,
            host=host,
            image=revision.image,
            environment=environment,
            models=models,
            error=None,
        ).write(folder.path)
        container_logs.keep(old, folder.path)
        containers.discard(old)
        new = None
    except clients.PortTaken as error:
        why = ServiceError("port-in-use", error.message, revision=spec.revision)
        replace(solo, error=why).write(folder.path)
    finally:
        if new is not None:
            with suppress(DockerException):
                containers.discard(new)
        if stage is not None:
            with suppress(DockerException):
                networks.remove(stage)


def _await(container: Container, revision: Revision) -> Observation:
    """Look at a new container until it answers or ends."""
    limit = time.monotonic() + revision.server_config().start_timeout_ms / 1000
    while True:
        seen = observe(container)
        if seen.ready or seen.word in _ENDED or time.monotonic() > limit:
            return seen
        time.sleep(_LOOK_S)


def _put_away(folder: ServiceFolder, new: Container, solo: Solo, spec: ServiceSpec, error: ServiceError | None) -> None:
    """Note why the new container did not come up, keep what it wrote, and remove it."""
    why = error or ServiceError("init-failed", "The new container did not answer in time.")
    folder.say(f"Revision {spec.revision} could not start; the old one goes on serving.")
    replace(solo, error=replace(why, revision=spec.revision)).write(folder.path)
    container_logs.keep(new, folder.path)
    containers.discard(new)


def _switch(
    client: DockerClient, folder: ServiceFolder, old: Container, new: Container, stage: Network | None, port: int
) -> str | None:
    """Let the old one go and the new one listen; by which host it is called, where that is decided now."""
    if stage is None:
        _stop(old)
        return None
    main = networks.main_network(client)
    left = time.monotonic()
    _stop(old)
    with clients.plainly(f"connect the container {new.name} to the network {main}"):
        try:
            host = networks.join(client, main, new)
        except APIError as error:
            with suppress(APIError):
                old.start()
            if clients.is_port_conflict(error):
                raise launching.taken(client, port) from error
            raise
        stage.disconnect(new)
    gap = (time.monotonic() - left) * 1000
    folder.say(f"Port {port} was handed over to the new container; nobody listened for {gap:.0f} ms.")
    return host


def _stop(old: Container) -> None:
    """Let a container finish what it has accepted."""
    with clients.plainly(f"stop the container {old.name}"):
        old.stop(timeout=_grace_s())


def _grace_s() -> int:
    return ServerConfig.drain_ms // 1000 + 2

"""Starting a container at a port of this machine; who has the port, where it cannot be had."""

from __future__ import annotations

from collections.abc import Callable

from docker import DockerClient
from docker.errors import APIError, DockerException
from docker.models.containers import Container

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import containers, naming, networks, ports
from aml_nb.engines.docker.deployment import Revision
from aml_nb.engines.folder import Keys, ServiceFolder

Furnish = Callable[[Container, Revision], None]
_TRIES = 8


def launch(
    client: DockerClient,
    folder: ServiceFolder,
    spec: ServiceSpec,
    revision: Revision,
    keys: Keys,
    port: int | None,
    furnish: Furnish,
    network: str | None = None,
) -> tuple[Container, int, str]:
    """Make and start the container of a revision; the container, its port and the host that callers name.

    Parameters
    ----------
    client : of the daemon.
    folder : of the service.
    spec, revision, keys : what is to run.
    port : of 127.0.0.1; a free one when None.
    furnish : puts into the container what its image does not have.
    network : the network to be in, where that is not the one for services.

    Raises
    ------
    PortTaken
        Somebody has the port; the message names them.
    WebserviceException
        Docker could not start it.
    """
    where = network or networks.main_network(client)
    for _ in range(_TRIES):
        publish = port or ports.free_port()
        container = _make(client, folder, spec, revision, keys, publish, where, furnish)
        if container is not None:
            alone = network is not None or where != naming.NETWORK
            return container, publish, networks.LOOPBACK if alone else networks.host_of(container)
        if port is not None:
            break
    raise taken(client, publish)


def taken(client: DockerClient, port: int) -> clients.PortTaken:
    """The error that names who has a port."""
    who = ports.holder(client, port)
    said = f"Port {port} of {ports.HOST} is in use" + (f": {who} has it." if who else " by another program.")
    return clients.PortTaken(said, hint="choose another port, or deploy without one to get a free one")


def _make(
    client: DockerClient,
    folder: ServiceFolder,
    spec: ServiceSpec,
    revision: Revision,
    keys: Keys,
    port: int,
    network: str,
    furnish: Furnish,
    init: bool = True,
) -> Container | None:
    """A started container; None where its port is taken."""
    container = containers.create(
        client,
        spec,
        revision.image,
        keys,
        name=naming.container_name(spec, folder.root),
        publish=port,
        network=network,
        labels=naming.labels(spec, folder.root),
        config=revision.server_config(),
        init=init,
    )
    try:
        if network == naming.NETWORK:
            networks.join(client, network, container)
        furnish(container, revision)
        with clients.plainly(f"start the container {container.name}"):
            try:
                containers.start(container)
            except APIError as error:
                if not clients.is_port_conflict(error) and not (init and clients.lacks_init(error)):
                    raise
                conflict = clients.is_port_conflict(error)
            else:
                container.reload()
                return container
    except BaseException:
        _discard(container)
        raise
    _discard(container)
    return None if conflict else _make(client, folder, spec, revision, keys, port, network, furnish, init=False)


def _discard(container: Container) -> None:
    try:
        containers.discard(container)
    except DockerException:
        pass  # the error that brought us here is the one to tell; the next deployment removes it

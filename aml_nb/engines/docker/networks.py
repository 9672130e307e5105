"""The networks that containers of services are in.

``bridge`` is Docker's own. Whoever deploys from inside a container cannot reach ports that are published on the
machine's loopback: there v1's network ``azureml-local`` holds both, and a service is called by its name in it.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.networks import Network

from aml_nb.engines.docker import daemon, inside, naming

BRIDGE, LOOPBACK = "bridge", "localhost"
_OURS = {"aml_nb.kind": "network"}


def own_container(client: DockerClient) -> Container | None:
    """The container of this daemon that this process runs in; None where it runs in none."""
    if not daemon.in_container():
        return None
    with suppress(NotFound, APIError):
        return client.containers.get(socket.gethostname())
    return None


def main_network(client: DockerClient) -> str:
    """The network for services: Docker's own, or v1's where we are in a container too."""
    mine = own_container(client)
    if mine is None:
        return _bridge(client)
    network = _ensure(client, naming.NETWORK)
    if naming.NETWORK not in mine.attrs["NetworkSettings"]["Networks"]:
        network.connect(mine)
    return naming.NETWORK


def join(client: DockerClient, name: str, container: Container) -> str:
    """Put a container into a network; the host by which it is called from here.

    In v1's network it is called by the name of its service, which stays when another container takes over.
    """
    network = client.networks.get(name)
    if name != naming.NETWORK:
        network.connect(container)
        return LOOPBACK
    alias = naming.alias(container.labels)
    if name in container.attrs["NetworkSettings"]["Networks"]:
        network.disconnect(container)
    network.connect(container, aliases=[alias])
    return host_of(container)


def host_of(container: Container) -> str:
    """The host by which a service is called from here that is in v1's network."""
    return naming.alias(container.labels) if daemon.in_container() else LOOPBACK


def staging(client: DockerClient, labels: dict[str, str]) -> Network:
    """A network of its own for a container that is to take over a port from another one.

    It leads nowhere, so that Docker publishes no port of a container in it; when the container joins the main
    network, its ports are published at once.
    """
    name = f"aml-staging-{labels[inside.ROOT][:6]}-{secrets.token_hex(3)}"
    return client.networks.create(name, internal=True, labels=labels)


def remove(network: Network) -> None:
    """Remove a network and let go of the containers in it."""
    with suppress(NotFound):
        network.reload()
        for container in network.containers:
            with suppress(APIError):
                network.disconnect(container, force=True)
        network.remove()


def _bridge(client: DockerClient) -> str:
    """Docker's own bridge, or ours where the daemon was started without one."""
    if client.networks.list(names=[BRIDGE], filters={"driver": "bridge"}):
        return BRIDGE
    _ensure(client, naming.NETWORK)
    return naming.NETWORK


def _ensure(client: DockerClient, name: str) -> Network:
    found = [network for network in client.networks.list(names=[name]) if network.name == name]
    return found[0] if found else client.networks.create(name, check_duplicate=True, labels=_OURS)

"""Removing what services left at the daemon: containers, networks and images."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from aml_nb.engines.docker import containers, images, inside, naming, networks
from aml_nb.engines.folder import ServiceFolder


def containers_of(client: DockerClient, handle: str, root: Path) -> list[Container]:
    """The containers of a service, oldest first, whatever their state."""
    found = client.containers.list(all=True, filters=naming.container_filters(handle, root), ignore_removed=True)
    return sorted(found, key=lambda container: str(container.attrs["Created"]))


def remove_containers(
    client: DockerClient, handle: str, root: Path, but: str | None = None, grace_s: float | None = None
) -> int:
    """Remove a service's containers and staging networks; how many containers that were.

    Parameters
    ----------
    client : of the daemon.
    handle, root : which service's.
    but : the id of a container to leave.
    grace_s : how long those that run may take to finish what they have accepted.
    """
    gone = [container for container in containers_of(client, handle, root) if container.id != but]
    for container in gone:
        containers.discard(container, grace_s)
    for network in client.networks.list(filters=naming.filters(handle, root)):
        networks.remove(network)
    return len(gone)


def remove_images(client: DockerClient, handle: str, root: Path, but: frozenset[str] = frozenset()) -> None:
    """Remove a service's images, save those with a tag or an id of ``but``; what still runs keeps its own.

    Images with its models go along where nothing else stands on them.
    """
    images.remove_service_images(client, root, handle, but)


def sweep(client: DockerClient, root: Path) -> None:
    """Remove what deployments left that were killed: what belongs to a service of this root that has no folder."""
    mine = {"label": [f"{inside.ROOT}={inside.root_label(root)}", naming.MADE]}
    found = client.containers.list(all=True, filters=mine, ignore_removed=True)
    for handle in {container.labels.get(inside.NAME) for container in found} - {None}:
        folder = ServiceFolder(root, handle)
        with suppress(BlockingIOError, NotFound):
            if not folder.path.exists():
                with folder.exclusive(wait=False):
                    if not folder.path.exists():
                        remove_containers(client, handle, root)
                        remove_images(client, handle, root)

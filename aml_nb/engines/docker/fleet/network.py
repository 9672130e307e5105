"""The network that the replicas of a workspace's services are in: none of another workspace, no port published."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from docker import DockerClient
from docker.errors import APIError, DockerException, NotFound

from aml_nb.engines.docker import inside, networks

_KIND, _LOCK = "network", ".network.lock"
_FULL = ("non-overlapping", "address pool", "could not find an available")


def ensure(client: DockerClient, root: Path) -> str:
    """The name of the network, made where it is not there.

    Docker has addresses for some thirty networks: where there are none left, its own bridge serves.
    """
    if networks.own_container(client) is not None:
        return networks.main_network(client)
    name = name_of(root)
    with _alone(root):  # Docker makes two networks of one name for two who ask at once, and then knows neither
        return _ensured(client, root, name)


@contextmanager
def meanwhile(client: DockerClient, root: Path) -> Iterator[None]:
    """Make the network while an image is built, for it takes a quarter of a second; where that fails, it goes again."""

    def make() -> None:
        with suppress(DockerException, OSError):  # whoever needs it asks again, and is told
            ensure(client, root)

    thread = threading.Thread(target=make)
    thread.start()
    try:
        yield
    except BaseException:
        thread.join()
        release(client, root)
        raise
    thread.join()


def _ensured(client: DockerClient, root: Path, name: str) -> str:
    labels = {inside.KIND: _KIND, inside.ROOT: inside.root_label(root)}
    if any(network.name == name for network in client.networks.list(names=[name])):
        return name
    try:
        client.networks.create(name, driver="bridge", check_duplicate=True, labels=labels)
    except APIError as error:
        said = str(error.explanation or error)
        if any(part in said for part in _FULL):
            return networks.main_network(client)
        raise
    return name


def release(client: DockerClient, root: Path) -> None:
    """Remove the network, unless another service of the workspace is in it."""
    if root.is_dir() and not (root / _LOCK).exists():
        return  # nobody ever made it
    with suppress(NotFound, APIError), _alone(root) if root.is_dir() else nullcontext():
        for network in client.networks.list(names=[name_of(root)]):
            if network.name == name_of(root):
                network.remove()


def name_of(root: Path) -> str:
    """Two workspaces never share it."""
    return f"aml-nb-{inside.root_label(root)}"


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with open(root / _LOCK, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

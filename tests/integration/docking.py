"""What the tests of Docker look at from outside: a service's container, and the docker command a user would type."""

from __future__ import annotations

import subprocess
from typing import Any

from docker.models.containers import Container

from aml_nb.core.webservice import Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import naming, removal


def docker(*words: str) -> str:
    """What the docker command prints; it must succeed."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def containers_of(service: Webservice) -> list[Container]:
    """Every container that a service has at the daemon."""
    return removal.containers_of(clients.connect(), service._record["handle"], root_of(service.workspace))


def container_of(service: Webservice) -> Container:
    """The one container of a service."""
    (found,) = containers_of(service)
    return found


def images_of(service: Webservice) -> list[Any]:
    """Every image that a service has at the daemon."""
    filters = naming.filters(service._record["handle"], root_of(service.workspace))
    return list(clients.connect().images.list(filters=filters))


def networks_of(service: Webservice) -> list[Any]:
    """Every network that was made for a service alone."""
    filters = naming.filters(service._record["handle"], root_of(service.workspace))
    return list(clients.connect().networks.list(filters=filters))


def root_of(ws: Workspace) -> Any:
    """The folder that holds the services' folders."""
    return ws._folder / "services"

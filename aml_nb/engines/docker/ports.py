"""Ports of this machine: which is free, and who has one that is not."""

from __future__ import annotations

import socket

from docker import DockerClient

from aml_nb.engines.docker import inside, naming
from aml_nb.engines.usage import program_at

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


def holder(client: DockerClient, port: int, but: str | None = None) -> str | None:
    """Who listens at a port: a service, another container (save the one with the id ``but``) or a program."""
    for container in client.containers.list(filters={"publish": str(port)}):
        if container.id == but:
            continue
        service = container.labels.get(inside.V1_NAME)
        if service is None or naming.MADE not in container.labels:
            return f"the container {container.name}"
        kind = "local web service" if container.labels.get(inside.NAME, "").endswith("@local") else "web service"
        return f"the {kind} {service!r} (container {container.name})"
    return program_at(port)

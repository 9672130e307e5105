"""The sockets that a service listens on."""

from __future__ import annotations

import errno
import fcntl
import resource
import socket
import sys
from contextlib import suppress
from typing import Any

from aml_nb.scoring.config import ServerConfig

_BACKLOG = 1024
_BIND_TO_INTERFACE = 62  # SO_BINDTOIFINDEX
_NO_INTERFACE = 2**31 - 1
_HIGH, _SPARE = 16384, 16


class BindError(Exception):
    """The address cannot be had; ``report`` is what ``state.json`` says of it."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__(report["message"])
        self.report = report


def bind(host: str, port: int | None) -> socket.socket:
    """Listen on ``host`` and ``port`` (None: any that is free)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port or 0))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        taken = error.errno == errno.EADDRINUSE
        why = f"Port {port} of {host} is in use by another program." if taken else f"{host}:{port}: {error.strerror}."
        code = "port-in-use" if taken else "internal"
        raise BindError({"code": code, "message": why, "port": port}) from None
    sock.setblocking(False)
    return sock


def bind_all(config: ServerConfig) -> list[socket.socket]:
    """The service's own socket, and the one for health checks where they have a port of their own."""
    sockets = [lifted(bind(config.host, config.port))]
    if config.health_port is not None and config.health_port != config.port:
        try:
            sockets.append(lifted(bind(config.host, config.health_port)))
        except BindError:
            sockets[0].close()
            raise
    return sockets


def lifted(sock: socket.socket) -> socket.socket:
    """The same listening socket under a high descriptor.

    When a process is killed, the kernel closes its highest descriptors first. Were connections closed before the
    socket they came through, whoever learns from one that this process is dead could still connect, and would send
    the next request to nobody.
    """
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = _HIGH if allowed == resource.RLIM_INFINITY else min(_HIGH, allowed - _SPARE)
    try:
        high = fcntl.fcntl(sock.fileno(), fcntl.F_DUPFD_CLOEXEC, highest)
    except OSError:
        return sock
    moved = socket.socket(fileno=high)
    moved.settimeout(sock.gettimeout())
    sock.close()
    return moved


def shut_out(sock: socket.socket) -> None:
    """Let no new client in by a listening socket, and lose none of those that came before.

    Closing it would reset them. So it is tied to a network interface that is not there: who knocks now is refused, and
    a balancer goes elsewhere; who is in the queue or on the way into it can still be accepted. Linux since 5.7 does so
    (socket(7), SO_BINDTODEVICE); elsewhere the door stays open until the socket is closed.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, _BIND_TO_INTERFACE, _NO_INTERFACE)


def close_all(sockets: list[socket.socket]) -> None:
    """Listen no more."""
    for sock in sockets:
        sock.close()

"""HAProxy's command line, reached over a Unix socket in the folder of its service."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SOCKET = "front.sock"
_LONGEST = 90  # a Unix socket's address holds 104 bytes at least, and HAProxy adds a suffix while it binds
_PATIENCE_S = 5.0
_FAILED = re.compile(r"\[failed: (\d+)\]")


class Gone(Exception):
    """No HAProxy answers in this folder."""


@dataclass(frozen=True)
class Processes:
    """The master, the worker that serves, and those that finish what they had before a reload.

    ``failed`` is how many reloads came to nothing.
    """

    master: int
    workers: tuple[int, ...]
    old: tuple[int, ...]
    failed: int = 0

    @property
    def serving(self) -> tuple[int, ...]:
        """All that may still have requests."""
        return (*self.workers, *self.old)


def ask(folder: Path, command: str) -> str:
    """One command to the master, or with ``@!PID`` before it to a worker.

    Raises
    ------
    Gone : nobody answers.
    """
    try:
        with _connected(folder) as connection:
            connection.sendall(f"{command}\n".encode())
            connection.shutdown(socket.SHUT_WR)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
    except OSError as error:
        raise Gone(str(error)) from None
    return b"".join(parts).decode("utf-8", "replace")


def processes(folder: Path) -> Processes:
    """HAProxy's processes. Raises ``Gone`` where there are none."""
    found: dict[str, list[int]] = {"master": [], "worker": [], "old": []}
    section, failed = "", 0
    for line in ask(folder, "show proc").splitlines():
        if line.startswith("# "):
            section = line[2:].strip()
            continue
        words = line.split()
        if len(words) < 2 or not words[0].isdigit():
            continue
        failures = _FAILED.search(line)
        failed = int(failures[1]) if failures else failed
        kind = "old" if words[1] == "worker" and section == "old workers" else words[1]
        found.setdefault(kind, []).append(int(words[0]))
    if not found["master"]:
        raise Gone("HAProxy does not tell its processes.")
    return Processes(found["master"][0], tuple(found["worker"]), tuple(found["old"]), failed)


def _connected(folder: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_PATIENCE_S)
    try:
        path = os.path.join(folder, SOCKET)
        if len(os.fsencode(path)) <= _LONGEST:
            connection.connect(path)
        else:
            _connect_by_link(connection, folder)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_by_link(connection: socket.socket, folder: Path) -> None:
    """A path too long for a socket's address: go through a short link to the folder."""
    place = tempfile.mkdtemp(prefix="aml-", dir="/tmp" if os.path.isdir("/tmp") else None)
    link = os.path.join(place, "f")
    try:
        os.symlink(os.path.abspath(folder), link)
        connection.connect(os.path.join(link, SOCKET))
    finally:
        with suppress(OSError):
            os.unlink(link)
        with suppress(OSError):
            os.rmdir(place)

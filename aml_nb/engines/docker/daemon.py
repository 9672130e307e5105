"""Whether a Docker daemon answers, asked in microseconds where there is none and without loading a client."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import socket
import stat
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT = "unix:///var/run/docker.sock"
PING_S = 3.0
_REMEMBER_S, _TROUBLE_S = 5.0, 2.0
_PING = b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"
_ELSEWHERE, _OVER_NETWORK = ("ssh", "npipe"), ("tcp", "http", "https")
_MARKS = ("/.dockerenv", "/run/.containerenv")
_HERE = ("localhost", "127.0.0.1", "::1")

PACKAGE_HINT = "pip install 'aml-nb[docker]'"


@dataclass(frozen=True)
class Trouble:
    """Why Docker cannot be used, and the command that helps. ``installed``: a trace of Docker is on this machine."""

    message: str
    hint: str
    installed: bool = True


def address() -> str:
    """Where the daemon listens: ``DOCKER_HOST``, the current context of the docker command, or its usual socket."""
    return os.environ.get("DOCKER_HOST") or _of_context() or DEFAULT


def in_container() -> bool:
    """Whether this process runs in a container itself, so that the machine's loopback is not its own.

    A machine that was made of a container's image has the mark too, but its own host name is no mount.
    """
    if not any(map(os.path.exists, _MARKS)):
        return False
    try:
        mounts = Path("/proc/self/mountinfo").read_text(errors="replace")
    except OSError:
        return True
    return any(line.split()[4:5] == ["/etc/hostname"] for line in mounts.splitlines())


_lock = threading.Lock()
_known: dict[str, tuple[float, Trouble | None]] = {}


def trouble() -> Trouble | None:
    """Why Docker cannot be used; None where a daemon answers. An answer holds for a few seconds."""
    where = address()
    with _lock:
        asked, answer = _known.get(where, (float("-inf"), None))
        if time.monotonic() - asked < (_REMEMBER_S if answer is None else _TROUBLE_S):
            return answer
    return ask_anew(where)


def ask_anew(where: str) -> Trouble | None:
    """As ``trouble``, whatever was answered before."""
    answer = ask(where) or _package()
    with _lock:
        _known[where] = (time.monotonic(), answer)
    return answer


def forget() -> None:
    """Ask anew the next time."""
    with _lock:
        _known.clear()


def ask(where: str) -> Trouble | None:
    """Ask the daemon at ``where`` whether it is there."""
    parts = urlsplit(where)
    if parts.scheme in _ELSEWHERE or (parts.scheme in _OVER_NETWORK and parts.hostname not in _HERE):
        return Trouble(
            f"{where} is the daemon of another machine, on whose loopback services would answer.",
            "unset DOCKER_HOST; docker context use default",
        )
    try:
        with _connect(where) as sock:
            if parts.scheme == "unix" and b"OK" not in _answer(sock):
                return Trouble(f"What listens at {where} is no Docker daemon.", _start_hint())
    except ValueError:
        return Trouble(f"DOCKER_HOST is no address: {where!r}.", "export DOCKER_HOST=unix:///var/run/docker.sock")
    except OSError as error:
        return _explain(where, error)
    return None


def _package() -> Trouble | None:
    if importlib.util.find_spec("docker") is not None:
        return None
    return Trouble("A Docker daemon answers, but the Python package docker is not installed.", PACKAGE_HINT)


def _connect(where: str) -> socket.socket:
    parts = urlsplit(where)
    if parts.scheme not in ("unix", *_OVER_NETWORK):
        raise ValueError(where)
    if parts.scheme != "unix":
        return socket.create_connection((parts.hostname or "", parts.port or 2375), PING_S)
    if not stat.S_ISSOCK(os.stat(parts.path).st_mode):
        raise ConnectionRefusedError(None, "it is no socket")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(PING_S)
        sock.connect(parts.path)
    except BaseException:
        sock.close()
        raise
    return sock


def _answer(sock: socket.socket) -> bytes:
    sock.sendall(_PING)
    got = b""
    while b"OK" not in got and (piece := sock.recv(4096)):
        got += piece
    return got


def _explain(where: str, error: OSError) -> Trouble:
    if isinstance(error, FileNotFoundError):
        installed = any(map(shutil.which, ("dockerd", "docker")))
        said = f"No Docker daemon runs: there is no {urlsplit(where).path}."
        return Trouble(said, _start_hint() if installed else _install_hint(), installed)
    if isinstance(error, PermissionError):
        return Trouble(
            f"This user may not use Docker: {urlsplit(where).path} is closed to it.",
            "sudo usermod -aG docker $USER, then log in again",
        )
    if isinstance(error, TimeoutError):
        return Trouble(f"The Docker daemon at {where} does not answer within {PING_S:g} s.", _restart_hint())
    return Trouble(f"The Docker daemon at {where} does not answer: {error.strerror or error}.", _start_hint())


def _start_hint() -> str:
    if os.environ.get("DOCKER_HOST"):
        return "start the daemon of DOCKER_HOST, or unset DOCKER_HOST"
    return "open -a Docker" if sys.platform == "darwin" else "sudo systemctl start docker"


def _restart_hint() -> str:
    return _start_hint() if sys.platform == "darwin" else "sudo systemctl restart docker"


def _install_hint() -> str:
    return "install Docker: https://docs.docker.com/engine/install, or stay on processes: AML_NB_ENGINE=process"


def _of_context() -> str | None:
    """The address of the context that ``docker context use`` chose."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        name = os.environ.get("DOCKER_CONTEXT") or json.loads((folder / "config.json").read_bytes())["currentContext"]
        meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
        host: str = json.loads(meta.read_bytes())["Endpoints"]["docker"]["Host"]
        return host or None
    return None

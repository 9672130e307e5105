"""Whether a daemon answers, and what is said where none does."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from aml_nb.engines.docker import client, daemon


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    daemon.forget()


@pytest.fixture
def place() -> Iterator[Path]:
    """A short folder, for the path of a socket has no more than about a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="amld-"))
    yield folder
    shutil.rmtree(folder)


@contextmanager
def answering(path: Path, answer: bytes | None) -> Iterator[list[bytes]]:
    """A socket that gives every caller this answer, or none."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        held = []

        def serve() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                asked.append(caller.recv(1000))
                if answer is None:
                    held.append(caller)
                else:
                    caller.sendall(answer)
                    caller.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for caller in held:
                caller.close()


OK = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK"


def test_a_daemon_that_answers(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{place}/sock")
    with answering(place / "sock", OK) as asked:
        assert daemon.trouble() is None
        assert daemon.trouble() is None
    assert len(asked) == 1, "an answer holds for a while"
    assert asked[0].startswith(b"GET /_ping ")
    assert daemon.trouble() is None
    daemon.forget()
    assert daemon.trouble() is not None


def test_where_there_is_no_socket_the_answer_takes_no_time(place: Path) -> None:
    where = f"unix://{place}/none"
    daemon.ask(where)
    took: list[float] = []
    for _ in range(20):
        began = time.perf_counter()
        told = daemon.ask(where)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.005
    assert told is not None and told.message == f"No Docker daemon runs: there is no {place}/none."


def test_a_socket_that_nobody_listens_at(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(f"{place}/left")
    told = daemon.ask(f"unix://{place}/left")
    assert told is not None and "does not answer: Connection refused" in told.message
    assert told.hint == ("open -a Docker" if sys.platform == "darwin" else "sudo systemctl start docker")


def test_a_user_who_may_not(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(place / "sock", OK):
        (place / "sock").chmod(0)
        if os.geteuid() == 0:  # who may do anything
            monkeypatch.setattr(socket.socket, "connect", _forbidden)
        told = daemon.ask(f"unix://{place}/sock")
        monkeypatch.undo()
    assert told is not None and "This user may not use Docker" in told.message
    assert told.hint == "sudo usermod -aG docker $USER, then log in again"


def _forbidden(sock: Any, address: Any) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_daemon_that_hangs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "PING_S", 0.1)
    with answering(place / "sock", None):
        told = daemon.ask(f"unix://{place}/sock")
    assert told is not None and "does not answer within 0.1 s" in told.message
    assert "restart" in told.hint or "open" in told.hint


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("ssh://far.example", "the daemon of another machine"),
        ("tcp://far.example:2375", "the daemon of another machine"),
        ("tcp://127.0.0.1:1", "does not answer"),
        ("nonsense", "is no address"),
        ("unix:///etc/passwd", "it is no socket"),
    ],
)
def test_addresses_that_lead_to_no_daemon_of_this_machine(where: str, message: str) -> None:
    told = daemon.ask(where)
    assert told is not None and message in told.message


def test_something_else_that_listens(place: Path) -> None:
    with answering(place / "sock", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"):
        told = daemon.ask(f"unix://{place}/sock")
    assert told is not None and "is no Docker daemon" in told.message


def test_a_client_that_is_not_installed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{place}/sock")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with answering(place / "sock", OK):
        told = daemon.trouble()
    assert told is not None and told.hint == "pip install 'aml-nb[docker]'"


def test_the_current_context_tells_the_address_unless_docker_host_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert daemon.address() == daemon.DEFAULT
    meta = tmp_path / "contexts" / "meta" / hashlib.sha256(b"colima").hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": "unix:///home/me/colima.sock"}}}))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "colima"}))
    assert daemon.address() == "unix:///home/me/colima.sock"
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert daemon.address() == daemon.DEFAULT
    monkeypatch.setenv("DOCKER_HOST", "unix:///else.sock")
    assert daemon.address() == "unix:///else.sock"


def test_a_daemon_that_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the next service is told at once, though there is a client."""
    asked: list[str] = []

    def ask(where: str) -> daemon.Trouble:
        asked.append(where)
        return daemon.Trouble("It does not answer.", "restart it")

    monkeypatch.setattr(daemon, "ask", ask)
    key = (os.getpid(), daemon.address(), 5, os.environ.get("DOCKER_TLS_VERIFY"), os.environ.get("DOCKER_CERT_PATH"))
    monkeypatch.setattr(client, "_clients", {key: SimpleNamespace(close=lambda: None)})
    client.connect(5)
    with pytest.raises(client.DaemonAway), client.plainly("look"):
        raise requests.exceptions.ReadTimeout
    for _ in range(3):
        with pytest.raises(client.DaemonAway, match="does not answer"):
            client.connect(5)
    assert len(asked) == 1

"""A container's first process, and the check of its health."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aml_nb.scoring import container, healthy
from aml_nb.scoring.config import ServerConfig


def config(file: Path | None, auth: str = "key") -> ServerConfig:
    return ServerConfig("iris", "/app", "score.py", "/app/models", auth=auth, keys_file=str(file) if file else None)


def test_keys_that_are_missing_are_made_and_not_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "keys.json"
    container.make_missing_keys(config(file))
    keys, said = json.loads(file.read_text()), capfd.readouterr().out
    assert f"cat {file}" in said
    assert len({keys["primary"], keys["secondary"], keys["token_secret"]}) == 3
    assert not [key for key in keys.values() if key in said]
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_keys_that_are_there_stay(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "keys.json"
    file.write_text("{}")
    container.make_missing_keys(config(file))
    assert (file.read_text(), capfd.readouterr().out) == ("{}", "")


@pytest.mark.parametrize(("named", "auth"), [(True, "none"), (False, "key")])
def test_a_service_that_needs_none_gets_none(tmp_path: Path, named: bool, auth: str) -> None:
    file = tmp_path / "keys.json"
    container.make_missing_keys(config(file if named else None, auth))
    assert not file.exists()


@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.0 503 Busy\r\n\r\n", False),
        (b"HTTP/1.1 404 200\r\n\r\n", False),
        (b"", False),
        (b"200", False),
    ],
)
def test_only_a_200_is_healthy(answer: bytes, well: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            sock, _ = server.accept()
            with sock:
                sock.recv(4096)
                sock.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert healthy.healthy(server.getsockname()[1]) is well
        thread.join()


def test_nobody_there_is_not_healthy_and_costs_little() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, "-I", "-S", "-X", "importtime", str(healthy.__file__), str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "aml_nb" not in done.stderr
    assert "json" not in done.stderr

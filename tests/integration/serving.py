"""A service folder with a real supervisor, for the tests of the scoring server."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from aml_nb.scoring.auth import make_keys
from aml_nb.scoring.config import KEYS_FILE, LOG_FILE, SERVICE_FILE, STATE_FILE, ServerConfig

PATIENCE_S = 30.0


def wait_for(what: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """Whatever ``what`` gives once it is true."""
    deadline = time.monotonic() + patience_s
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found


class Service:
    """One service, its files and its supervisor, which ``launch`` starts."""

    def __init__(
        self,
        folder: Path,
        script: str,
        launch: Callable[[list[str]], subprocess.Popen[bytes]] = subprocess.Popen,
        **settings: Any,
    ) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / KEYS_FILE).write_text(json.dumps(make_keys()))
        self.write_script(script, 1)
        self.config = ServerConfig(
            name="svc",
            app_root=str(folder / "1"),
            entry_script="score.py",
            model_dir="",
            python=sys.executable,
            keys_file=str(folder / KEYS_FILE),
            **settings,
        )
        self.config.write(folder / SERVICE_FILE)
        self.process = launch([sys.executable, "-m", "aml_nb.scoring.supervisor", str(folder)])

    def write_script(self, script: str, revision: int) -> None:
        (self.folder / str(revision)).mkdir(exist_ok=True)
        (self.folder / str(revision) / "score.py").write_text(script)

    def state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / STATE_FILE).read_text()))
        except FileNotFoundError:
            return {"state": None, "workers": []}

    def settled(self) -> dict[str, Any]:
        """The state, once it is neither starting nor rolling anything out."""

        def look() -> dict[str, Any] | None:
            state = self.state()
            pending = state.get("pending") is not None
            return None if pending or state["state"] in (None, "Transitioning") else state

        return dict(wait_for(look))

    def update(self, script: str | None = None, **changes: Any) -> None:
        """Roll out another revision, or (without a script) change what the running one is told."""
        if script is not None:
            revision = self.config.revision + 1
            self.write_script(script, revision)
            changes = {**changes, "revision": revision, "app_root": str(self.folder / str(revision))}
        self.config = replace(self.config, **changes)
        self.config.write(self.folder / SERVICE_FILE)
        self.process.send_signal(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settled()['port']}"

    def post(self, body: Any = "{}", **kwargs: Any) -> requests.Response:
        return requests.post(f"{self.url}/score", data=body, timeout=30, **kwargs)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.settled()["port"]), timeout=20)

    def log(self) -> str:
        return (self.folder / LOG_FILE).read_text()

    def workers(self) -> list[int]:
        return [worker["pid"] for worker in self.state()["workers"] if worker["state"] == "ready"]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def exchange(sock: socket.socket, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send ``data``, read one reply: status, headers, body."""
    sock.sendall(data)
    return read_reply(sock)


def read_reply(sock: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The next reply on a connection, byte for byte, so that what follows it stays unread."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        assert byte, f"the connection ended within a head: {head!r}"
        head += byte
    first, *rows = head.decode("latin-1").split("\r\n")[:-2]
    headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rows)}
    length = int(headers.get("content-length", 0))
    body = b""
    while len(body) < length:
        part = sock.recv(length - len(body))
        assert part, "the connection ended within a body"
        body += part
    return int(first.split()[1]), headers, body

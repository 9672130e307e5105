"""A Jupyter server with the extension in a process of its own, and a client that has its token."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
import websocket

from tests import lean
from tests.conftest import ROOT

TOKEN = "a-token-of-the-tests"
BASE = "/user/ann/"
OTHERS = ("jupyterlab", "jupyter_lsp", "jupyter_server_terminals", "notebook_shim", "notebook")


class LabServer:
    """One server on this machine.

    Parameters
    ----------
    folder : for its configuration, its log and the notebooks that it shows.
    home : ``AML_NB_HOME``.
    base : the address that it is served at.
    """

    def __init__(self, folder: Path, home: Path, base: str = BASE) -> None:
        self.root, self.home, self.base = folder / "notebooks", home, base
        self._folder, self.log = folder, folder / "server.log"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}{base}aml-nb/"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        config = self._folder / "config" / "jupyter_server_config.d"
        config.mkdir(parents=True, exist_ok=True)
        self.root.mkdir(exist_ok=True)
        enabled = json.loads((ROOT / "jupyter-config/server-config/aml_nb.json").read_text())
        enabled["ServerApp"]["jpserver_extensions"] |= dict.fromkeys(OTHERS, False)
        (config / "aml_nb.json").write_text(json.dumps(enabled))
        own = {f"JUPYTER_{name.upper()}_DIR": str(self._folder / name) for name in ("config", "data", "runtime")}
        own |= {"PYTHONPATH": lean.python_path(os.environ), "AML_NB_HOME": str(self.home)}
        environment = {**os.environ, **own, "IPYTHONDIR": str(self._folder / "ipython")}
        options = [
            "--allow-root", "--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0", f"--ServerApp.base_url={self.base}", f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.root}",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "jupyter_server", *options]
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.root)
        limit = time.monotonic() + 60
        while True:
            assert self._process.poll() is None and time.monotonic() < limit, self.log.read_text()
            try:
                if self.get("hello").status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)

    def get(self, path: str, **options: Any) -> requests.Response:
        """A GET with the token."""
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        """A POST of JSON with the token."""
        return self.request("POST", path, json={} if body is None else body, **options)

    def delete(self, path: str) -> requests.Response:
        """A DELETE with the token."""
        return self.request("DELETE", path)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request with the token."""
        headers = {"Authorization": f"token {TOKEN}", **options.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=60, **options)

    @contextmanager
    def events(self, *asked: dict[str, Any]) -> Iterator[Events]:
        """An open socket, on which this was asked."""
        address = f"ws://127.0.0.1:{self.port}{self.base}aml-nb/events?token={TOKEN}"
        with closing(websocket.create_connection(address, timeout=20)) as connection:
            events = Events(connection)
            for each in asked:
                events.ask(each)
            yield events


class Events:
    """What comes over the socket."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = connection
        self.seen: list[dict[str, Any]] = []

    def ask(self, what: Any) -> None:
        """Send one message."""
        self._connection.send(what if isinstance(what, str) else json.dumps(what))

    def until(self, wanted: Callable[[dict[str, Any]], Any], seconds: float = 60.0) -> dict[str, Any]:
        """The first event that is wanted."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            self._connection.settimeout(left)
            try:
                event: dict[str, Any] = json.loads(self._connection.recv())
            except websocket.WebSocketTimeoutException:
                break
            self.seen.append(event)
            if wanted(event):
                return event
        raise AssertionError(f"it did not come; there came {self.seen}")

    def row(self, identity: str, wanted: Callable[[Any], Any] = bool, seconds: float = 60.0) -> Any:
        """The next row of an object that is as wanted; None for one that is gone."""
        event = self.until(
            lambda each: each["event"] == "changed" and each["id"] == identity and wanted(each["row"]), seconds
        )
        return event["row"]


def quoted(text: str) -> str:
    """One part of an address."""
    return quote(text, safe="")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

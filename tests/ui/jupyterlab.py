"""A JupyterLab of a test's own: its folders, its workspaces and its token, on the loopback interface."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests import lean

_START_SECONDS = 60
_FOLDERS = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")


class JupyterLab:
    """A server that runs from ``start`` to ``stop``; it may be started again, on the same port.

    Parameters
    ----------
    folder : where everything of it is; ``home`` below it is ``AML_NB_HOME``, ``notebooks`` what the file browser shows.
    base_url : the path below which it answers, as behind JupyterHub.
    """

    def __init__(self, folder: Path, base_url: str = "/") -> None:
        self.home, self.notebooks, self._folder = folder / "home", folder / "notebooks", folder
        for made in (self.home, self.notebooks, folder / "config" / "labconfig"):
            made.mkdir(parents=True, exist_ok=True)
        self._disabled = {"@jupyterlab/apputils-extension:announcements": True}
        self._options: list[str] = []
        self._write_page()
        self.token = secrets.token_hex(16)
        self._base = base_url
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def disable(self, server_extension: str, *labextensions: str) -> None:
        """Leave extensions out from the next start on."""
        self._disabled.update(dict.fromkeys(labextensions, True))
        self._options = [f"--ServerApp.jpserver_extensions={server_extension}=False"]
        self._write_page()

    @property
    def environment(self) -> dict[str, str]:
        """What the server, and whatever else is to see its workspaces, runs with."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AML_", "AZUREML_", "JUPYTER"))
        }
        folders = {f"JUPYTER_{name}": str(self._folder / name.partition("_")[0].lower()) for name in _FOLDERS}
        lab = {f"JUPYTERLAB_{name}_DIR": str(self._folder / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
        own = {"AML_NB_HOME": str(self.home), "AML_NB_ENGINE": "process", "IPYTHONDIR": str(self._folder / "ipython")}
        return {**kept, **folders, **lab, **own, "JUPYTER_PLATFORM_DIRS": "1", "PYTHONPATH": lean.python_path(kept)}

    def url(self, path: str = "lab", **query: str) -> str:
        """An address of the server, with its token."""
        asked = "&".join(f"{name}={value}" for name, value in {**query, "token": self.token}.items())
        return f"http://127.0.0.1:{self._port}{self._base}{path}?{asked}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
        command += [
            f"--ServerApp.port={self._port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.base_url={self._base}",
        ]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.notebooks}"]
        command += ["--LabApp.expose_app_in_browser=True", *self._options]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, cwd=self.notebooks
            )
        over = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < over, self.log()
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server and its kernels; the services that it shows go on."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def run(self, code: str) -> str:
        """Run Python as a notebook or a terminal beside the server would; gives what it prints."""
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, env=self.environment, cwd=self.notebooks, capture_output=True, text=True, timeout=90
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def log(self) -> str:
        """What the server wrote."""
        return (self._folder / "server.log").read_text(errors="replace")

    def _write_page(self) -> None:
        page = self._folder / "config" / "labconfig" / "page_config.json"
        page.write_text(json.dumps({"disabledExtensions": self._disabled}))

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url("api/status"), timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])

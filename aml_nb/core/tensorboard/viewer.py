"""TensorBoard as a process beside the notebook, with the event files of runs, also while they are written."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.tensorboard.installed import check
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run

EVERY = 5.0
"""Seconds after which the runs are looked at again."""
WAIT = 60.0
"""Seconds in which TensorBoard has to answer."""
_OVER = ("Completed", "Failed", "Canceled")


class Tensorboard:
    """TensorBoard over what runs write; ``pip install 'aml_nb[tensorboard]'`` brings the program.

    Parameters
    ----------
    runs : the runs whose event files are shown: those that their scripts write to ``./logs`` or ``./outputs``.
    local_root : a folder for the files, which stays; a temporary one when left out. What is in it is shown, too.
    port : that TensorBoard listens on, on this machine alone.

    Raises
    ------
    UserErrorException : ``runs`` is no list.
    """

    def __init__(self, runs: Sequence[Run], local_root: str | None = None, port: int = 6006) -> None:
        if isinstance(runs, str) or not isinstance(runs, Sequence):
            raise UserErrorException(f"runs must be a list of runs, not {runs!r}.", hint="Tensorboard([run])")
        self._runs: list[Any] = list(runs)
        self._root = None if local_root is None else Path(local_root).expanduser().absolute()
        self._temporary: str | None = None
        self._port = int(port)
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._follower: threading.Thread | None = None

    def start(self, start_browser: bool = False) -> str:
        """Start it and return its address; once started it stays until ``stop()`` or the end of the kernel.

        Parameters
        ----------
        start_browser : open the address in a browser.

        Raises
        ------
        UserErrorException : TensorBoard is not installed, the port is taken, or it does not start.
        """
        address = f"http://localhost:{self._port}/"
        if self._process is None or self._process.poll() is not None:
            _check(self._port)
            self._ended.clear()
            root = self._folder()
            over = [fetch(run, root / run.id) for run in self._runs]
            self._launch(root, address)
            if not all(over):
                self._follower = threading.Thread(target=self._follow, args=(root,), daemon=True)
                self._follower.start()
        if start_browser:
            import webbrowser

            webbrowser.open(address)
        return address

    def stop(self) -> None:
        """End it; the files in ``local_root`` stay."""
        atexit.unregister(self.stop)
        self._ended.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        if self._follower is not None:
            self._follower.join()
            self._follower = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def _folder(self) -> Path:
        if self._root is not None:
            self._root.mkdir(parents=True, exist_ok=True)
            return self._root
        self._temporary = self._temporary or tempfile.mkdtemp(prefix="tensorboard-")
        return Path(self._temporary)

    def _launch(self, root: Path, address: str) -> None:
        """Start the program and wait until it answers."""
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(root)]
        command += ["--port", str(self._port), "--host", "localhost", "--reload_interval", str(int(EVERY))]
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"}
            )
            atexit.register(self.stop)
            begun = time.monotonic()
            while not _answers(address):
                if self._process.poll() is not None or time.monotonic() - begun > WAIT:
                    log.seek(0)
                    said = log.read().decode(errors="replace").strip().splitlines()[-5:]
                    self.stop()
                    raise UserErrorException("TensorBoard did not start: " + "\n".join(said or ["it said nothing"]))
                time.sleep(0.1)

    def _follow(self, root: Path) -> None:
        left = list(self._runs)
        while left and not self._ended.wait(EVERY):
            left = [run for run in left if not fetch(run, root / run.id)]


def fetch(run: Any, folder: Path) -> bool:
    """Copy the event files of a run into a folder; whether the run was over before, so that there is no more."""
    over = run.get_status() in _OVER
    for name in run.get_file_names():
        if "tfevents" in name.rpartition("/")[2]:
            staged = folder / f"{name}.part"
            staged.parent.mkdir(parents=True, exist_ok=True)
            run.download_file(name, str(staged))
            os.replace(staged, folder / name)
    return over


def _check(port: int) -> None:
    check()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UserErrorException(
                f"The port {port} is taken by another program, perhaps by a TensorBoard that was started before.",
                hint=f"tb.stop() of that one, or Tensorboard(runs, port={port + 1})",
            ) from None


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False

"""A Docker daemon of a test's own, which may be stopped, killed and filled up without anybody else noticing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import daemon

_UP_S, _DOWN_S = 60, 30
_LONGEST = 40


def folder() -> Path:
    """A new one, with the tests' other files; a short one, for a socket's path has about a hundred characters."""
    root = os.environ.get("PYTEST_DEBUG_TEMPROOT", "")
    return Path(tempfile.mkdtemp(prefix="amld-", dir=root if root and len(root) <= _LONGEST else None))


class OwnDaemon:
    """``dockerd`` over folders and a bridge of its own, which leaves the machine's packet filter alone.

    Never with ``--bridge none``: that takes the machine's docker0 away from the daemon that has it.
    """

    def __init__(self, folder: Path, data: Path | None = None) -> None:
        self._folder = folder
        self._data = data or folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = folder / "d.sock"
        self.host = f"unix://{self.socket}"
        self._bridge = f"amlt{os.getpid() % 100000}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        folder = self._folder
        self._add_bridge()
        command = ["dockerd", "-H", self.host, "-p", str(folder / "pid"), "--data-root", str(self._data)]
        command += ["--exec-root", str(folder / "exec"), "--bridge", self._bridge]
        command += ["--iptables=false", "--ip6tables=false", "--ip-masq=false"]
        with open(folder / "dockerd.log", "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        limit = time.monotonic() + _UP_S
        while daemon.ask(self.host) is not None:
            ended = self._process.poll() is not None
            if ended or time.monotonic() > limit:
                text = (folder / "dockerd.log").read_text(errors="replace")
                self.stop()
                told = pytest.fail if "docker" in os.environ.get("AML_NB_REQUIRE", "") else pytest.skip
                told(f"no second Docker daemon can run here: {text[-300:]}")
            time.sleep(0.1)
        daemon.forget()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def take(self, *images: str) -> None:
        """Bring images of the machine's own daemon."""
        machine = {key: value for key, value in os.environ.items() if key != "DOCKER_HOST"}
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE, env=machine) as sender:
            done = subprocess.run(["docker", "-H", self.host, "load", "-q"], stdin=sender.stdout, capture_output=True)
        assert done.returncode == 0 and sender.returncode == 0, done.stderr

    def _add_bridge(self) -> None:
        if subprocess.run(["ip", "link", "show", self._bridge], capture_output=True, check=False).returncode == 0:
            return
        made = subprocess.run(["ip", "link", "add", self._bridge, "type", "bridge"], capture_output=True, check=False)
        if made.returncode:
            pytest.skip(f"this machine does not let a bridge be made: {made.stderr.decode()}")
        subprocess.run(["ip", "addr", "add", "10.199.77.1/24", "dev", self._bridge], check=True)
        subprocess.run(["ip", "link", "set", self._bridge, "up"], check=True)

    def signal(self, number: int) -> None:
        """Signal the daemon; its containers are not told."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once; its containers run on."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(_DOWN_S)
        # Its containerd dies with it. Where nobody buries that, the next daemon would take it for a living one.
        (self._folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)
        self.stop()

    def stop(self) -> None:
        """End it with its containers."""
        process, self._process = self._process, None
        clients.close_all()
        daemon.forget()
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        try:
            process.wait(_DOWN_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(_DOWN_S)

    def discard(self) -> None:
        """End it and remove what it kept."""
        self.stop()
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for place in sorted((m for m in mounts if m.startswith(f"{self._folder}/")), reverse=True):
            subprocess.run(["umount", "-l", place], capture_output=True, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)
        subprocess.run(["ip", "link", "del", self._bridge], capture_output=True, check=False)


def can_run() -> str | None:
    """Why no daemon of one's own can run here; None where one can."""
    if os.geteuid() != 0:
        return "only root can run a Docker daemon of its own"
    missing = [name for name in ("dockerd", "docker", "ip") if shutil.which(name) is None]
    return f"this machine lacks {' and '.join(missing)}" if missing else None

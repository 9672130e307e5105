"""A worker as its supervisor sees it: a process, a line to it, and what it prints."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from math import inf
from pathlib import Path
from typing import Any

from aml_nb.scoring.circle import Circle
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.handoff import Keeping
from aml_nb.scoring.kept import Kept
from aml_nb.scoring.ledger import Ledger
from aml_nb.scoring.memory import Deaths
from aml_nb.scoring.shared import Shared
from aml_nb.scoring.tallies import Tallies

STARTING, READY, DRAINING, FAILED = "starting", "ready", "draining", "failed"
LEAVE_S = 2.0


_SIGNALS = {number.value: number.name for number in signal.Signals}
_starved = Deaths()


class WorkerProcess:
    """One worker of one revision. ``report`` is what a worker that failed said of its error."""

    def __init__(
        self,
        config: ServerConfig,
        path: Path,
        listeners: list[socket.socket],
        circle: Circle,
        tallies: Tallies,
        waits: bool = False,
    ) -> None:
        self._tallies = tallies
        self._tally = tallies.hold()
        ours, theirs = socket.socketpair()
        kept, keeping = socket.socketpair()
        self.control = ours
        self.control.setblocking(False)
        self.config = config
        self.circle = circle
        self.place = circle.take_place()
        self.ledger = Ledger.make()
        self.kept = Kept(Keeping(kept), self.ledger)
        self.state = STARTING
        self.waits = waits
        self.report: dict[str, Any] | None = None
        self.started = time.monotonic()
        self.ready_at = self.started
        self.heard_at = self.started
        self.kill_at: float | None = None
        self._buffer = b""
        shared = Shared(
            control=theirs.fileno(),
            listeners=tuple(sock.fileno() for sock in listeners),
            handoff=circle.handoff.handles,
            offers=circle.offers.handles,
            keeping=keeping.fileno(),
            ledger=self.ledger.handle,
            board=circle.board.handle,
            place=self.place,
            tallies=tallies.handle,
            tally=self._tally,
            waits=waits,
        )
        command = [config.python or sys.executable, "-m", "aml_nb.scoring.worker", str(path), shared.to_text()]
        try:
            self.process = subprocess.Popen(
                command,
                env=worker_environment(config),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=shared.handles,
            )
        except BaseException:
            self.control.close()
            self._let_go()
            raise
        finally:
            theirs.close()
            keeping.close()
        assert self.process.stdout is not None
        self.output = self.process.stdout.fileno()
        os.set_blocking(self.output, False)

    @property
    def pid(self) -> int:
        return self.process.pid

    def tell(self, command: str) -> None:
        """Send a command; a worker that is gone is noticed elsewhere."""
        try:
            self.control.sendall(json.dumps({"command": command}).encode() + b"\n")
        except OSError:
            pass

    def hear(self) -> bool:
        """Take the worker's news into ``state`` and ``report``; False when it says no more."""
        try:
            data = self.control.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if not data:
            return False
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._heed(line)
        return True

    def _heed(self, line: bytes) -> None:
        try:
            news = json.loads(line)
            if news["event"] == "ready" and self.state == STARTING:
                self.state = READY
                self.ready_at = time.monotonic()
            elif news["event"] == "alive":
                self.heard_at = time.monotonic()
            elif news["event"] == "failed":
                self.report = {"code": "internal", "message": "", **news["error"]}
                self.state = FAILED
        except (ValueError, TypeError, KeyError, RecursionError):
            pass  # the script wrote where it should not

    def idle_s(self, now: float) -> float:
        """For how long it has had nothing to do, all in all."""
        since = self.circle.board.since[self.place]
        return self.ledger.idle_ns / 1e9 + (now - since / 1e9 if since else 0.0)

    def let_in(self) -> None:
        """Its revision has taken over."""
        if self.waits:
            self.waits = False
            self.tell("open")

    def drain(self, command: str) -> None:
        """Let it finish what it has; past its time it is killed (``kill_at``).

        One that makes room for another ("drain") may finish a ``run()``, however long that may take; one whose
        whole service ends ("stop") may not.
        """
        self.state = DRAINING
        last_run = self.config.scoring_timeout_ms if command == "drain" else 0
        self.kill_at = time.monotonic() + (self.config.drain_ms + last_run) / 1000 + LEAVE_S
        self.tell(command)

    def leaves(self) -> None:
        """Its line is closed: it serves no more, whatever the script's threads still do."""
        self.kill_at = min(self.kill_at or inf, time.monotonic() + LEAVE_S)

    def kill(self) -> None:
        self.kill_at = None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)

    def read_output(self) -> bytes | None:
        """What it printed since; None when it prints no more."""
        try:
            return os.read(self.output, 1024 * 1024) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def death(self) -> dict[str, Any]:
        """Why it is gone, where it did not say so itself."""
        code = self.process.poll()
        if code is not None and code < 0:
            name = _SIGNALS.get(-code, f"signal {-code}")
            starved = _starved.told() if name == "SIGKILL" else None
            memory = f"out of memory: {starved}" if starved else "out of memory, perhaps"
            why = f"The worker process was ended by {name}{f' ({memory})' if name == 'SIGKILL' else ''}."
            return {"code": "out-of-memory" if starved else "worker-died", "message": why, "exit_code": code}
        why = f"The worker process ended with exit code {code}."
        return {"code": "worker-died", "message": why, "exit_code": code}

    def close(self) -> None:
        self.control.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._let_go()

    def _let_go(self) -> None:
        """Give back what it shared."""
        self.kept.close()
        self.ledger.close()
        self.circle.leave_place(self.place)
        self._tallies.go(self._tally)


def worker_environment(config: ServerConfig) -> dict[str, str]:
    """The variables that v1 gives an entry script, with those of the environment and the user's own."""
    root = Path(config.app_root)
    entry = Path(config.entry_script)
    values = {
        **os.environ,
        "AML_APP_ROOT": str(root),
        "AZUREML_MODEL_DIR": config.model_dir,
        "AZUREML_ENTRY_SCRIPT": str(
            entry.relative_to(root) if entry.is_absolute() and root in entry.parents else entry
        ),
        "AZUREML_SERVICE_NAME": config.name,
        "SERVICE_NAME": config.name,
        "SCORING_TIMEOUT_MS": str(config.scoring_timeout_ms),
    }
    if config.model_data:
        values |= {"AML_NB_MODEL_DATA": config.model_data, "AML_NB_SCOPE": config.scope}
    if config.collect_model_data:
        values["AML_MODEL_DC_STORAGE_ENABLED"] = "true"
    if config.source_directory:
        values["AZUREML_SOURCE_DIRECTORY"] = config.source_directory
    own = {name: str(value) for name, value in config.environment_variables.items()}
    if os.environ.get("PYTHONPATH") and "PYTHONPATH" in own:  # by which the worker finds aml_nb
        own["PYTHONPATH"] = os.pathsep.join((os.environ["PYTHONPATH"], own["PYTHONPATH"]))
    return {**values, **own}

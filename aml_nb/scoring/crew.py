"""The workers of a service, old and new: started, heard, read, buried."""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aml_nb.scoring.circle import Circle
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.handoff import Handoff
from aml_nb.scoring.kept import Legacy
from aml_nb.scoring.logfile import LogSink
from aml_nb.scoring.process import FAILED, STARTING, WorkerProcess
from aml_nb.scoring.tallies import Tallies

_PAUSE_S = 0.05
_SWEEP_S = 0.5


class Crew:
    """Keeps processes and what comes from them; what follows from it is for the supervisor to decide."""

    def __init__(self, folder: Path, selector: selectors.BaseSelector, log: LogSink) -> None:
        self.workers: list[WorkerProcess] = []
        self.legacies: list[tuple[Legacy, dict[str, Any]]] = []
        self._folder = folder
        self._selector = selector
        self._log = log
        self.handoff = Handoff.make()
        self.tallies = Tallies.make()
        self._circles: dict[int, Circle] = {}
        self._resting: dict[WorkerProcess, float] = {}
        self._sweep_at = 0.0

    def start(self, config: ServerConfig, sockets: list[socket.socket], waits: bool = False) -> None:
        """Start a worker; one that ``waits`` lets nobody in before it is told to.

        OSError or ValueError where its interpreter cannot be started.
        """
        path = self._folder / f"config.{config.revision}.json"
        config.write(path)
        circle = self._circles.get(config.revision) or Circle(self.handoff)
        self._circles[config.revision] = circle
        worker = WorkerProcess(config, path, sockets, circle, self.tallies, waits)
        self.workers.append(worker)
        self._selector.register(worker.kept, selectors.EVENT_READ, self._keeping(worker))
        self._selector.register(worker.control, selectors.EVENT_READ, self._hearing(worker))
        self._selector.register(worker.output, selectors.EVENT_READ, self._reading(worker))

    def of(self, config: ServerConfig | None, *states: str) -> list[WorkerProcess]:
        """The workers of a revision that are in one of ``states``, oldest first."""
        if config is None:
            return []
        return [w for w in self.workers if w.config.revision == config.revision and w.state in states]

    def dates(self) -> list[float]:
        """When a worker will have to be looked at, whatever happens (monotonic seconds)."""
        dates = [w.kill_at for w in self.workers if w.kill_at is not None] + list(self._resting.values())
        return dates + [w.started + w.config.start_timeout_ms / 1000 for w in self.workers if w.state == STARTING]

    def ended(self) -> list[tuple[WorkerProcess, dict[str, Any]]]:
        """Bury the workers that are gone; each with why. Those past their time are killed."""
        now = time.monotonic()
        gone = []
        for worker in list(self.workers):
            if worker.process.poll() is not None:
                gone.append((worker, self._bury(worker)))
            elif worker.kill_at is not None and now >= worker.kill_at:
                worker.kill()
            elif worker.state == STARTING and now - worker.started > worker.config.start_timeout_ms / 1000:
                self._too_late(worker)
        return gone

    def bury_strangers(self) -> None:
        """Take leave of processes that came to us when their parent died: in a container they come to the first."""
        known = {worker.pid for worker in self.workers}
        with suppress(ChildProcessError):
            while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if found.si_pid in known:
                    return  # the next look buries it, and reads how it ended
                os.waitpid(found.si_pid, os.WNOHANG)

    def _too_late(self, worker: WorkerProcess) -> None:
        seconds = worker.config.start_timeout_ms / 1000
        worker.state = FAILED
        worker.report = {"code": "init-failed", "message": f"init() did not return within {seconds:g} s."}
        worker.kill()

    def _bury(self, worker: WorkerProcess) -> dict[str, Any]:
        worker.hear()
        if data := worker.read_output():  # once: a child that it left behind may print for ever
            self._log.write(data)
        self._forget(worker.control)
        self._forget(worker.output)
        self._forget(worker.kept)
        self._resting.pop(worker, None)
        self.workers.remove(worker)
        report = worker.report or worker.death()
        report.setdefault("exit_code", worker.process.returncode)
        self.legacies.append((worker.kept.inherit(), report))
        worker.close()
        if worker.circle.empty:
            self._disband(worker.config.revision)
        return report

    def _disband(self, revision: int) -> None:
        """The last worker of a revision is gone; connections that nobody took of its offers are inherited."""
        circle = self._circles.pop(revision)
        left = Legacy()
        while taken := circle.offers.take():
            left.waiting += [sock.detach() for sock, _ in taken]
        self.legacies.append((left, {}))
        circle.close()

    def look_after(self) -> None:
        """Take the connections of workers that have had a pause; let go of those that have ended."""
        now = time.monotonic()
        for worker, until in list(self._resting.items()):
            if now >= until:
                del self._resting[worker]
                worker.kept.receive()
                self._selector.register(worker.kept, selectors.EVENT_READ, self._keeping(worker))

    def sweep(self) -> None:
        """Let go of the connections that their workers have closed; not at each look, for there may be thousands."""
        now = time.monotonic()
        if now >= self._sweep_at:
            self._sweep_at = now + _SWEEP_S
            for worker in self.workers:
                worker.kept.sweep()

    def _keeping(self, worker: WorkerProcess) -> Callable[[], None]:
        def receive() -> None:
            """Many together cost little; so what comes next has to wait a moment."""
            worker.kept.receive()
            self._forget(worker.kept)
            if not worker.kept.ended:
                self._resting[worker] = time.monotonic() + _PAUSE_S

        return receive

    def _hearing(self, worker: WorkerProcess) -> Callable[[], None]:
        def hear() -> None:
            if not worker.hear():
                self._forget(worker.control)
                worker.leaves()

        return hear

    def _reading(self, worker: WorkerProcess) -> Callable[[], None]:
        def read() -> None:
            data = worker.read_output()
            if data is None:
                self._forget(worker.output)
            elif data:
                self._log.write(data)

        return read

    def _forget(self, fileobj: Any) -> None:
        try:
            self._selector.unregister(fileobj)
        except (KeyError, ValueError):
            pass

"""The process that a service is: it holds the listening socket and keeps workers behind it.

Started detached as ``python -m aml_nb.scoring.supervisor FOLDER``. It obeys what ``service.json`` in its folder says
and tells in ``state.json`` how things stand:

    SIGHUP    read service.json and keys.json again: another revision is rolled out, workers come or go
    SIGTERM   finish what has come, then end

As long as it lives it holds a lock on the folder's ``lock`` file; a folder whose lock is free has no service. It
ends when the folder is removed.
A new revision takes over when all its workers are ready, and none of them lets anybody in before: what opens it, its
keys for instance, holds from then on. One that cannot start is put away, and the old one goes on serving.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from aml_nb.scoring.changed import Changed
from aml_nb.scoring.config import LOCK_FILE, LOG_FILE, SERVICE_FILE, STATE_FILE, ServerConfig, write_atomically
from aml_nb.scoring.crew import Crew
from aml_nb.scoring.history import HISTORY_FILE
from aml_nb.scoring.insights import Insights
from aml_nb.scoring.listening import BindError, bind_all, close_all
from aml_nb.scoring.liveness import Prober, unresponsive
from aml_nb.scoring.logfile import LogFile, LogSink, Terminal
from aml_nb.scoring.process import DRAINING, READY, STARTING, WorkerProcess
from aml_nb.scoring.recorder import Recorder
from aml_nb.scoring.rescue import HAND_ON_S, Rescue
from aml_nb.scoring.scaler import Scaler, fitting, replicas
from aml_nb.scoring.signals import Signals
from aml_nb.scoring.state import StateFile
from aml_nb.scoring.tallies import Gauges

_FLAPPING_S = 60.0
_MAX_PAUSE_S = 10.0
_RETRY_S = 1.0
_LOOK_S = 3.0
_OUR_CONCERN = ("worker_count", "replica_workers", "scaling", "probe")  # what no worker knows or has to
FAILED_EXIT = 3


class Supervisor:
    """Runs one service. ``folder`` holds its files; ``log`` takes what workers print."""

    def __init__(self, folder: Path, config: ServerConfig, log: LogSink, state: StateFile) -> None:
        self._folder = folder
        self._config = config
        self._log = log
        self._state = state
        self._pending: ServerConfig | None = None
        self._restart_at: list[float] = []
        self._deaths: list[float] = []
        self._stopping = False
        self._failed = False
        self._selector = selectors.DefaultSelector()
        self._sockets = self._pending_sockets = bind_all(config)
        self._crew = Crew(folder, self._selector, log)
        self._changed = Changed()
        self._prober = Prober()
        self._scaler = Scaler()
        self._recorder = Recorder(folder / HISTORY_FILE)
        self._started = int(time.time())
        self._crew.tallies.tell(Gauges(revision=config.revision, started=self._started))
        self._rescue = Rescue(self._crew.handoff, self._note, self._crew.tallies.count_lost)

    # life

    def run(self) -> int:
        """Serve until told to stop; the exit code is FAILED_EXIT where the service could not start."""
        signals = Signals(self._selector)
        port = self._port
        self._state.update(state="Transitioning", host=self._config.host, port=port, wanted=self._wanted)
        self._note(
            f"Service {self._config.name}, revision {self._config.revision}, listens on {self._config.host}:{port}."
        )
        self._start(self._config, self._config.worker_count)
        while self._crew.workers or self._restart_at:
            self._step(signals)
        self._state.update(state="Failed" if self._failed else "Stopped", workers=[])
        return FAILED_EXIT if self._failed else 0

    def _step(self, signals: Signals) -> None:
        for key, _ in self._selector.select(self._patience()):
            key.data()
        self._take_over()
        self._crew.sweep()
        if not self._stopping and not self._folder.is_dir():
            self._stop()  # whoever removed it can find, call or stop this service no more
        for number in signals.take():
            self._obey(number)
        if self._changed(worker.config.keys_file for worker in self._crew.workers):
            self._tell_keys()  # whoever made them anew may have been killed before we could hear of it
        for worker, report in self._crew.ended():
            self._ended(worker, report)
        if os.getpid() == 1:
            self._crew.bury_strangers()
        self._rescue_connections()
        self._probe()
        self._respawn()
        self._autoscale()
        self._report()
        self._record()

    def _patience(self) -> float:
        dates = [*self._crew.dates(), *self._restart_at, time.monotonic() + _LOOK_S, self._recorder.date]
        if not self._stopping:
            dates += self._prober.dates(self._config, self._crew.workers)
        if self._scales:
            dates.append(self._scaler.date)
        if self._rescue:
            dates.append(time.monotonic() + HAND_ON_S)
        if self._state.unwritten:
            dates.append(time.monotonic() + _RETRY_S)
        return max(0.0, min(dates) - time.monotonic())

    @property
    def _port(self) -> int:
        return int(self._sockets[0].getsockname()[1])

    def _listen_next(self, sockets: list[socket.socket]) -> None:
        """The revision that is to come gets ``sockets``; those it would have had are closed."""
        if self._pending_sockets not in (self._sockets, sockets):
            close_all(self._pending_sockets)
        self._pending_sockets = sockets

    # signals

    def _obey(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            self._stop()
        elif number == signal.SIGHUP and not self._stopping:
            self._reload()

    def _stop(self) -> None:
        self._stopping = True
        self._restart_at.clear()
        for worker in self._crew.workers:
            if worker.state == STARTING:
                worker.kill()
            else:
                worker.drain("stop")
        self._note("Stopping.")

    def _reload(self) -> None:
        """Do what ``service.json`` says now."""
        try:
            config = ServerConfig.read(self._folder / SERVICE_FILE)
        except (OSError, ValueError, TypeError, KeyError) as error:
            report = {"code": "internal", "message": f"service.json cannot be read: {error}"}
            self._state.update(error={**report, "revision": self._config.revision})
            return
        self._tell_keys()
        serving = self._pending or self._config
        config = fitting(config, serving)
        if replace(config, **{name: getattr(serving, name) for name in _OUR_CONCERN}) == serving:
            self._scale(config)
        elif config.revision != serving.revision:
            self._roll_out(config)

    def _tell_keys(self) -> None:
        """Have the keys read again."""
        for worker in self._crew.workers:
            worker.tell("keys")

    def _scale(self, config: ServerConfig) -> None:
        if self._pending is not None:
            self._pending = config
        else:
            self._config = config
        self._state.update(wanted=replicas(config, config.worker_count))
        mine = self._crew.of(config, STARTING, READY)
        self._start(config, config.worker_count - len(mine))
        for worker in mine[config.worker_count :]:
            self._dismiss(worker)

    def _roll_out(self, config: ServerConfig) -> None:
        """Start a new revision beside the one that serves; ``_take_over`` switches over."""
        superseded, sockets = self._pending, self._pending_sockets
        self._dismiss_pending()
        try:
            if config.host == self._config.host and config.port in (None, self._config.port, self._port):
                self._listen_next(self._sockets)
            elif superseded is None or (config.host, config.port) != (superseded.host, superseded.port):
                self._listen_next(self._sockets)
                self._listen_next(bind_all(config))
            else:
                self._listen_next(sockets)
        except BindError as error:
            self._state.update(error={**error.report, "revision": config.revision})
            return
        self._note(f"Rolling out revision {config.revision}.")
        self._pending = config
        self._state.update(pending=config.revision, error=None)
        self._start(config, config.worker_count)

    def _dismiss_pending(self) -> None:
        """Let the workers of a revision go that will not take over; what they have accepted they still answer."""
        for worker in self._crew.of(self._pending, STARTING, READY):
            self._dismiss(worker)
        self._pending = None

    def _dismiss(self, worker: WorkerProcess) -> None:
        if worker.state == READY:
            worker.drain("drain")
        else:
            worker.state = DRAINING
            worker.kill()

    # workers

    def _start(self, config: ServerConfig, number: int) -> None:
        sockets = self._sockets if config is self._config else self._pending_sockets
        for _ in range(number):
            if self._stopping or config not in (self._config, self._pending):
                return
            try:
                self._crew.start(config, sockets, waits=config is not self._config)
            except (OSError, ValueError) as error:
                message = f"A worker could not be started with {config.python or sys.executable}: {error}"
                self._lost(config, {"code": "environment", "message": message}, False)

    def _take_over(self) -> None:
        """Once all workers of a new revision are ready, the old ones go."""
        config = self._pending
        if config is None or len(self._crew.of(config, READY)) < config.worker_count:
            return
        self._note(f"Revision {config.revision} serves; revision {self._config.revision} is drained.")
        former, self._sockets = self._sockets, self._pending_sockets
        self._config, self._pending = config, None
        for old in self._crew.workers:
            if old.config.revision != config.revision and old.state in (STARTING, READY):
                self._dismiss(old)
        # Told before anybody is let in: who is refused with the old revision's key finds which one opens this one.
        told = {"revision": config.revision, "wanted": self._wanted, "host": config.host, "port": self._port}
        self._state.update(pending=None, error=None, **told)
        for worker in self._crew.workers:
            if worker.config.revision == config.revision:
                worker.let_in()
        if former is not self._sockets:
            close_all(former)

    def _ended(self, worker: WorkerProcess, report: dict[str, Any]) -> None:
        """Decide what a worker's end means."""
        if self._stopping or worker.state == DRAINING:
            return
        self._note(f"Worker {worker.pid} is gone: {report['message']}")
        if worker.config.app_insights and worker.state == READY:
            told = Insights(worker.config.insights, worker.config)
            told.told("WorkerDied", str(report["message"]))
            told.flush()
        self._lost(worker.config, report, worker.state == READY)

    def _lost(self, config: ServerConfig, report: dict[str, Any], had_started: bool) -> None:
        """A worker ended, or could not even be started."""
        if self._pending is not None and config.revision == self._pending.revision:
            self._put_away(self._pending, report)
        elif config.revision == self._config.revision:
            self._replace(report, had_started)

    def _put_away(self, config: ServerConfig, report: dict[str, Any]) -> None:
        """A new revision cannot start: what served before goes on."""
        self._dismiss_pending()
        self._listen_next(self._sockets)
        if not self._state.was_healthy and not self._crew.of(self._config, STARTING, READY):
            self._broken(config, report)
            return
        self._note(f"Revision {config.revision} could not start; revision {self._config.revision} goes on serving.")
        self._state.update(pending=None, error={**report, "revision": config.revision})

    def _replace(self, report: dict[str, Any], had_started: bool) -> None:
        """A worker of the serving revision ended: start another, or give up where none ever started."""
        if not had_started and not self._state.was_healthy:
            if self._pending is None:  # else the newer revision may do better
                self._broken(self._config, report)
            return
        now = time.monotonic()
        self._deaths = [date for date in self._deaths if now - date < _FLAPPING_S] + [now]
        pause = 0.0 if len(self._deaths) <= 3 else min(_MAX_PAUSE_S, 0.25 * 2.0 ** (len(self._deaths) - 4))
        self._restart_at.append(now + pause)
        self._state.update(error=report, restarts=self._state.restarts + 1)

    def _broken(self, config: ServerConfig, report: dict[str, Any]) -> None:
        """The service cannot start at all: say why, and leave nothing running."""
        self._failed = True
        self._stopping = True
        self._restart_at.clear()
        self._state.update(error={**report, "revision": config.revision})
        for worker in self._crew.workers:
            worker.kill()

    def _respawn(self) -> None:
        due = [date for date in self._restart_at if date <= time.monotonic()]
        if due and not self._stopping:
            self._restart_at = [date for date in self._restart_at if date not in due]
            missing = self._config.worker_count - len(self._crew.of(self._config, STARTING, READY))
            self._start(self._config, min(len(due), missing))

    def _probe(self) -> None:
        """End the workers that hang; the connections that wait in them are rescued."""
        if self._stopping:
            return
        for worker in self._prober.look(self._config, self._crew.workers, time.monotonic()):
            worker.report = unresponsive(self._config)
            worker.kill()

    def _autoscale(self) -> None:
        """Have as many replicas as the load calls for; while a revision is rolled out, as many as before."""
        config = self._config
        if not self._scales:
            return
        number = self._scaler.replicas(config, self._crew.of(config, READY))
        if number != self._wanted and self._pending is None:
            load = f"utilization {100 * self._scaler.utilization:.0f} %"
            self._note(f"Scaling from {self._wanted} to {number} replicas ({load}).")
            self._scale(config.with_replicas(number))

    @property
    def _scales(self) -> bool:
        """Whether the autoscaler decides how many replicas there are."""
        return self._config.scaling is not None and not self._stopping

    def _rescue_connections(self) -> None:
        """Have other workers go on with the connections of one that died; without one, they wait for the next."""
        self._crew.look_after()
        while self._crew.legacies:
            self._rescue.inherit(*self._crew.legacies.pop())
        if self._stopping:
            self._rescue.dismiss("The service was stopped.")
        else:
            self._rescue.hand_on(bool(self._crew.of(self._config, READY)), self._config.max_queue_wait_ms)

    # news

    def _report(self) -> None:
        ready = self._crew.of(self._config, READY)
        if self._stopping:
            state = "Failed" if self._failed else "Stopping"
        elif ready:
            state = "Healthy"
        else:
            state = "Unhealthy" if self._state.was_healthy else "Transitioning"
        workers = [{"pid": w.pid, "revision": w.config.revision, "state": w.state} for w in self._crew.workers]
        if len(ready) >= self._config.worker_count and self._state.worker_died:
            self._state.update(error=None)
        number = replicas(self._config, len(ready))
        self._state.update(state=state, revision=self._config.revision, ready=number, workers=workers)

    def _record(self) -> None:
        """Keep the second that is over, and let the workers know how the service stands."""
        if not self._recorder.due:
            return
        config, ready = self._config, self._crew.of(self._config, READY)
        gauges = Gauges(
            ready=replicas(config, len(ready)),
            wanted=self._wanted,
            queue=sum(worker.ledger.queued for worker in self._crew.workers) + len(self._rescue),
            restarts=self._state.restarts,
            revision=config.revision,
            started=self._started,
        )
        self._crew.tallies.tell(gauges)
        self._recorder.look(self._crew.tallies.snapshot(), gauges)

    @property
    def _wanted(self) -> int:
        return replicas(self._config, self._config.worker_count)

    def _note(self, text: str) -> None:
        second, millisecond = divmod(int(time.time() * 1000), 1000)
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second)) + f",{millisecond:03d}"
        self._log.write(f"{stamp} I [{os.getpid()}] supervisor - {text}\n".encode())


def _hold(path: Path) -> bool:
    """Take the lock for as long as this process lives; whoever only looks at it holds it for a moment."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for pause in (0.01, 0.1, 1.0, None):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(pause or 0)
    return False


def supervise(folder: Path, log: LogSink | None = None) -> int:
    """Run the service of ``folder`` in this process; its log goes to a file there unless ``log`` takes it."""
    if not _hold(folder / LOCK_FILE):
        print("Another supervisor runs this service already.", file=sys.stderr)
        return 1
    state = StateFile(lambda data: write_atomically(folder / STATE_FILE, data, 0o600, durable=False))
    try:
        config = ServerConfig.read(folder / SERVICE_FILE)
        supervisor = Supervisor(folder, config, log or LogFile(folder / LOG_FILE), state)
    except BindError as error:
        state.update(state="Failed", error=error.report)
        return FAILED_EXIT
    except (OSError, ValueError, TypeError) as error:
        state.update(state="Failed", error={"code": "internal", "message": f"{type(error).__name__}: {error}"})
        return FAILED_EXIT
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(supervise(Path(sys.argv[1]), Terminal() if os.environ.get("AML_NB_LOG_TO_STDOUT") == "1" else None))

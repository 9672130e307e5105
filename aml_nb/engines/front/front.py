"""A front as a process: HAProxy's master in a session of its own, found again through its socket."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from aml_nb.engines import detached
from aml_nb.engines.front import binary, control, lost, render, runtime
from aml_nb.engines.front.config import FrontConfig
from aml_nb.engines.front.errors import FrontError
from aml_nb.engines.front.files import CONFIG, Files, Standing, pem_of
from aml_nb.engines.front.runtime import Stats
from aml_nb.scoring.listening import BindError, bind

PID, LOG, LOCK = "front.pid", "front.log", "front.lock"
_START_S = 15.0
_STOP_S = 5.0
_POLL_S = 0.005
_PORT_BACK_S = 2.0
_ATTEMPTS = 5


class _Detached(subprocess.Popen[bytes]):
    """A process that outlives us: dropping the handle neither waits nor warns."""

    def __del__(self, _maxsize: int = sys.maxsize) -> None:
        pass


_started: dict[str, _Detached] = {}


class Front:
    """One HAProxy and the files it needs.

    It goes on serving when whoever started it has gone; another ``Front`` of the same folder takes it over.

    Parameters
    ----------
    folder : where its files are; nobody but the owner should be able to read it.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._files = Files(self.folder)
        self._told = False

    @property
    def config(self) -> FrontConfig | None:
        """What it was told last."""
        standing = self._files.standing()
        return standing.config if standing else None

    @property
    def port(self) -> int | None:
        """Where it listens, or did."""
        standing = self._files.standing()
        return standing.port if standing else None

    def start(self, config: FrontConfig) -> int:
        """Listen, and return the port. One that runs already is reconfigured.

        Raises
        ------
        FrontError : HAProxy is missing, or refuses, or the certificate is wrong.
        BindError : the port cannot be had.
        """
        with self._exclusive():
            if self._processes() is not None and self._files.standing() is not None:
                return self._change(config)
            self._end_lost()
            return self._spawn(config)

    def reconfigure(self, config: FrontConfig) -> int:
        """Do what ``config`` says, and return the port; no request is lost. One that has gone is started again.

        Where only servers change, the running process is told; anything else takes another process, which
        inherits the listening socket. A configuration that is refused changes nothing.

        Raises
        ------
        FrontError : HAProxy refuses, or the certificate is wrong.
        BindError : the new port cannot be had.
        """
        return self.start(config)

    def stop(self, drain_s: float = 10.0) -> None:
        """Listen no more, let requests be answered for ``drain_s`` at most, and end.

        One whose folder was removed is found among the machine's processes; its requests cannot be waited for.
        """
        if not self.folder.is_dir():
            for pid in lost.masters(self.folder):
                self._end(pid)
            return
        with self._exclusive():
            found = self._processes()
            if found is not None:
                with suppress(ProcessLookupError):
                    os.kill(found.master, signal.SIGUSR1)
                _until(lambda: self._idle() or not self._answers(), drain_s)
                self._end(found.master)
            self._end_lost()
            self._files.remove()
            for name in (PID, control.SOCKET):
                with suppress(OSError):
                    os.unlink(self.folder / name)

    def alive(self) -> bool:
        """Whether it serves."""
        found = self._processes()
        return found is not None and bool(found.workers)

    def stats(self) -> Stats:
        """How busy its servers are; nothing at all where it does not run."""
        standing = self._files.standing()
        try:
            return runtime.stats(self.folder, standing.slots) if standing else Stats()
        except control.Gone:
            return Stats()

    # starting

    def _spawn(self, config: FrontConfig) -> int:
        program = binary.find()
        kept = self.port if config.port is None else None
        for attempt in range(_ATTEMPTS):
            port = self._free_port(config, kept if attempt == 0 else None)
            standing = Standing(config, port, runtime.place(config, {}), binary.speaks_lua(program))
            self._files.write(standing, program)
            try:
                self._run(program)
            except FrontError as error:
                if error.reason != "port-in-use":
                    raise
                if config.port is not None or attempt == _ATTEMPTS - 1:
                    raise BindError({**error.report, "port": port}) from None
                continue
            return port
        raise AssertionError("unreachable")

    def _free_port(self, config: FrontConfig, kept: int | None) -> int:
        limit = time.monotonic() + _PORT_BACK_S
        while kept is not None:
            try:
                return _probe(config.host, kept)
            except BindError:
                if time.monotonic() > limit:
                    break
                time.sleep(_POLL_S)  # workers of one that was killed hold it for a moment
        return _probe(config.host, config.port)

    def _run(self, program: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.folder / control.SOCKET)
        with open(self.folder / LOG, "ab") as log:
            before = log.tell()
            process = _Detached(
                [program, "-W", "-S", lost.MARK, "-f", CONFIG, "-p", PID],
                cwd=self.folder,
                env=detached.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _started[str(self.folder)] = process
        ready = _until(lambda: process.poll() is not None or self._serving(set()), _START_S)
        if process.poll() is None and ready:
            return
        if process.poll() is None:
            self._end(process.pid)
        self._reap()
        with open(self.folder / LOG, "rb") as written:
            written.seek(before)
            raise binary.translated(program, written.read().decode("utf-8", "replace"))

    # changing

    def _change(self, config: FrontConfig) -> int:
        before = self._files.standing()
        assert before is not None
        kept = before.port if config.port in (None, before.port) else None
        same_door = kept is not None and config.host == before.config.host
        port = before.port if same_door else _probe(config.host, config.port)
        after = replace(before, config=config, port=port, slots=runtime.place(config, before.slots))
        if after.text(servers=False) == before.text(servers=False) and pem_of(config.certificate) == self._files.pem():
            try:
                known = before.slots if self._told else None  # whoever told it last may have been killed meanwhile
                runtime.apply(self.folder, self._commands(known, after))
                self._files.write(after)
                self._told = True
                return port
            except runtime.Refused:
                pass  # a new process knows what this one does not
        self._reload(after, before)
        return port

    def _commands(self, known: render.Slots | None, after: Standing) -> list[str]:
        handing_on = [] if known is not None else runtime.handing_on(after.slots, False)
        return [*handing_on, *runtime.commands(known, after.slots)]

    def _reload(self, after: Standing, before: Standing) -> None:
        program = binary.find()
        after = replace(after, lua=binary.speaks_lua(program))
        kept_pem = self._files.pem()
        self._files.write(after, program)
        found = self._processes()
        if found is None:
            self._end_lost()
            self._run(program)
            return
        self._prepare(before, after)
        os.kill(found.master, signal.SIGUSR2)
        _until(lambda: self._serving({*found.workers}) or self._failed(found.failed), _START_S)
        if self._serving({*found.workers}):
            self._told = True
            return
        try:
            self._files.write(before)
        finally:
            if kept_pem is not None:
                self._files.put_pem(kept_pem)
        self._told = False
        raise FrontError(f"HAProxy did not take its new configuration: {self._last_words()}")

    def _prepare(self, before: Standing, after: Standing) -> None:
        """Tell the process that goes all it will need: nobody can tell it anything later."""
        known = {name: slots for name, slots in before.slots.items() if name in after.slots}
        new = {name: after.slots[name][: len(slots)] for name, slots in known.items()}
        commands = [*runtime.commands(known if self._told else None, new), *runtime.handing_on(new, True)]
        with suppress(runtime.Refused):
            runtime.apply(self.folder, commands)

    def _failed(self, before: int) -> bool:
        found = self._processes()
        return found is not None and found.failed > before

    # ending

    def _end(self, master: int) -> None:
        """End HAProxy's processes; its session is its own, so that all of them can be reached at once."""
        with suppress(ProcessLookupError):
            os.kill(master, signal.SIGTERM)
        if not _until(lambda: not self._runs(master), _STOP_S):
            with suppress(ProcessLookupError):
                os.killpg(master, signal.SIGKILL)
            _until(lambda: not self._runs(master), _STOP_S)
        self._reap()

    def _end_lost(self) -> None:
        """End a HAProxy of this folder whose socket was taken away."""
        try:
            pid = int((self.folder / PID).read_text())
        except (OSError, ValueError):
            return
        if lost.is_of(pid, self.folder):
            self._end(pid)

    def _runs(self, pid: int) -> bool:
        self._reap()
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return lost.is_of(pid, self.folder)

    def _reap(self) -> None:
        process = _started.get(str(self.folder))
        if process is not None and process.poll() is not None:
            del _started[str(self.folder)]

    # asking

    def _processes(self) -> control.Processes | None:
        self._reap()
        try:
            return control.processes(self.folder)
        except control.Gone:
            return None

    def _answers(self) -> bool:
        return self._processes() is not None

    def _serving(self, former: set[int]) -> bool:
        """Whether a worker serves that is none of the former ones."""
        found = self._processes()
        return found is not None and bool({*found.workers} - former)

    def _idle(self) -> bool:
        return self.stats().idle

    def _last_words(self) -> str:
        try:
            lines = (self.folder / LOG).read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        alerts = [line for line in lines if "ALERT" in line]
        return (alerts or lines or ["it said nothing"])[-1]

    # files

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        try:
            self.folder.mkdir(exist_ok=True)  # what it is in may have been removed, and is not to come back by this
        except FileNotFoundError:
            raise FrontError(f"{self.folder.parent} was removed.") from None
        with open(self.folder / LOCK, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _probe(host: str, port: int | None) -> int:
    """The port, which is free at this moment. Raises ``BindError`` where it is not."""
    with bind(host, port) as sock:
        return int(sock.getsockname()[1])


def _until(done: Callable[[], bool], seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit:
            return False
        time.sleep(_POLL_S)
    return True

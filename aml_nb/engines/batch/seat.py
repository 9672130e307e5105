"""A seat: the place of one worker, who is replaced when lost; every mini-batch given to it has an outcome.

An outcome is a dictionary of builtin types: ``number``, ``given``, ``seconds``, ``worker``, and either ``returned`` and
``rows`` (bytes) or ``error``: the facts of it, with a ``kind``:

run       ``run`` raised, or returned what no rows can be made of
timeout   it took longer than ``run_invocation_timeout``
lost      the worker died
init      there was no worker: the script cannot be imported, or ``init`` failed (``final``: it always will)
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import deque
from contextlib import suppress
from typing import Any

from aml_nb.engines.batch import ends, wire
from aml_nb.engines.batch.launch import Launch
from aml_nb.engines.batch.sources import Batch

Outcome = dict[str, Any]

_LOOK_S = 1.0
# How long a worker may take to say where it is, and to be gone when it has hung up: a busy machine is slow with either.
_ANSWER_S = 2.0
_GONE_S = 5.0
_EXIT_S = 10.0
_QUICK_S = 0.25


class Child:
    """One worker process, from this side."""

    def __init__(self, launch: Launch, name: str) -> None:
        self.oom_kills = ends.oom_kills()
        self.process, sock = launch.start(name)
        self.line = wire.Line(sock)
        self.patience = max(launch.spec.run_invocation_timeout, launch.spec.init_timeout)
        self.started = time.monotonic()
        self.ready = False
        self.send(wire.HELLO, launch.settings(name))

    def send(self, kind: bytes, facts: dict[str, Any] | None = None, body: bytes = b"") -> None:
        """Say something; that it is gone is noticed when it is listened to."""
        try:
            self.line.send(kind, facts, body, time.monotonic() + self.patience)
        except TimeoutError:
            self.process.kill()  # it would take what comes next for the rest of this
        except OSError:
            pass

    def give(self, batch: Batch) -> None:
        """Send a mini-batch."""
        facts = {"number": batch.number, "count": batch.count, "kind": batch.kind, "keys": batch.keys}
        if batch.kind == "files":
            self.send(wire.BATCH, {**facts, "files": batch.payload})
        else:
            self.send(wire.BATCH, facts, batch.payload)

    def kill(self) -> int | None:
        """End it and what it has started; its exit code, as far as it ended by itself."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()  # one that was forked just now is in no group of its own yet
        self.process.wait()
        self.line.close()
        return self.process.returncode

    def died_of(self) -> tuple[str, str]:
        """What became of a worker that hung up."""
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = self.process.wait(_GONE_S)
        self.kill()
        return ends.explain(code, ends.oom_kills() > self.oom_kills)


class Seat:
    """The place of one worker.

    Attributes
    ----------
    running : the mini-batches that were given to it; the first is the one that ``run`` has.
    quick : whether the last was done so fast that the next should be here already.
    stopped : whether the script has asked for the worker not to be replaced.
    lost : how many workers it has lost.
    """

    def __init__(self, launch: Launch, name: str) -> None:
        self.launch, self.name = launch, name
        self.running: deque[Batch] = deque()
        self.quick = self.stopped = self.closing = False
        self.lost = 0
        self._since = time.monotonic()
        self._child: Child | None = None
        self._leaving: list[Child] = []

    @property
    def pid(self) -> int | None:
        """The process id of the worker, where there is one."""
        child = self._child
        return None if child is None else child.process.pid

    @property
    def state(self) -> str:
        """ "starting", "running" or "idle"."""
        child = self._child
        return "idle" if child is None or not self.running else "running" if child.ready else "starting"

    def start(self) -> Child:
        """The worker; a new one where there is none."""
        child = self._child
        if child is None:
            child = self._child = Child(self.launch, self.name)
            for batch in self.running:
                child.give(batch)
            if self.closing:
                self.kill()  # it was asked for while there was nobody to end
        return child

    def give(self, *batches: Batch) -> None:
        """Add mini-batches to those that it does; they are in ``running`` also where no worker could be started."""
        if not self.running:
            self._since = time.monotonic()
        child = self._child
        self.running.extend(batches)
        if child is None:
            self.start()
            return
        for batch in batches:
            child.give(batch)

    def recall(self) -> None:
        """Ask for the second mini-batch back; any thread may."""
        child, running = self._child, list(self.running)
        if child is not None and len(running) > 1:
            child.send(wire.DROP, {"number": running[-1].number})

    def next(self) -> Outcome | Batch:
        """The outcome of the first mini-batch, or one that was called back."""
        while True:
            child = self.start()
            deadline = self._deadline(child)
            try:
                message = child.line.receive(min(deadline, time.monotonic() + _LOOK_S))
            except TimeoutError:
                if child.process.poll() is None and time.monotonic() < deadline:
                    continue
                if child.process.poll() is None:
                    return self._overdue(child)
                message = None
            if message is None:
                return self._dead(child)
            told = self._heard(child, message)
            if told is not None:
                return told

    def end(self, kindly: bool) -> None:
        """End the worker: by the script's ``shutdown``, or at once."""
        self.closing = True
        child, self._child = self._child, None
        if child is not None:
            child.send(wire.QUIT)
            self._leaving.append(child)
        until = time.monotonic() + (self.launch.spec.run_invocation_timeout if kindly else 0)
        for each in self._leaving:
            if kindly and _is_ready(each):
                _let_go(each, until)
            each.kill()
        self._leaving.clear()

    def kill(self) -> None:
        """End the worker at once; any thread may."""
        self.closing = True
        child = self._child
        if child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)

    def _deadline(self, child: Child) -> float:
        spec = self.launch.spec
        if not child.ready:
            return child.started + spec.init_timeout
        return self._since + spec.run_invocation_timeout

    def _heard(self, child: Child, message: wire.Message) -> Outcome | Batch | None:
        if message.kind == wire.READY:
            child.ready = True
            self._since = time.monotonic()
        elif message.kind == wire.UNFIT:
            child.kill()
            self._child = None
            return self._failed("init", message.facts)
        elif message.kind == wire.DROPPED:
            found = next((each for each in self.running if each.number == message.facts["number"]), None)
            if found is not None:
                self.running.remove(found)
                return found
        elif message.kind == wire.OUTCOME:
            return self._outcome(child, message)
        return None

    def _outcome(self, child: Child, message: wire.Message) -> Outcome:
        facts = message.facts
        self._since = time.monotonic()
        self.quick = facts["seconds"] < _QUICK_S
        self.running.popleft()
        if facts["leaves"]:
            self._child = None
            self.lost += 1
            self._bid_farewell()
            self._leaving.append(child)
            self.stopped = facts.get("error", {}).get("wish") == "StopProcess"
        if "error" in facts:
            return {**facts, "worker": self.name, "error": {"kind": "run", **facts["error"]}}
        return {**facts, "worker": self.name, "rows": message.body}

    def _bid_farewell(self) -> None:
        """Close what is left of workers that were replaced and have ended."""
        for child in [each for each in self._leaving if each.process.poll() is not None]:
            child.line.close()
            self._leaving.remove(child)

    def _dead(self, child: Child) -> Outcome:
        what, hint = child.died_of()
        self._child = None
        self.lost += 1
        if child.ready:
            return self._failed(
                "lost", {"message": f"The worker {what}, while run() had this mini-batch", "hint": hint}
            )
        return self._failed("init", {"message": f"The worker {what} before init() was done", "hint": hint})

    def _overdue(self, child: Child) -> Outcome | Batch:
        child.send(wire.WHERE)
        until, place = time.monotonic() + _ANSWER_S, None
        with suppress(TimeoutError):
            while place is None and (message := child.line.receive(until)) is not None:
                if message.kind == wire.THERE:
                    place = message.facts
                elif (told := self._heard(child, message)) is not None:
                    return told  # in the last moment
        child.kill()
        self._child = None
        self.lost += 1
        spec = self.launch.spec
        kind, what = "timeout", f"run() took longer than run_invocation_timeout, {spec.run_invocation_timeout:g} s"
        if not child.ready:
            kind, what = "init", f"init() took longer than {spec.init_timeout:g} s"
        where = f"{place['file']}, line {place['line']}: " if place else ""
        hint = "a smaller mini_batch_size or a longer run_invocation_timeout" if child.ready else ""
        return self._failed(kind, {**(place or {}), "message": f"{where}{what}, and was ended", "hint": hint})

    def _failed(self, kind: str, facts: dict[str, Any]) -> Outcome:
        batch = self.running.popleft()
        took = time.monotonic() - self._since
        error = {"kind": kind, **facts}
        return {"number": batch.number, "given": batch.count, "seconds": took, "worker": self.name, "error": error}


def _is_ready(child: Child) -> bool:
    """Whether ``init`` is done; one that had no mini-batch yet has not been listened to."""
    with suppress(TimeoutError):
        while not child.ready and (message := child.line.receive(time.monotonic())) is not None:
            child.ready = message.kind == wire.READY
    return child.ready


def _let_go(child: Child, until: float) -> None:
    """Wait until the script's ``shutdown`` is done, and then for the process to end."""
    with suppress(TimeoutError):
        while (message := child.line.receive(until)) is not None and message.kind != wire.BYE:
            pass
    with suppress(subprocess.TimeoutExpired):
        child.process.wait(_EXIT_S)

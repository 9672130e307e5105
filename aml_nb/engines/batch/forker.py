"""The driver's side of ``spare.py``: has workers forked, and knows how they ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from aml_nb.engines.batch import spare
from aml_nb.engines.batch.spec import BatchSpec

_ANSWER_S, _STEP_S = 5.0, 0.2
_MOST_CPU_S, _MOST_IDLE_S = 2.5, 2.0


def worthwhile(spec: BatchSpec) -> bool:
    """Whether workers should be forked from the first: not where each has cores of its own to start on.

    ``AML_NB_BATCH_FORK`` is 1 for all that can be, and 0 for none.
    """
    wish = os.environ.get("AML_NB_BATCH_FORK")
    if sys.platform != "linux" or not hasattr(os, "pidfd_open") or wish == "0" or spec.workers < 2:
        return False
    scarce = len(os.sched_getaffinity(0)) // spec.workers <= 1
    return (scarce or wish == "1") and not spare.has_words([spec.script])


class HasPid(Protocol):
    """What has a process id, once it has a process."""

    @property
    def pid(self) -> int | None: ...


class Forked:
    """A worker that was forked, in the shape of ``subprocess.Popen``."""

    def __init__(self, pid: int, forker: Forker) -> None:
        self.pid, self._forker = pid, forker
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        if self.returncode is None:
            self.returncode = self._forker.code_of(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            left = _STEP_S if until is None else min(_STEP_S, until - time.monotonic())
            if left <= 0:
                raise subprocess.TimeoutExpired("worker", timeout or 0)
            self._forker.wait(left)
        return code

    def kill(self) -> None:
        """End it."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Forker:
    """Asks the copy of the first worker for others."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._theirs: socket.socket | None = theirs
        self._control = ours
        self._change = threading.Condition()
        self._pid: int | None = None
        self._gone = False
        self._started: dict[str, int] = {}
        self._codes: dict[int, int] = {}
        self._asking = threading.Lock()
        self._thread = threading.Thread(target=self._listen, name="aml_nb-forker", daemon=True)
        self._thread.start()

    def take_theirs(self) -> socket.socket | None:
        """The end of the line that the first worker is to get; None for those that follow."""
        theirs, self._theirs = self._theirs, None
        return theirs

    @property
    def usable(self) -> bool:
        """Whether there is a copy."""
        return self._pid is not None and not self._gone

    def wait_for_copy(self, first: HasPid, closing: Callable[[], bool]) -> None:
        """Until there is a copy, or will be none, or the first worker takes so long that others had better start."""
        began = time.monotonic()
        with self._change:
            while self._pid is None and not self._gone and not closing():
                computed, queued = _times(first.pid)
                if computed > _MOST_CPU_S or time.monotonic() - began - computed - queued > _MOST_IDLE_S:
                    return  # there is more than imports to wait for: a large model, a download
                self._change.wait(_STEP_S)

    def start(self, settings: dict[str, Any], handles: list[int]) -> Forked | None:
        """A worker that has these files for its line, stdout and stderr; None where there is no copy any more."""
        name = settings["name"]
        with self._asking:
            try:
                socket.send_fds(self._control, [json.dumps(settings).encode()], handles)
            except OSError:
                return None
            with self._change:
                self._change.wait_for(lambda: name in self._started or self._gone, _ANSWER_S)
                pid = self._started.pop(name, None)
                self._gone = self._gone or pid is None
        return None if pid is None else Forked(pid, self)

    def code_of(self, pid: int) -> int | None:
        """The exit code of a worker, None while it runs; a guess where nobody could tell any more."""
        with self._change:
            if pid in self._codes:
                return self._codes.pop(pid)
            if not self._gone:
                return None
        return None if _runs(pid) else -signal.SIGKILL

    def wait(self, seconds: float) -> None:
        """Until something has happened."""
        with self._change:
            self._change.wait(seconds)

    def close(self) -> None:
        """Have the copy end."""
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._control.close()
        if self._theirs is not None:
            self._theirs.close()

    def _listen(self) -> None:
        while True:
            try:
                data = self._control.recv(1 << 16)
            except OSError:
                data = b""
            facts = json.loads(data) if data else {}
            with self._change:
                if "spare" in facts:
                    self._pid = facts["spare"]
                elif "started" in facts:
                    self._started[facts["name"]] = facts["started"]
                elif "ended" in facts:
                    self._codes[facts["ended"]] = facts["code"]
                else:
                    self._gone = True
                self._change.notify_all()
            if not data:
                return


def _runs(pid: int) -> bool:
    """Whether a process is there that has not ended; one that nobody has waited for yet has."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def _times(pid: int | None) -> tuple[float, float]:
    """How long a process has computed, and how long it has waited for a processor."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            computed, queued, _ = map(int, file.read().split())
    except (OSError, ValueError):
        return 0.0, 0.0
    return computed / 1e9, queued / 1e9

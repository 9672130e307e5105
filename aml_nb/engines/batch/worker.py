"""A worker process: imports the entry script, calls ``init``, then ``run`` for one mini-batch after the other.

Started by ``child.py`` in the environment's Python, with one end of a socket. It imports next to nothing of its own,
for what it costs to start is paid by every job. One thread listens, so that the next mini-batch is here when ``run``
returns, and so that it ends when its driver is gone, whatever the script is doing.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import sys
import threading
import time
from functools import partial
from queue import SimpleQueue
from types import FrameType
from typing import Any

from aml_nb.engines.batch import entry, rows, spare, user, wire

_KEPT_OUTPUT = 16 << 20
_DRIVER_GONE = 75


class Worker:
    """One worker, from its first message to its last."""

    def __init__(self, line: wire.Line, settings: dict[str, Any]) -> None:
        self.line, self.settings = line, settings
        self.queue: SimpleQueue[int | None] = SimpleQueue()
        self.waiting: dict[int, tuple[dict[str, Any], bytes]] = {}
        self.script: entry.Entry | None = None
        self.main = threading.get_ident()
        self.keep_rows = bool(settings["keep_rows"])

    def work(self, control: socket.socket | None = None, script: entry.Entry | None = None) -> int:
        """Until told to end; the exit code.

        Parameters
        ----------
        control : the line of the copy that is to be left for others to be forked from (``spare.py``).
        script : the entry script, in a worker that was forked: only its ``init`` is called.
        """
        before = spare.Before() if control is not None else None
        threading.Thread(target=self._listen, name="aml_nb-line", daemon=True).start()
        script = self._begin(script)
        if script is None:
            return 1
        if control is not None and before is not None:
            self._leave_copy(script, before, control)
        self.line.send(wire.READY, {"pid": os.getpid()})
        while True:
            number = self.queue.get()
            if number is None:
                break
            given = self.waiting.pop(number, None)  # nothing there: it was taken back
            if given is not None and self._score(script, *given):
                break
        self._shutdown(script)
        self.line.send(wire.BYE)
        return 0

    def _leave_copy(self, script: entry.Entry, before: spare.Before, control: socket.socket) -> None:
        """Fork the copy, where that is safe; the driver knows by the end of the line where it is not."""
        with control:
            if not before.can_fork(script.roots) or spare.fork():
                return
            try:
                self.line.close()
                spare.serve(control, partial(_work_forked, script))
            finally:
                os._exit(1)

    def _begin(self, script: entry.Entry | None) -> entry.Entry | None:
        """The script, ready to be called; None where it never will be, which was told."""
        settings = self.settings
        try:
            _settle_in(settings)
            self.script = script = script or entry.Entry(settings["script"], settings["source_directory"])
            script.init()
        except entry.Unfit as error:
            _say(error.facts["message"], error.facts["traceback"])
            self.line.send(wire.UNFIT, {**error.facts, "final": error.final})
            return None
        import gc

        gc.freeze()  # what init() has made stays: looking at it again and again is lost
        return script

    def _score(self, script: entry.Entry, facts: dict[str, Any], body: bytes) -> bool:
        """Call ``run`` and tell what became of it; whether another process is to take the place of this one."""
        number, given = facts["number"], facts["count"]
        began = time.perf_counter()
        data = b""
        try:
            argument = _argument(facts, body)
            result = script.run(argument, user.Context(number, facts.get("keys"), self.settings.get("dataset", "")))
            returned = rows.count(result)
            if self.keep_rows:
                data = rows.text(result)
            told: dict[str, Any] = {"number": number, "given": given, "returned": returned}
        except BaseException as error:
            what = script.facts_of(error, "run() raised")
            _say(f"Mini-batch {number}: {what['message']}", what["traceback"])
            told = {"number": number, "given": given, "error": {**what, **_wish(error)}}
        told["seconds"] = time.perf_counter() - began
        told["leaves"] = self._why_leave(told)
        _limit_output()
        self.line.send(wire.OUTCOME, told, data)
        return bool(told["leaves"])

    def _why_leave(self, told: dict[str, Any]) -> str:
        if told.get("error", {}).get("wish") in ("RestartProcess", "StopProcess"):
            return "a ParallelRunException asked for it"
        limit = self.settings["memory_limit_mb"]
        held = _memory_mb() if limit else 0
        return f"it held {held:.0f} MB of memory, {limit} is the limit" if held > limit else ""

    def _shutdown(self, script: entry.Entry) -> None:
        try:
            script.shutdown()
        except BaseException as error:
            facts = script.facts_of(error, "shutdown() raised")
            _say(facts["message"], facts["traceback"])
        sys.stdout.flush()
        sys.stderr.flush()

    def _listen(self) -> None:
        """In a thread of its own: takes what the driver says, and ends with it."""
        while True:
            message = self.line.receive()
            if message is None:
                _end_with_children()
            elif message.kind == wire.BATCH:
                number = message.facts["number"]
                self.waiting[number] = (message.facts, message.body)
                self.queue.put(number)
            elif message.kind == wire.DROP:
                number = message.facts["number"]
                if self.waiting.pop(number, None) is not None:
                    self.line.send(wire.DROPPED, {"number": number})
            elif message.kind == wire.WHERE:
                self.line.send(wire.THERE, self._where() or {})
            elif message.kind == wire.QUIT:
                self.queue.put(None)

    def _where(self) -> dict[str, Any] | None:
        frame: FrameType | None = sys._current_frames().get(self.main)
        return self.script.line_of(frame) if self.script is not None and frame is not None else None


def _settle_in(settings: dict[str, Any]) -> None:
    """Make this process look to the script as v1's does."""
    os.chdir(settings["source_directory"])
    if sys.path[:1] == [""]:  # Python puts it there, for -c
        del sys.path[0]
    if sys.path[:1] != [settings["source_directory"]]:
        sys.path.insert(0, settings["source_directory"])
    sys.argv[:] = [settings["script"], *settings["arguments"]]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    from aml_nb import alias

    alias.enable_here()
    user.install(settings)


def _argument(facts: dict[str, Any], body: bytes) -> Any:
    """What ``run`` is called with."""
    if facts["kind"] == "files":
        return facts["files"]
    from aml_nb.engines.batch import frames

    return frames.decode(body)


def _wish(error: BaseException) -> dict[str, Any]:
    """What a ParallelRunException asks for: one of NoRetry, StopProcess, RestartProcess and Sleep."""
    if type(error).__name__ != "ParallelRunException":
        return {}
    code = getattr(error, "code", None)
    word = getattr(code, "name", None) or str(code or "")
    return {"wish": word.rpartition(".")[2], "delay": float(getattr(error, "delay_seconds", 0) or 0)}


def _say(message: str, traceback: str) -> None:
    """Into the log of this worker's errors."""
    try:
        sys.stderr.write(f"{traceback.rstrip() or message}\n")
    except (OSError, ValueError):
        pass


def _memory_mb() -> float:
    """What this process holds in memory."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def _limit_output() -> None:
    """Keep the log of a script that prints without end: its beginning, and what comes last."""
    for handle in (1, 2):
        if os.fstat(handle).st_size > 2 * _KEPT_OUTPUT:
            os.ftruncate(handle, _KEPT_OUTPUT)
            os.write(handle, b"\n[What was printed here was left out: the log was too long.]\n")


def _end_with_children() -> None:
    """The driver is gone: end, with whatever the script has started in our process group."""
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(_DRIVER_GONE)


def leave(code: int) -> None:
    """End as a process does, but for taking every module apart, which costs a tenth of a second with large ones."""
    try:
        for thread in threading.enumerate():
            if not thread.daemon and thread is not threading.current_thread():
                thread.join()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _work_forked(script: entry.Entry, handle: int, settings: dict[str, Any]) -> None:
    """What a forked worker does; it does not return."""
    leave(Worker(wire.Line(socket.socket(fileno=handle)), settings).work(script=script))


def main(handle: int, control: int | None = None) -> None:
    """Entry point of the process."""
    for each in (handle, control):
        if each is not None:
            os.set_inheritable(each, False)  # what the script starts must not hold the line
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the driver's to answer
    line = wire.Line(socket.socket(fileno=handle))
    hello = line.receive()
    if hello is not None:
        copies = None if control is None else socket.socket(fileno=control)
        leave(Worker(line, hello.facts).work(copies))

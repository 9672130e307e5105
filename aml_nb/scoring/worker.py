"""A worker process: loads the entry script, calls ``init()``, serves.

Started by the supervisor as ``python -m aml_nb.scoring.worker CONFIG SHARED``: the path of a ``ServerConfig``, and
what it shares with its supervisor and the other workers (``Shared``). Over the control line both sides speak
JSON; when it closes, the supervisor is gone and so is the reason to go on.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import socket
import sys
import traceback
from typing import Any

from aml_nb.errors import AmlError
from aml_nb.scoring.app import Application
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.handoff import Handoff, Keeping
from aml_nb.scoring.insights import Insights, begin
from aml_nb.scoring.invocation import Invocation
from aml_nb.scoring.ledger import Board, Ledger
from aml_nb.scoring.listening import lifted
from aml_nb.scoring.server import Server
from aml_nb.scoring.shared import Shared
from aml_nb.scoring.tallies import Counter, Tallies
from aml_nb.scoring.telemetry import WorkerLog

FAILED_EXIT = 3


class Control:
    """The line to the supervisor."""

    def __init__(self, fd: int) -> None:
        self._sock = socket.socket(fileno=fd)
        self._sock.setblocking(True)
        self._buffer = b""

    def fileno(self) -> int:
        return self._sock.fileno()

    def tell(self, event: str, **facts: Any) -> None:
        """Say something; a supervisor that is gone hears nothing."""
        try:
            self._sock.sendall(json.dumps({"event": event, **facts}).encode() + b"\n")
        except OSError:
            pass

    def close(self) -> None:
        self._sock.close()

    def hear(self) -> list[str] | None:
        """The commands that have come; None when the supervisor is gone."""
        try:
            data = self._sock.recv(4096)
        except OSError:
            data = b""
        if not data:
            return None
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        return [str(json.loads(line)["command"]) for line in lines]


def describe(error: BaseException) -> dict[str, Any]:
    """An error as ``state.json`` holds it: what, where in the user's script, and the frames of theirs."""
    source = getattr(error, "source", None)
    return {
        "code": getattr(error, "code", "internal"),
        "message": error.message if isinstance(error, AmlError) else f"{type(error).__name__}: {error}",
        "hint": getattr(error, "hint", None),
        "file": source.path if source else None,
        "line": source.line if source else None,
        "first": source.first if source else None,
        "lines": list(source.lines) if source else [],
        "traceback": getattr(error, "traceback", None) or "".join(traceback.format_exception(error)),
    }


def prepare(config: ServerConfig, log: WorkerLog, insights: Insights | None = None) -> Invocation:
    """Load the entry script and call its ``init()``, where it belongs."""
    os.chdir(config.app_root)
    from aml_nb import alias

    alias.enable_here()
    script = Invocation.load(config, log)
    script.insights = insights
    script.init()
    return script


def listen_in(config: ServerConfig, log: WorkerLog) -> Insights | None:
    """Collect requests, traces and exceptions, or know the request that is computed alone, where that is wanted."""
    told = {**os.environ, **config.environment_variables}
    if not (config.app_insights and config.insights):
        return begin(Insights(None, config)) if told.get("AML_MODEL_DC_STORAGE_ENABLED") == "true" else None
    from aml_nb.scoring.listening_in import ListeningIn

    insights = begin(Insights(config.insights, config))
    log.also = insights.flush
    ears = ListeningIn(insights)
    insights.after = ears.end_request
    ears.begin()
    return insights


def settle() -> None:
    """Take what ``init()`` has made out of the garbage collector's way: it stays, so looking at it again is lost.

    A script that makes many small objects a request (a thousand rows of JSON, say) is a sixth faster for it.
    """
    gc.collect()
    gc.freeze()


def work(config: ServerConfig, shared: Shared, control: Control, log: WorkerLog) -> int:
    """Serve until told to stop; the process's exit code."""
    insights = listen_in(config, log)
    try:
        script = prepare(config, log, insights)
    except BaseException as error:
        facts = describe(error)
        if insights is not None:
            insights.exception(error)
        log.add("E", f"{facts['message']}\n{facts['traceback']}".rstrip())
        log.flush()
        sys.stdout.flush()
        control.tell("failed", error=facts)
        return FAILED_EXIT
    tallies = Tallies(shared.tallies)
    app = Application(config, script, log, tallies, Counter(tallies, shared.tally), insights)
    server = Server(config, app, log, Ledger(shared.ledger))
    server.keep = Keeping(socket.socket(fileno=shared.keeping)).give
    handoff, offers = (Handoff(*(socket.socket(fileno=fd) for fd in pair)) for pair in (shared.handoff, shared.offers))
    server.share(offers, Board(shared.board), shared.place)
    server.when_idle(settle)

    def reload_keys() -> None:
        try:
            app.guard.reload()
        except (OSError, ValueError, KeyError) as error:
            if app.draining:
                return  # its revision's own keys went with it; what has come is still answered
            log.add("E", f"{config.keys_file} cannot be read ({error!r}); the keys stay as they were.")

    def command() -> None:
        words = control.hear()
        if words is None:
            server.unwatch(control.fileno())
            server.drain()  # the supervisor is dead: the port is to be free for the one that takes its place
            return
        for word in words:
            if word == "drain":
                server.unwatch(handoff.fileno())
                server.drain(handoff)
            elif word == "stop":
                server.unwatch(handoff.fileno())
                server.drain(last_call=True)
            elif word == "keys":
                reload_keys()
            elif word == "open" and not app.draining:
                let_in()
            elif word == "probe":
                control.tell("alive")

    def arrival() -> None:
        for sock, since in handoff.take():
            server.adopt(sock, since)

    def let_in() -> None:
        server.watch(handoff.fileno(), arrival)
        for number, fd in enumerate(shared.listeners):
            server.listen(lifted(socket.socket(fileno=fd)), health_only=number > 0)

    server.watch(control.fileno(), command)
    if not shared.waits:
        let_in()
    log.add("I", f"Worker with pid {os.getpid()} ready for serving traffic")
    control.tell("ready")
    server.serve()
    return 0


def main(argv: list[str]) -> int:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the supervisor's to answer
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what a script prints is in the log at once
    config = ServerConfig.read(argv[0])
    shared = Shared.from_text(argv[1])
    log = WorkerLog(debug=config.debug)
    for fd in shared.handles:
        os.set_inheritable(fd, False)  # no child of the script may hold the service's port
    control = Control(shared.control)
    try:
        return work(config, shared, control, log)
    finally:
        control.close()  # by which the supervisor knows that nothing more comes, even if a thread lives on


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

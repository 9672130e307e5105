"""The thread that minds a worker's sockets while its main thread is long in ``run()``.

It goes on answering health checks, queues what comes, turns away what may not wait any longer, and ends a
``run()`` that is past its time limit.
"""

from __future__ import annotations

import os
import signal
import threading
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aml_nb.scoring.server import Server

TICK_S = 0.02
STUCK_S = 10.0
STUCK_EXIT = 75
INTERRUPT = signal.SIGUSR2
_IDLE_TICKS = 50


class Steward:
    """Stands in for one server. It touches sockets only while it holds the server's ``io``."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def attend(self) -> None:
        """Watch, for as long as the server serves; a worker that lost its steward would answer no health check."""
        try:
            self._watch()
        except Exception as error:
            self._server.log.add("E", f"The steward failed: {error!r}; this worker ends and a new one takes its place.")
            self._server.log.flush()
            os._exit(STUCK_EXIT)

    def _watch(self) -> None:
        """See whether the script takes long; asleep while it is idle."""
        server = self._server
        ticks = 0
        pause = threading.Event()
        while not server.stopped:
            server.busy.wait()
            pause.wait(TICK_S)
            if server.running is None:
                ticks += 1
                if ticks > _IDLE_TICKS:
                    server.busy.clear()
                    if server.running is not None or server.stopped:
                        server.busy.set()
                continue
            ticks = 0
            if monotonic() - server.polled > TICK_S and server.io.acquire(False):
                try:
                    self._stand_in()
                finally:
                    server.io.release()

    def _stand_in(self) -> None:
        """Mind the sockets until the script returns."""
        self._server.stand_in(True)
        try:
            self._mind_sockets()
        finally:
            self._server.stand_in(False)

    def _mind_sockets(self) -> None:
        server = self._server
        server.send_held()
        while server.running is not None and not server.wanted and not server.stopped:
            server.poll(TICK_S)
            now = monotonic()
            self._turn_away(now)
            self._enforce(now)
            server.log.flush()

    def _turn_away(self, now: float) -> None:
        server = self._server
        while server.max_wait is not None and server.queue and now - server.queue[0].queued > server.max_wait:
            job = server.queue.popleft()
            if not job.conn.gone:
                server.refuse(job)

    def _enforce(self, now: float) -> None:
        server = self._server
        job = server.running
        if job is None or now - job.started <= server.limit:
            return
        if not job.overdue:
            job.overdue = True
            message = f"Scoring timeout after {server.limit_ms} ms"
            server.log.add("E", f"{message}; run() is being interrupted.")
            if not job.streaming:
                job.answered = True
                server.answer(job.conn, server.app.problem(job.head, 500, message, failed=True))
        if now - job.started > server.limit + STUCK_S:
            self._give_up()
        signal.pthread_kill(threading.main_thread().ident or 0, INTERRUPT)

    def _give_up(self) -> None:
        """``run()`` hangs where no signal reaches it: leave, so that the supervisor starts a new worker."""
        server = self._server
        for job in server.queue:
            if not job.conn.gone:
                reply = server.app.problem(job.head, 503, "The worker is being replaced.", close=True)
                server.answer(job.conn, reply)
        server.log.add("E", "run() cannot be interrupted; this worker ends and a new one takes its place.")
        server.log.flush()
        os._exit(STUCK_EXIT)

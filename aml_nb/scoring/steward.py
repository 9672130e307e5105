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
    from aml_nb.scoring.waiting import Job

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
            if not server.running:
                ticks += 1
                if ticks > _IDLE_TICKS:
                    server.busy.clear()
                    if server.running or server.stopped:
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
        while server.running and not server.wanted and not server.stopped:
            server.poll(TICK_S)
            now = monotonic()
            server.offer(now)
            self._turn_away(now)
            server.ledger.waits(len(server.queue))
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
        jobs = server.running
        if not jobs or now - jobs[0].started <= server.limit:
            return
        first = jobs[0]
        if not first.overdue:
            first.overdue = True
            message = f"Scoring timeout after {server.limit_ms} ms"
            server.log.add("E", f"{message}; run() is being interrupted.")
            for job in jobs:
                self._call_off(job, message)
            server.called_off()
        if now - first.started > server.limit + STUCK_S:
            self._give_up()
        signal.pthread_kill(threading.main_thread().ident or 0, INTERRUPT)

    def _call_off(self, job: Job, message: str) -> None:
        """Answer a request whose time is up; one that is being streamed just ends."""
        if not job.streaming and not job.answered:
            job.answered = True
            self._server.answer(job.conn, self._server.app.problem(job.head, 500, message, failed=True))

    def _give_up(self) -> None:
        """``run()`` hangs where no signal reaches it: leave, so that the supervisor starts a new worker.

        Requests that are still in the kernel wait for that one.
        """
        server = self._server
        for job in server.queue:
            if not (job.conn.gone or job.conn.clean):
                reply = server.app.problem(job.head, 503, "The worker is being replaced.", close=True)
                server.answer(job.conn, reply)
        server.log.add("E", "run() cannot be interrupted; this worker ends and a new one takes its place.")
        server.log.flush()
        os._exit(STUCK_EXIT)

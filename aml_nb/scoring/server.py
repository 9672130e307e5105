"""A worker's server: one thread that reads, scores and answers, and a steward that stands in for it.

The entry script's ``run()`` is synchronous and not meant to be called twice at once, so the main thread does
everything in turn: it waits for sockets, reads requests, calls the script, sends replies. No request changes
threads on its way, which is what makes it fast, and the script runs in the main thread, where Python lets a
signal interrupt it. While a ``run()`` takes long, the steward minds the sockets.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from math import inf
from time import monotonic, monotonic_ns

from aml_nb.scoring.app import Application, Payload
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.connection import Connection
from aml_nb.scoring.handoff import Handoff
from aml_nb.scoring.ledger import CLEAN, COMPUTING, CUT, Ledger
from aml_nb.scoring.listening import shut_out
from aml_nb.scoring.script_errors import Interruption
from aml_nb.scoring.sockets import LAST_CALL_S, SWEEP_S
from aml_nb.scoring.steward import INTERRUPT, TICK_S, Steward
from aml_nb.scoring.telemetry import WorkerLog
from aml_nb.scoring.waiting import Job, Waiting

HOLD_S = 0.005
IDLE_S = 0.3
_IDLE_POLL_S = 60.0


class ScoringTimeout(Interruption):
    """Ends a ``run()`` past its limit; no ``except Exception`` of a script may swallow it."""


class Server(Waiting):
    """Serves what it listens to until ``stop`` or the end of a ``drain``."""

    def __init__(self, config: ServerConfig, app: Application, log: WorkerLog, ledger: Ledger) -> None:
        super().__init__(config, app, log, ledger)
        self.limit_ms = config.scoring_timeout_ms
        self.limit = config.scoring_timeout_ms / 1000
        self._drain_s = config.drain_ms / 1000
        self.running: tuple[Job, ...] = ()
        self._in_script = False
        self.wanted = False
        self.busy = threading.Event()
        self.stopped = False
        self._drain_until = self._last_call = 0.0
        self._idle_work: Callable[[], None] | None = None
        self._held: list[tuple[Connection, Payload]] = []
        self._held_since = 0.0

    def drain(self, handoff: Handoff | None = None, last_call: bool = False) -> None:
        """Accept no more, answer what has come, then return from ``serve``.

        ``handoff`` passes a connection on to another worker, so that a client which is just about to send its next
        request on it meets no closed door, and none that waits has to wait for the last of this worker. With
        ``last_call`` nobody comes after: those who are at the door already are let in, and get LAST_CALL_S to say what
        they want.
        """
        self.app.draining = True
        self._handoff = handoff
        self._share_no_more(handoff is not None)
        self._drain_until = monotonic() + self._drain_s
        if last_call:
            self._last_call = monotonic() + LAST_CALL_S
            for sock, _ in self._listeners.values():
                shut_out(sock)
        else:
            self.listen_no_more()
        for conn in list(self._conns.values()):
            self._release_if_idle(conn)
        self._hand_over()

    def stop(self) -> None:
        self.stopped = True

    def serve(self) -> None:
        """Serve in this thread, which must be the main one."""
        signal.signal(INTERRUPT, self._interrupted)
        threading.Thread(target=Steward(self).attend, name="steward", daemon=True).start()
        self.io.acquire()
        try:
            while not self.stopped:
                if self.queue:
                    self._take_turn()
                    continue
                self.send_held()
                if self.app.draining and self._drain_done():
                    break
                self.log.flush()
                self._rest()
        finally:
            self.send_held()
            self.stopped = True
            self.busy.set()
            self.io.release()
            self.log.flush()

    def _rest(self) -> None:
        """Wait for something to do; the ledger tells how long that took, the board that it is so."""
        ledger, board = self.ledger, self._board
        ledger.waits(len(self.queue))
        if board is not None and self._offers is not None:
            board.since[self._place] = monotonic_ns()
        if self._idle_work is None:
            self.poll(self._patience())
        else:
            self._poll_until_idle(self._idle_work)
        ledger.idled(self.waited)
        ledger.waits(len(self.queue))
        if board is not None:
            board.since[self._place] = 0
            if len(self.queue) > 1:
                self._share_out(self.polled, 1)

    def when_idle(self, work: Callable[[], None]) -> None:
        """Do ``work`` once, in the main thread, after the first IDLE_S without a request."""
        self._idle_work = work

    def _poll_until_idle(self, work: Callable[[], None]) -> None:
        started, requests = monotonic(), self.app.requests
        self.poll(min(IDLE_S, self._patience()))
        if not self.queue and self.app.requests == requests and monotonic() - started >= IDLE_S:
            self._idle_work = None
            work()

    def _patience(self) -> float:
        if self.queue:  # what sending the replies has brought: the next request of a client that does not wait
            return 0.0
        return TICK_S if self.app.draining else (SWEEP_S if self._conns else _IDLE_POLL_S)

    def _drain_done(self) -> bool:
        if monotonic() < self._last_call:
            return False
        self.listen_no_more()
        for conn in list(self._conns.values()):
            if not self._release_if_idle(conn):
                break  # the others take only so many at a time
        return not self._conns or monotonic() >= self._drain_until

    def _take_turn(self) -> None:
        """Let the request that has waited longest have its turn, and others with it where the script takes several."""
        if self._handoff is not None:
            self._hand_over()
            if not self.queue:
                return
        merging = self.app.merging
        if merging is not None:
            jobs = self._gathered(merging)
            if len(jobs) > 1:
                self._turn_together(jobs)
            elif jobs:
                self._turn(jobs[0])
            return
        job = self.queue.popleft()
        if (self.max_wait is None and not job.conn.gone) or self._is_due(job):
            self._turn(job)

    def _turn_together(self, jobs: list[Job]) -> None:
        """Score several requests by one call."""
        self._begin(tuple(jobs))
        self.ledger.compute([job.conn.slot for job in jobs])
        payloads: Sequence[Payload | None] | None = None
        try:
            self._in_script = True
            payloads = self.app.score_together([(job.head, job.body, job.queued) for job in jobs])
        except ScoringTimeout:
            payloads = [None] * len(jobs)
        finally:
            self._in_script = False
            self._end()
        if payloads is None:
            self._part_ways(jobs)
            return
        for job, payload in zip(jobs, payloads, strict=True):
            self._settle(job, payload)

    def _part_ways(self, jobs: list[Job]) -> None:
        """A call of several failed: each gets a turn of its own, so that a bad one fails alone."""
        self.running = ()
        now = monotonic()
        for job in reversed(jobs):
            if job.answered:
                self._idle_again(job.conn)
            else:
                job.alone, job.queued = True, now
                self.queue.appendleft(job)

    def _turn(self, job: Job) -> None:
        """Score one request; others may use the sockets meanwhile. Every request passes here: nothing is called
        that may be written out."""
        cells = self._cells
        job.started = monotonic()
        self.running = (job,)
        if not self.busy.is_set():
            self.busy.set()
        cells[COMPUTING] = job.conn.slot
        self.io.release()
        payload: Payload | None = None
        try:
            self._in_script = True
            payload = self.app.score(job.head, job.body, job.queued)
        except ScoringTimeout:
            payload = None
        finally:
            self._in_script = False
            cells[COMPUTING] = 0
            if not self.io.acquire(False):
                self._await_io()
        if payload is not None and payload.stream is None and not job.answered:
            self.running = ()
            self._hold(job, payload)
        else:
            self._settle(job, payload)

    def _begin(self, jobs: tuple[Job, ...]) -> None:
        """The script is about to compute ``jobs``; the sockets may be minded by the steward."""
        now = monotonic()
        for job in jobs:
            job.started = now
        self.running = jobs
        if not self.busy.is_set():
            self.busy.set()
        self.io.release()

    def called_off(self) -> None:
        """All that is being computed has been answered already."""
        self._cells[COMPUTING] = 0
        self.ledger.compute([])

    def _end(self) -> None:
        """The script has come back."""
        self.ledger.compute([])
        if not self.io.acquire(False):
            self._await_io()

    def _settle(self, job: Job, payload: Payload | None) -> None:
        """Answer a request that was computed; None: its reply was sent by the steward, or never will be."""
        if payload is None or job.answered:
            self.running = ()
            self._idle_again(job.conn)
        elif payload.stream is None:
            self.running = ()
            self._hold(job, payload)
        else:
            self._stream(job, payload.data, payload.stream)
            self.running = ()
            self._streamed(job.conn, payload)

    def _await_io(self) -> None:
        """Get the sockets back from the steward."""
        self.wanted = True
        self._wake()
        self.io.acquire()
        self.wanted = False

    def _hold(self, job: Job, payload: Payload) -> None:
        """Keep a reply back while others are being scored, for HOLD_S at most.

        Sending wakes a client, often on another processor; a script that runs between two such interruptions
        finds its caches cold. Sent together, replies cost a sixth less of the processor's time each.
        """
        if not self._held:
            self._held_since = job.started
        self._held.append((job.conn, payload))
        now = monotonic()
        if now - self._held_since > HOLD_S:
            self.send_held()
            self._share_out(now, 1)

    def send_held(self) -> None:
        """Send the replies that were kept back."""
        if self._held:
            held, self._held = self._held, []
            for conn, payload in held:
                self.answer(conn, payload)

    def _stream(self, job: Job, first: bytes, parts: Iterator[bytes]) -> None:
        """Send parts as the script makes them. The poller leaves the connection alone meanwhile."""
        self.send_held()
        self.ledger.marks[job.conn.slot] = CUT
        job.conn.consume()
        self._expect(job.conn, 0)
        job.streaming, job.started = True, inf
        self.io.release()
        try:
            job.conn.stream(first, self._timed(job, parts))
        except (Exception, ScoringTimeout) as error:
            self._in_script = False
            self.log.add("E", f"The answer broke off: {type(error).__name__}: {error}")
            job.conn.gone = True
        finally:
            self._in_script = False
            if not self.io.acquire(False):
                self._await_io()

    def _timed(self, job: Job, parts: Iterator[bytes]) -> Iterator[bytes]:
        """The same parts, each of which may take as long as a ``run()``; sending it does not count."""
        while True:
            job.overdue, job.started = False, monotonic()
            self._in_script = True
            part = next(parts, None)
            self._in_script = False
            job.started = inf
            if part is None:
                return
            yield part

    def _streamed(self, conn: Connection, payload: Payload) -> None:
        self._count(payload.series, monotonic() - conn.began)
        if conn.gone or payload.close:
            self._drop(conn)
            return
        conn.taken = False
        self.ledger.marks[conn.slot] = CLEAN
        conn.busy = False
        self._go_on(conn)

    def _idle_again(self, conn: Connection) -> None:
        """The job's reply was sent by the steward, or never will be."""
        if conn.gone:
            self._drop(conn)
        elif (conn.buffer or conn.stirred) and not conn.busy:
            self._go_on(conn)

    def _interrupted(self, number: int, frame: object) -> None:
        if self._in_script and self.running and self.running[0].overdue:
            raise ScoringTimeout

"""A worker's server: one thread that reads, scores and answers, and a steward that stands in for it.

The entry script's ``run()`` is synchronous and not meant to be called twice at once, so the main thread does
everything in turn: it waits for sockets, reads requests, calls the script, sends replies. No request changes
threads on its way, which is what makes it fast, and the script runs in the main thread, where Python lets a
signal interrupt it. While a ``run()`` takes long, the steward minds the sockets.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from math import inf
from time import monotonic, monotonic_ns

from aml_nb.scoring.app import Application, Payload
from aml_nb.scoring.batching import Merging
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.connection import Connection
from aml_nb.scoring.handoff import Handoff
from aml_nb.scoring.http import Head
from aml_nb.scoring.ledger import CLEAN, COMPUTING, CUT, MOST_TOGETHER, Board, Ledger
from aml_nb.scoring.script_errors import Interruption
from aml_nb.scoring.sockets import SWEEP_S, Sockets
from aml_nb.scoring.steward import INTERRUPT, TICK_S, Steward
from aml_nb.scoring.telemetry import WorkerLog

HOLD_S = 0.005
IDLE_S = 0.3
_IDLE_POLL_S = 60.0


class ScoringTimeout(Interruption):
    """Ends a ``run()`` past its limit; no ``except Exception`` of a script may swallow it."""


class Job:
    """A request on its way through the entry script."""

    __slots__ = ("alone", "answered", "body", "conn", "head", "overdue", "queued", "started", "streaming")

    def __init__(self, conn: Connection, head: Head, body: bytes, queued: float) -> None:
        self.conn = conn
        self.head = head
        self.body = body
        self.queued = queued
        self.started = 0.0
        self.alone = False
        self.answered = False
        self.overdue = False
        self.streaming = False


class Server(Sockets):
    """Serves what it listens to until ``stop`` or the end of a ``drain``."""

    def __init__(self, config: ServerConfig, app: Application, log: WorkerLog, ledger: Ledger) -> None:
        super().__init__(app, log, config.max_body_bytes, ledger)
        self._queue_limit = config.queue_limit
        self.max_wait = None if config.max_queue_wait_ms is None else config.max_queue_wait_ms / 1000
        self.limit_ms = config.scoring_timeout_ms
        self.limit = config.scoring_timeout_ms / 1000
        self._drain_s = config.drain_ms / 1000
        self.queue: deque[Job] = deque()
        self.running: tuple[Job, ...] = ()
        self._in_script = False
        self.wanted = False
        self.busy = threading.Event()
        self.stopped = False
        self._drain_until = 0.0
        self._idle_work: Callable[[], None] | None = None
        self._held: list[tuple[Connection, Payload]] = []
        self._held_since = 0.0
        self._offers: Handoff | None = None
        self._board: Board | None = None
        self._place = 0

    def share(self, offers: Handoff, board: Board, place: int) -> None:
        """Take requests that wait for another worker of this revision when idle, and offer them when busy."""
        self._offers, self._board, self._place = offers, board, place
        self.watch(offers.fileno(), self._accept_offer)

    def _accept_offer(self) -> bool:
        """Take some of what is offered; whether there was any."""
        taken = self._offers.take() if self._offers is not None else []
        for sock, since in taken:
            self.adopt(sock, since)
        return bool(taken)

    def drain(self, handoff: Handoff | None = None) -> None:
        """Accept no more, answer what has come, then return from ``serve``.

        ``handoff`` passes a connection on to another worker, so that a client which is just about to send its next
        request on it meets no closed door, and none that waits has to wait for the last of this worker.
        """
        self.app.draining = True
        self._handoff = handoff
        if self._offers is not None:
            self.unwatch(self._offers.fileno())
            while handoff is not None and self._accept_offer():
                pass  # who has not taken it yet may be draining, too
            self._offers = None
        self._drain_until = monotonic() + self._drain_s
        for fd, (sock, _) in list(self._listeners.items()):
            self._poller.unregister(fd)
            sock.close()
        self._listeners.clear()
        for conn in list(self._conns.values()):
            self._release_if_idle(conn)
        self._hand_over()

    def stand_in(self, standing_in: bool) -> None:
        super().stand_in(standing_in)
        if self._offers is None:
            return
        if standing_in:
            self.unwatch(self._offers.fileno())
        else:
            self.watch(self._offers.fileno(), self._accept_offer)

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

    def _hand_over(self) -> None:
        """Pass on the requests that wait here; those that nobody can take just now stay."""
        if self._handoff is not None:
            self.queue = deque(job for job in self.queue if not self._passed(job, self._handoff))

    def _passed(self, job: Job, handoff: Handoff) -> bool:
        conn = job.conn
        return not conn.gone and conn.clean and not conn.health_only and self._give(conn, handoff, job.queued)

    def offer(self, now: float) -> None:
        """Let workers of this revision that have nothing to do compute what waits here; while there are none,
        take back what none of them took."""
        if self.app.draining:
            self._hand_over()
        if not self._share_out(now, 0):
            self._accept_offer()

    def _share_out(self, now: float, but: int) -> int:
        """Offer what waits, save the first ``but`` requests; how many workers had nothing to do."""
        if self._offers is None or self._board is None or len(self.queue) <= but:
            return 0
        idle = self._board.idle(now, self._place)
        for job in list(self.queue)[but : but + idle]:
            if self._passed(job, self._offers):
                self.queue.remove(job)
        return idle

    def _drain_done(self) -> bool:
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

    def _is_due(self, job: Job) -> bool:
        """Whether a request is to be scored; its client may be gone, or its time up."""
        if job.conn.gone:
            return False
        if self.max_wait is not None and monotonic() - job.queued > self.max_wait:
            self.refuse(job)
            return False
        return True

    def _gathered(self, merging: Merging) -> list[Job]:
        """The next requests, as many as one call may get."""
        jobs: list[Job] = []
        queue, size = self.queue, 0
        while queue and len(jobs) < min(merging.max_requests, MOST_TOGETHER):
            size += len(queue[0].body)
            if jobs and (size > merging.max_bytes or queue[0].alone):
                break
            job = queue.popleft()
            if self._is_due(job):
                jobs.append(job)
                if job.alone:
                    break
        return jobs

    def _turn_together(self, jobs: list[Job]) -> None:
        """Score several requests by one call."""
        self._begin(tuple(jobs))
        self.ledger.compute([job.conn.slot for job in jobs])
        payloads: Sequence[Payload | None] | None = None
        try:
            self._in_script = True
            payloads = self.app.score_together([(job.head, job.body) for job in jobs])
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
            payload = self.app.score(job.head, job.body)
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

    def _dispatch(self, conn: Connection, head: Head, body: bytes) -> None:
        if conn.health_only and head.path != "/":
            payload: Payload | None = self.app.problem(head, 404, "This port answers health checks at / alone.")
        else:
            payload = self.app.direct(head)
        conn.busy = True
        if payload is not None:
            self.answer(conn, payload, go_on=False)
            return
        job = Job(conn, head, body, conn.queued or self.polled)
        conn.queued = 0.0
        if len(self.queue) >= self._queue_limit:
            self.refuse(job, go_on=False)
        else:
            self.queue.append(job)

    def refuse(self, job: Job, go_on: bool = True) -> None:
        message = "The service is busy: too many requests are waiting. Try again later."
        job.answered = True
        self.answer(job.conn, self.app.problem(job.head, 503, message), go_on)

    def _interrupted(self, number: int, frame: object) -> None:
        if self._in_script and self.running and self.running[0].overdue:
            raise ScoringTimeout

"""The requests that wait in a worker: whose turn is next, which may wait no longer, who else could compute them."""

from __future__ import annotations

from collections import deque
from time import monotonic

from aml_nb.scoring.app import Application, Payload
from aml_nb.scoring.batching import Merging
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.connection import Connection
from aml_nb.scoring.handoff import Handoff
from aml_nb.scoring.http import Head
from aml_nb.scoring.ledger import MOST_TOGETHER, Board, Ledger
from aml_nb.scoring.sockets import Sockets
from aml_nb.scoring.telemetry import WorkerLog


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


class Waiting(Sockets):
    """Has a ``queue`` of requests. Other workers may get some: idle ones of this revision what is offered, any worker
    what a draining one hands over."""

    def __init__(self, config: ServerConfig, app: Application, log: WorkerLog, ledger: Ledger) -> None:
        super().__init__(app, log, config.max_body_bytes, ledger)
        self._queue_limit = config.queue_limit
        self.max_wait = None if config.max_queue_wait_ms is None else config.max_queue_wait_ms / 1000
        self.queue: deque[Job] = deque()
        self._offers: Handoff | None = None
        self._board: Board | None = None
        self._place = 0

    def share(self, offers: Handoff, board: Board, place: int) -> None:
        """Take requests that wait for another worker of this revision when idle, and offer them when busy."""
        self._offers, self._board, self._place = offers, board, place
        self.watch(offers.fileno(), self._accept_offer)

    def stand_in(self, standing_in: bool) -> None:
        super().stand_in(standing_in)
        if self._offers is None:
            return
        if standing_in:
            self.unwatch(self._offers.fileno())
        else:
            self.watch(self._offers.fileno(), self._accept_offer)

    def _share_no_more(self, take_back: bool) -> None:
        """Neither offer nor take; what was offered and not taken comes back, for who could take it may go as well."""
        if self._offers is not None:
            self.unwatch(self._offers.fileno())
            while take_back and self._accept_offer():
                pass
            self._offers = None

    def _accept_offer(self) -> bool:
        """Take some of what is offered; whether there was any."""
        taken = self._offers.take() if self._offers is not None else []
        for sock, since in taken:
            self.adopt(sock, since)
        return bool(taken)

    def _dispatch(self, conn: Connection, head: Head, body: bytes) -> None:
        began = conn.began = conn.queued or self.polled
        if conn.health_only and head.path != "/":
            payload: Payload | None = self.app.problem(head, 404, "This port answers health checks at / alone.")
        else:
            payload = self.app.direct(head)
        conn.busy = True
        if payload is not None:
            self.answer(conn, payload, go_on=False)
            return
        job = Job(conn, head, body, began)
        conn.queued = 0.0
        if len(self.queue) >= self._queue_limit:
            self.refuse(job, go_on=False)
        else:
            self.queue.append(job)

    def refuse(self, job: Job, go_on: bool = True) -> None:
        message = "The service is busy: too many requests are waiting. Try again later."
        job.answered = True
        self.answer(job.conn, self.app.problem(job.head, 503, message), go_on)

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

    def _hand_over(self) -> None:
        """Pass on the requests that wait here; those that nobody can take just now stay."""
        if self._handoff is not None:
            self.queue = deque(job for job in self.queue if not self._passed(job, self._handoff))

    def _passed(self, job: Job, handoff: Handoff) -> bool:
        conn = job.conn
        return not conn.gone and conn.clean and not conn.health_only and self._give(conn, handoff, job.queued)

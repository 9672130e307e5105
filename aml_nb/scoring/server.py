"""A worker's server: one thread that reads, scores and answers, and a second that stands in for it.

The entry script's ``run()`` is synchronous and not meant to be called twice at once, so the main thread does
everything in turn: it waits for sockets, reads requests, calls the script, sends replies. No request changes
threads on its way, which is what makes it fast, and the script runs in the main thread, where Python lets a
signal interrupt it. While a ``run()`` takes long, the *steward* thread takes the sockets over: it goes on
answering health checks, queues what comes, turns away what may not wait, and ends a ``run()`` that is past
its time limit. Whoever holds ``_io`` owns sockets, connections and queue.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic, sleep

from aml_nb.scoring.app import Application, Payload
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.connection import Connection
from aml_nb.scoring.http import Head, HeadCache, HttpError
from aml_nb.scoring.poller import READ, WRITE, make_poller
from aml_nb.scoring.telemetry import WorkerLog

TICK_S = 0.02
COURTESY_S = 0.002
SWEEP_S = 1.0
PARTIAL_REQUEST_S = 60.0
IDLE_CONNECTION_S = 120.0
MAX_CONNECTIONS = 8192
STUCK_S = 10.0
STUCK_EXIT = 75
_INTERRUPT = signal.SIGUSR2
_EXCLUSIVE = 1 << 28  # EPOLLEXCLUSIVE: one waiting worker, not all of them, wakes for a new connection


class ScoringTimeout(BaseException):
    """Ends a ``run()`` past its limit; no ``except Exception`` of a script may swallow it."""


class Job:
    """A request on its way through the entry script."""

    __slots__ = ("answered", "body", "conn", "head", "queued", "started")

    def __init__(self, conn: Connection, head: Head, body: bytes, queued: float) -> None:
        self.conn = conn
        self.head = head
        self.body = body
        self.queued = queued
        self.started = 0.0
        self.answered = False


class Server:
    """Serves ``listeners`` until ``stop`` or the end of a ``drain``."""

    def __init__(self, config: ServerConfig, app: Application, log: WorkerLog) -> None:
        self._app = app
        self._log = log
        self._max_body = config.max_body_bytes
        self._queue_limit = config.queue_limit
        self._max_wait = None if config.max_queue_wait_ms is None else config.max_queue_wait_ms / 1000
        self._limit = config.scoring_timeout_ms / 1000
        self._limit_ms = config.scoring_timeout_ms
        self._drain_s = config.drain_ms / 1000
        self._heads = HeadCache()
        self._poller = make_poller()
        self._conns: dict[int, Connection] = {}
        self._listeners: dict[int, tuple[socket.socket, bool]] = {}
        self._watched: dict[int, Callable[[], None]] = {}
        self._queue: deque[Job] = deque()
        self._running: Job | None = None
        self._in_script = False
        self._io = threading.Lock()
        self._wanted = False
        self._standing_in = False
        self._left: set[int] = set()
        self._busy = threading.Event()
        self._polled = self._swept = monotonic()
        self._stopped = False
        self._drain_until = 0.0
        self._handoff: Callable[[socket.socket], bool] | None = None
        self._wake_r, self._wake_w = os.pipe()
        os.set_blocking(self._wake_r, False)
        os.set_blocking(self._wake_w, False)
        self.watch(self._wake_r, lambda: self._drained_pipe())

    # what the worker says

    def listen(self, sock: socket.socket, health_only: bool = False) -> None:
        """Accept connections from ``sock``, which other workers may share."""
        sock.setblocking(False)
        self._listeners[sock.fileno()] = (sock, health_only)
        self._await_clients(sock.fileno(), _EXCLUSIVE)

    def _await_clients(self, fd: int, exclusive: int) -> None:
        try:
            self._poller.register(fd, READ | exclusive)
        except (OSError, ValueError):
            self._poller.register(fd, READ)

    def watch(self, fd: int, call: Callable[[], None]) -> None:
        """Call ``call`` whenever ``fd`` can be read."""
        self._watched[fd] = call
        self._poller.register(fd, READ)

    def unwatch(self, fd: int) -> None:
        if self._watched.pop(fd, None) is not None:
            self._poller.unregister(fd)

    def adopt(self, sock: socket.socket) -> None:
        """Take over a client's idle connection from a worker that drains."""
        self._add(sock, False)

    def drain(self, handoff: Callable[[socket.socket], bool] | None = None) -> None:
        """Accept no more, answer what has come, then return from ``serve``.

        ``handoff`` passes an idle connection on to another worker, so that a client which is just about to
        send its next request on it meets no closed door; False where that cannot be.
        """
        self._app.draining = True
        self._handoff = handoff
        self._drain_until = monotonic() + self._drain_s
        for fd, (sock, _) in list(self._listeners.items()):
            self._poller.unregister(fd)
            sock.close()
        self._listeners.clear()
        for conn in list(self._conns.values()):
            self._release_if_idle(conn)

    def stop(self) -> None:
        self._stopped = True

    # the main thread

    def serve(self) -> None:
        """Serve in this thread, which must be the main one."""
        signal.signal(_INTERRUPT, self._interrupted)
        threading.Thread(target=self._steward, name="steward", daemon=True).start()
        self._io.acquire()
        try:
            while not self._stopped:
                if self._queue:
                    self._turn(self._queue.popleft())
                    continue
                if self._app.draining and self._drain_done():
                    break
                self._log.flush()
                self._poll(self._patience())
        finally:
            self._stopped = True
            self._busy.set()
            self._io.release()
            self._log.flush()

    def _patience(self) -> float:
        return TICK_S if self._app.draining else (SWEEP_S if self._conns else 60.0)

    def _drain_done(self) -> bool:
        if monotonic() >= self._drain_until:
            return True
        return not self._conns

    def _turn(self, job: Job) -> None:
        """Score one request; others may use the sockets meanwhile."""
        if job.conn.gone:
            return
        if self._max_wait is not None and monotonic() - job.queued > self._max_wait:
            self._refuse(job)
            return
        job.started = monotonic()
        self._running = job
        if not self._busy.is_set():
            self._busy.set()
        self._io.release()
        payload: Payload | None = None
        try:
            self._in_script = True
            payload = self._app.score(job.head, job.body)
            self._in_script = False
            if payload.stream is not None and not job.answered:
                self._stream(job, payload)
        except ScoringTimeout:
            payload = None
        finally:
            self._in_script = False
            if not self._io.acquire(False):
                self._wanted = True
                self._wake()
                self._io.acquire()
                self._wanted = False
            self._running = None
        if payload is None or job.answered:
            self._idle_again(job.conn)
        elif payload.stream is None:
            self._answer(job.conn, payload)
        else:
            self._streamed(job.conn, payload)

    def _stream(self, job: Job, payload: Payload) -> None:
        """Send parts as the script makes them. The poller leaves the connection alone meanwhile."""
        assert payload.stream is not None
        with self._io:
            self._expect(job.conn, 0)
        try:
            job.conn.stream(payload.data, payload.stream)
        except Exception as error:
            self._log.add("E", f"The answer broke off: {type(error).__name__}: {error}")
            job.conn.gone = True

    def _streamed(self, conn: Connection, payload: Payload) -> None:
        if conn.gone or payload.close:
            self._drop(conn)
            return
        self._expect(conn, READ)
        conn.busy = False
        self._advance(conn)

    # sockets; the caller holds _io

    def _poll(self, timeout: float) -> None:
        events = self._poller.poll(timeout)
        now = self._polled = monotonic()
        conns = self._conns
        for fd, mask in events:
            conn = conns.get(fd)
            if conn is None:
                self._other(fd)
                continue
            if mask & WRITE and conn.unsent and not self._flushed(conn):
                continue
            if mask & ~WRITE:
                conn.since = now
                if not conn.read():
                    self._ended(conn)
                elif not conn.busy:
                    self._advance(conn)
                elif len(conn.buffer) > 65536:
                    self._expect(conn, WRITE if conn.unsent else 0)
        if now - self._swept > SWEEP_S:
            self._sweep(now)

    def _other(self, fd: int) -> None:
        if fd in self._listeners:
            if self._leave_to_others(fd):
                return
            self._accept(*self._listeners[fd])
        elif fd in self._watched:
            self._watched[fd]()

    def _leave_to_others(self, fd: int) -> bool:
        """While this worker scores, an idle one gets a moment to take a new client first."""
        if not self._standing_in or fd in self._left:
            self._left.discard(fd)
            return False
        self._left.add(fd)
        sleep(COURTESY_S)
        return True

    def _accept(self, listener: socket.socket, health_only: bool) -> None:
        for _ in range(1 if self._standing_in else 64):
            try:
                sock, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._log.add("E", f"No connection can be taken: {error}")
                self._shed()
                return
            if len(self._conns) >= MAX_CONNECTIONS:
                self._shed()
            self._add(sock, health_only)

    def _add(self, sock: socket.socket, health_only: bool) -> None:
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn = Connection(sock, monotonic(), health_only)
        self._conns[conn.fd] = conn
        self._expect(conn, READ)

    def _expect(self, conn: Connection, mask: int) -> None:
        """Ask the poller for these events alone; for none, it is told nothing, not even of a hang-up."""
        if mask == conn.mask:
            return
        if not conn.mask:
            self._poller.register(conn.fd, mask)
        elif mask:
            self._poller.modify(conn.fd, mask)
        else:
            self._poller.unregister(conn.fd)
        conn.mask = mask

    def _shed(self) -> None:
        """Close the connection that has been idle longest, to make room."""
        idle = [conn for conn in self._conns.values() if conn.idle]
        if idle:
            self._drop(min(idle, key=lambda conn: conn.since))

    def _advance(self, conn: Connection) -> None:
        """Deal with every whole request that has come, until one goes to the entry script."""
        try:
            while not (conn.busy or conn.closing or conn.gone or conn.unsent):
                request = conn.take(self._heads, self._max_body)
                if request is None:
                    break
                self._dispatch(conn, *request)
        except HttpError as error:
            conn.busy = True
            self._answer(conn, self._app.problem(_no_head(), error.status, error.message, close=True))
        if conn.gone:
            self._drop(conn)
        elif self._app.draining:
            self._release_if_idle(conn)

    def _dispatch(self, conn: Connection, head: Head, body: bytes) -> None:
        if conn.health_only and head.path != "/":
            payload: Payload | None = self._app.problem(
                head, 404, "This port answers health checks at / alone."
            )
        else:
            payload = self._app.direct(head)
        conn.busy = True
        if payload is not None:
            self._answer(conn, payload, go_on=False)
            return
        job = Job(conn, head, body, self._polled)
        if len(self._queue) >= self._queue_limit:
            self._refuse(job, go_on=False)
        else:
            self._queue.append(job)

    def _answer(self, conn: Connection, payload: Payload, go_on: bool = True) -> None:
        """Send a whole reply and turn to what the connection sent meanwhile."""
        conn.busy = False
        if payload.close:
            conn.closing = True
        if not conn.reply(payload.data):
            self._expect(conn, READ | WRITE)
        elif conn.closing or conn.gone:
            self._drop(conn)
        elif go_on and (conn.buffer or self._app.draining):
            self._expect(conn, READ)
            self._advance(conn)

    def _idle_again(self, conn: Connection) -> None:
        """The job's reply was sent by the steward, or never will be."""
        if conn.gone:
            self._drop(conn)
        elif conn.buffer and not conn.busy:
            self._advance(conn)

    def _flushed(self, conn: Connection) -> bool:
        """Send more of a reply that waits; False where the connection has ended with it."""
        if conn.flush():
            if conn.closing or conn.gone:
                self._drop(conn)
                return False
            self._expect(conn, READ)
            if conn.buffer and not conn.busy:
                self._advance(conn)
                return not conn.gone
        return True

    def _refuse(self, job: Job, go_on: bool = True) -> None:
        message = "The service is busy: too many requests are waiting. Try again later."
        job.answered = True
        self._answer(job.conn, self._app.problem(job.head, 503, message), go_on)

    def _ended(self, conn: Connection) -> None:
        """The client closed its side. One that half-closes after its request still gets its answer."""
        if not conn.busy and not conn.unsent:
            self._drop(conn)
            return
        conn.closing = True
        self._expect(conn, WRITE if conn.unsent else 0)

    def _drop(self, conn: Connection) -> None:
        conn.gone = True
        if self._conns.pop(conn.fd, None) is not None:
            self._expect(conn, 0)
            conn.sock.close()

    def _release_if_idle(self, conn: Connection) -> None:
        if not conn.idle or conn.fd not in self._conns:
            return
        if self._handoff is not None and self._handoff(conn.sock):
            self._drop(conn)
        elif self._handoff is None:
            self._drop(conn)

    def _sweep(self, now: float) -> None:
        """Close connections that sent half a request and fell silent, and those that idle for long."""
        self._swept = now
        for conn in list(self._conns.values()):
            quiet = now - conn.since
            if conn.busy or quiet < PARTIAL_REQUEST_S:
                continue
            if conn.idle and quiet < IDLE_CONNECTION_S:
                continue
            self._drop(conn)

    # the steward

    def _steward(self) -> None:
        ticks = 0
        pause = threading.Event()
        while not self._stopped:
            self._busy.wait()
            pause.wait(TICK_S)
            if self._running is None:
                ticks += 1
                if ticks > 50:
                    self._busy.clear()
                    if self._running is not None or self._stopped:
                        self._busy.set()
                continue
            ticks = 0
            if monotonic() - self._polled > TICK_S and self._io.acquire(False):
                try:
                    self._stand_in()
                finally:
                    self._io.release()

    def _stand_in(self) -> None:
        """Mind the sockets until the script returns."""
        self._standing_in = True
        self._share_listeners(0)
        try:
            self._mind_sockets()
        finally:
            self._standing_in = False
            self._left.clear()
            self._share_listeners(_EXCLUSIVE)

    def _share_listeners(self, exclusive: int) -> None:
        """Wait for clients beside the other workers (0), so that an idle one wakes too, or in turn with them."""
        for fd in self._listeners:
            self._poller.unregister(fd)
            self._await_clients(fd, exclusive)

    def _mind_sockets(self) -> None:
        while self._running is not None and not self._wanted and not self._stopped:
            self._poll(TICK_S)
            now = monotonic()
            self._turn_away(now)
            self._enforce(now)
            self._log.flush()

    def _turn_away(self, now: float) -> None:
        while self._max_wait is not None and self._queue and now - self._queue[0].queued > self._max_wait:
            job = self._queue.popleft()
            if not job.conn.gone:
                self._refuse(job)

    def _enforce(self, now: float) -> None:
        job = self._running
        if job is None or now - job.started <= self._limit:
            return
        if not job.answered:
            job.answered = True
            message = f"Scoring timeout after {self._limit_ms} ms"
            self._log.add("E", f"{message}; run() is being interrupted.")
            self._answer(job.conn, self._app.problem(job.head, 500, message, failed=True))
        if now - job.started > self._limit + STUCK_S:
            self._give_up()
        signal.pthread_kill(threading.main_thread().ident or 0, _INTERRUPT)

    def _interrupted(self, number: int, frame: object) -> None:
        job = self._running
        if self._in_script and job is not None and job.answered:
            raise ScoringTimeout

    def _give_up(self) -> None:
        """``run()`` hangs where no signal reaches it: leave, so that the supervisor starts a new worker."""
        for job in self._queue:
            if not job.conn.gone:
                self._answer(
                    job.conn, self._app.problem(job.head, 503, "The worker is being replaced.", close=True)
                )
        self._log.add("E", "run() cannot be interrupted; this worker ends and a new one takes its place.")
        self._log.flush()
        os._exit(STUCK_EXIT)

    def _wake(self) -> None:
        try:
            os.write(self._wake_w, b"x")
        except BlockingIOError:
            pass

    def _drained_pipe(self) -> None:
        try:
            os.read(self._wake_r, 4096)
        except BlockingIOError:
            pass


def _no_head() -> Head:
    """Stands for a request whose head could not be read."""
    return Head(b"", "-", b"/", "1.1", False)


def listeners_of(fds: Sequence[int]) -> list[socket.socket]:
    """Sockets of file descriptors that were inherited."""
    return [socket.socket(fileno=fd) for fd in fds]

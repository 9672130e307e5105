"""A worker's sockets: listeners, clients' connections, whatever else can be read.

Requests that are whole go to ``_dispatch``, which whoever inherits supplies. One thread at a time uses any of
this: the one that holds ``io``.
"""

from __future__ import annotations

import os
import resource
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import monotonic, sleep

from aml_nb.scoring.app import Application, Payload
from aml_nb.scoring.connection import Connection
from aml_nb.scoring.http import Head, HeadCache, HttpError
from aml_nb.scoring.poller import READ, WRITE, make_poller
from aml_nb.scoring.telemetry import WorkerLog

COURTESY_S = 0.002
SWEEP_S = 1.0
PARTIAL_REQUEST_S = 60.0
IDLE_CONNECTION_S = 120.0
MAX_CONNECTIONS = 8192
_PIPELINED_BYTES = 65536
_EXCLUSIVE = 1 << 28  # EPOLLEXCLUSIVE: one waiting worker, not all of them, wakes for a new connection


class Sockets(ABC):
    """Accepts, reads, sends and closes; ``standing_in`` while another thread runs the entry script."""

    def __init__(self, app: Application, log: WorkerLog, max_body: int) -> None:
        self.app = app
        self.log = log
        self._max_body = max_body
        self._heads = HeadCache()
        self._poller = make_poller()
        self._conns: dict[int, Connection] = {}
        self._listeners: dict[int, tuple[socket.socket, bool]] = {}
        self._watched: dict[int, Callable[[], None]] = {}
        self._handoff: Callable[[socket.socket], bool] | None = None
        self.io = threading.Lock()
        self._left: set[int] = set()
        self.standing_in = False
        self.polled = self._swept = monotonic()
        self._complained = 0.0
        self._most = _most_connections()
        self._wake_r, self._wake_w = os.pipe()
        os.set_blocking(self._wake_r, False)
        os.set_blocking(self._wake_w, False)
        self.watch(self._wake_r, self._drained_pipe)

    @abstractmethod
    def _dispatch(self, conn: Connection, head: Head, body: bytes) -> None:
        """Deal with a whole request; ``conn.busy`` until it is answered."""

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

    def poll(self, timeout: float) -> None:
        events = self._poller.poll(timeout)
        now = self.polled = monotonic()
        conns = self._conns
        for fd, mask in events:
            conn = conns.get(fd)
            if conn is None:
                self._other(fd)
                continue
            if mask & WRITE and conn.unsent:
                conn.since = now
                if not self._flushed(conn):
                    continue
            if mask & ~WRITE:
                conn.since = now
                if not conn.read():
                    self._ended(conn)
                elif not (conn.busy or conn.unsent):
                    self._advance(conn)
                elif len(conn.buffer) > _PIPELINED_BYTES:
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
        if not self.standing_in or fd in self._left:
            self._left.discard(fd)
            return False
        self._left.add(fd)
        sleep(COURTESY_S)
        return True

    def _accept(self, listener: socket.socket, health_only: bool) -> None:
        for _ in range(1 if self.standing_in else 64):
            try:
                sock, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if not self._shed():
                    sleep(COURTESY_S)  # every connection has a request that is being dealt with: they come first
                self._complain(f"No connection can be taken: {error}")
                return
            if len(self._conns) < self._most or self._shed():
                self._add(sock, health_only)
            else:
                sock.close()

    def _complain(self, message: str) -> None:
        """Log what may go wrong thousands of times, once a second."""
        if self.polled - self._complained > SWEEP_S:
            self._complained = self.polled
            self.log.add("E", message)

    def stand_in(self, standing_in: bool) -> None:
        """While one thread scores and another minds the sockets, wait for clients beside the other workers,
        so that an idle one wakes too; otherwise in turn with them."""
        self.standing_in = standing_in
        self._left.clear()
        for fd in self._listeners:
            self._poller.unregister(fd)
            self._await_clients(fd, 0 if standing_in else _EXCLUSIVE)

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

    def _shed(self) -> bool:
        """Make room: of the connections that wait for their client, close the one that has waited longest."""
        waiting = [conn for conn in self._conns.values() if not conn.busy]
        if waiting:
            self._drop(min(waiting, key=lambda conn: conn.since))
        return bool(waiting)

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
            self.answer(conn, self.app.problem(_no_head(), error.status, error.message, close=True))
        except Exception as error:  # what the server trips over costs a connection, not the worker
            self.log.add("E", f"A request could not be dealt with: {type(error).__name__}: {error}")
            conn.gone = True
        if conn.gone:
            self._drop(conn)
        elif self.app.draining:
            self._release_if_idle(conn)

    def answer(self, conn: Connection, payload: Payload, go_on: bool = True) -> None:
        """Send a whole reply and turn to what the connection sent meanwhile."""
        if conn.gone:
            return
        conn.busy = False
        if payload.close:
            conn.closing = True
        if not conn.reply(payload.data):
            self._expect(conn, READ | WRITE)
        elif conn.closing or conn.gone:
            self._drop(conn)
        elif go_on and (conn.buffer or self.app.draining):
            self._expect(conn, READ)
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

    def _ended(self, conn: Connection) -> None:
        """The client closed its side. One that half-closes after its request still gets its answer."""
        if not conn.busy and not conn.unsent:
            self._drop(conn)
            return
        conn.closing = True
        self._expect(conn, WRITE if conn.unsent else 0)

    def _drop(self, conn: Connection) -> None:
        conn.gone = True
        if self._conns.get(conn.fd) is conn:  # the number may be another connection's by now
            del self._conns[conn.fd]
            self._expect(conn, 0)
            conn.sock.close()

    def _release_if_idle(self, conn: Connection) -> None:
        if conn.gone or not conn.idle:
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


def _most_connections() -> int:
    """As many as leave the entry script a quarter of the process's descriptors."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if allowed == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, allowed * 3 // 4)


def _no_head() -> Head:
    """Stands for a request whose head could not be read."""
    return Head("-", b"/", "1.1", False)

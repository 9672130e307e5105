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
from itertools import count
from time import monotonic, sleep

from aml_nb.scoring.app import Application, Payload
from aml_nb.scoring.connection import Connection
from aml_nb.scoring.handoff import KEPT_TOGETHER, Handoff
from aml_nb.scoring.http import Head, HeadCache, HttpError
from aml_nb.scoring.ledger import CLEAN, CUT, REPLYING, SLOTS, TAKEN, Ledger
from aml_nb.scoring.poller import ENDED, ONCE, READ, WRITE, make_poller
from aml_nb.scoring.telemetry import WorkerLog

COURTESY_S = 0.002
LAST_CALL_S = 0.1
SWEEP_S = 1.0
PARTIAL_REQUEST_S = 60.0
IDLE_CONNECTION_S = 120.0
_PIPELINED_BYTES = 65536
_EXCLUSIVE = 1 << 28  # EPOLLEXCLUSIVE: one waiting worker, not all of them, wakes for a new connection


class Sockets(ABC):
    """Accepts, reads, sends and closes; ``standing_in`` while another thread runs the entry script.

    ``keep`` gives the supervisor duplicates of new connections; those it could not take yet are left for later.
    """

    def __init__(self, app: Application, log: WorkerLog, max_body: int, ledger: Ledger) -> None:
        self.app = app
        self.log = log
        self.ledger = ledger
        self._cells = ledger.cells
        self._count = app.count
        self.keep: Callable[[list[Connection]], bool] = lambda conns: True
        self._max_body = max_body
        self._heads = HeadCache()
        self._poller = make_poller()
        self._conns: dict[int, Connection] = {}
        self._listeners: dict[int, tuple[socket.socket, bool]] = {}
        self._watched: dict[int, Callable[[], object]] = {}
        self._free = list(range(SLOTS, 0, -1))
        self._numbers = count(1)
        self._unkept: list[Connection] = []
        self._handoff: Handoff | None = None
        self.io = threading.Lock()
        self._left: set[int] = set()
        self.standing_in = False
        self.polled = self._swept = monotonic()
        self.waited = 0.0
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

    def listen_no_more(self) -> None:
        """Leave the listening sockets to whoever shares them."""
        for fd, (sock, _) in self._listeners.items():
            self._poller.unregister(fd)
            sock.close()
        self._listeners.clear()

    def _await_clients(self, fd: int, exclusive: int) -> None:
        try:
            self._poller.register(fd, READ | exclusive)
        except (OSError, ValueError):
            self._poller.register(fd, READ)

    def watch(self, fd: int, call: Callable[[], object]) -> None:
        """Call ``call`` whenever ``fd`` can be read."""
        self._watched[fd] = call
        self._poller.register(fd, READ)

    def unwatch(self, fd: int) -> None:
        if self._watched.pop(fd, None) is not None:
            self._poller.unregister(fd)

    def adopt(self, sock: socket.socket, queued: float = 0.0) -> None:
        """Take over a client's connection from another worker; its request waits since ``queued``."""
        if self._has_room():
            self._add(sock, False, queued)
            self._pass_on()
        else:
            sock.close()

    def poll(self, timeout: float) -> None:
        """Deal with what has come, or comes within ``timeout`` seconds; ``waited`` for so long."""
        began = monotonic()
        events = self._poller.poll(timeout)
        now = self.polled = monotonic()
        self.waited = now - began
        conns = self._conns
        for fd, mask in events:
            conn = conns.get(fd)
            if conn is None:
                self._other(fd)
                continue
            if conn.since > now:  # it is new: what came was for one that had this descriptor before
                continue
            conn.since = now
            if conn.unsent and mask & (WRITE | ENDED) and not self._flushed(conn):
                continue
            if mask & ~WRITE:
                if conn.busy and ONCE:
                    conn.stirred = True
                    conn.ended = conn.ended or bool(mask & ENDED)
                elif mask != READ and ONCE:
                    self._stirred(conn, mask)
                elif not conn.read():
                    self._ended(conn)
                elif not (conn.busy or conn.unsent):
                    self._advance(conn)
                elif ONCE:
                    conn.stirred = True
                elif len(conn.buffer) > _PIPELINED_BYTES:
                    self._expect(conn, WRITE if conn.unsent else 0)
        if now - self._swept > SWEEP_S:
            self._sweep(now)

    def _stirred(self, conn: Connection, mask: int) -> None:
        """Something has come, or the client has closed its side; the poller says so once."""
        conn.ended = conn.ended or bool(mask & ENDED)
        if conn.busy or conn.unsent:
            conn.stirred = True
        elif not conn.read():
            self._ended(conn)
        else:
            self._advance(conn)
            self._heed_end(conn)

    def _heed_end(self, conn: Connection) -> None:
        """Close what its client has closed, once every request that came before is answered."""
        if conn.ended and not conn.gone:
            if conn.busy or conn.unsent:
                conn.stirred = True
            else:
                self._ended(conn)

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
        try:
            self._accept_some(listener, health_only)
        finally:
            self._pass_on()

    def _accept_some(self, listener: socket.socket, health_only: bool) -> None:
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
            if self._has_room():
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

    def _add(self, sock: socket.socket, health_only: bool, queued: float = 0.0) -> None:
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn = Connection(sock, monotonic(), health_only, bool(ONCE))
        conn.queued = queued
        conn.slot, conn.number = self._free.pop(), next(self._numbers)
        conn.marks = self.ledger.marks
        conn.marks[conn.slot] = CLEAN
        self.ledger.numbers[conn.slot] = conn.number
        self._conns[conn.fd] = conn
        if not health_only:
            self._unkept.append(conn)
        self._expect(conn, READ)

    def _pass_on(self) -> None:
        """Let the supervisor keep what is new; the rest when it has room again."""
        while self._unkept:
            some = [conn for conn in self._unkept[:KEPT_TOGETHER] if not conn.gone]
            if some and not self.keep(some):
                return
            del self._unkept[:KEPT_TOGETHER]

    def _expect(self, conn: Connection, mask: int) -> None:
        """Ask the poller for these events alone; for none, it is told nothing, not even of a hang-up."""
        if mask == conn.mask:
            return
        if not conn.mask:
            self._poller.register(conn.fd, mask | ONCE)
        elif mask:
            self._poller.modify(conn.fd, mask | ONCE)
        else:
            self._poller.unregister(conn.fd)
        conn.mask = mask

    def _has_room(self) -> bool:
        """Whether one more connection may be had, if need be at the cost of another."""
        return len(self._conns) < self._most or self._shed()

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
                if request is not None:
                    self._dispatch(conn, *request)
                elif not (conn.stirred and self._more(conn)):
                    break
        except HttpError as error:
            conn.busy, conn.began = True, self.polled
            conn.abandon()
            self.answer(conn, self.app.problem(_no_head(), error.status, error.message, close=True))
        except Exception as error:  # what the server trips over costs a connection, not the worker
            self.log.add("E", f"A request could not be dealt with: {type(error).__name__}: {error}")
            conn.gone = True
        if conn.taken:
            self.ledger.marks[conn.slot] = TAKEN
            if ONCE and conn.mask and not conn.gone:  # what is taken as it comes is told of as long as there is any
                self._poller.modify(conn.fd, conn.mask | (0 if conn.receiving else ONCE))
        if conn.gone:
            self._drop(conn)
        elif self.app.draining:
            self._release_if_idle(conn)

    def _more(self, conn: Connection) -> bool:
        """Look again at a connection of which the poller may tell no more; whether that brought anything."""
        conn.stirred = False
        before = len(conn.buffer)
        if not conn.read():
            conn.closing = True
            conn.gone = not conn.busy
            return False
        return len(conn.buffer) != before

    def answer(self, conn: Connection, payload: Payload, go_on: bool = True) -> None:
        """Send a whole reply and turn to what the connection sent meanwhile."""
        self._count(payload.series, monotonic() - conn.began)
        if conn.gone:
            return
        conn.busy = False
        if payload.close:
            conn.closing = True
            conn.abandon()
        cells = self._cells
        cells[REPLYING] = conn.slot
        if conn.owed:
            conn.consume()
        sent = conn.reply(payload.data)
        if not sent:
            self.ledger.marks[conn.slot] = CUT
        elif conn.taken:
            conn.taken = bool(conn.buffer) and not ONCE
            self.ledger.marks[conn.slot] = TAKEN if conn.taken else CLEAN
        cells[REPLYING] = 0
        if not sent:
            self._expect(conn, READ | WRITE)
        elif conn.closing or conn.gone:
            self._drop(conn)
        elif go_on and (conn.buffer or conn.stirred or self.app.draining):
            self._go_on(conn)

    def _go_on(self, conn: Connection) -> None:
        """Turn to what a connection sent while its request was being dealt with."""
        self._expect(conn, READ)
        if ONCE and (conn.buffer or conn.stirred):
            conn.stirred = False
            if not conn.read():
                self._drop(conn)
                return
        self._advance(conn)
        self._heed_end(conn)

    def _flushed(self, conn: Connection) -> bool:
        """Send more of a reply that waits; False where the connection has ended with it."""
        if conn.flush():
            if conn.closing or conn.gone:
                self._drop(conn)
                return False
            conn.taken = bool(conn.buffer) and not ONCE
            self.ledger.marks[conn.slot] = TAKEN if conn.taken else CLEAN
            self._expect(conn, READ)
            if (conn.buffer or conn.stirred) and not conn.busy:
                self._go_on(conn)
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
            try:
                conn.sock.shutdown(socket.SHUT_RDWR)  # closing alone would not: the supervisor has a duplicate
            except OSError:
                pass
            self._part(conn)

    def _part(self, conn: Connection) -> None:
        """Have nothing to do with a connection any more, which somebody else may go on with."""
        conn.gone = True
        del self._conns[conn.fd]
        self._expect(conn, 0)
        self.ledger.numbers[conn.slot] = 0
        self._free.append(conn.slot)
        conn.sock.close()

    def _release_if_idle(self, conn: Connection) -> bool:
        """Close a connection on which nothing has come, or pass it on; False where nobody can take it just now."""
        if conn.gone or conn.busy or not conn.clean:
            return True
        if self._handoff is not None and not conn.health_only:
            return self._give(conn, self._handoff, conn.queued)
        if conn.idle and monotonic() - conn.since > LAST_CALL_S:
            self._drop(conn)
        return True

    def _give(self, conn: Connection, handoff: Handoff, queued: float = 0.0) -> bool:
        """Pass a connection on; should this worker die meanwhile, its supervisor does not pass it on once more."""
        numbers = self.ledger.numbers
        numbers[conn.slot] = 0
        if not handoff.give(conn.sock, queued):
            numbers[conn.slot] = conn.number
            return False
        self._part(conn)
        return True

    def _sweep(self, now: float) -> None:
        """Close connections that sent half a request and fell silent, and those that idle for long."""
        self._swept = now
        self._pass_on()
        for conn in list(self._conns.values()):
            quiet = now - conn.since
            if quiet > SWEEP_S and conn.hurry():
                self._stirred(conn, READ)
                continue
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
    return SLOTS if allowed == resource.RLIM_INFINITY else min(SLOTS, allowed * 3 // 4)


def _no_head() -> Head:
    """Stands for a request whose head could not be read."""
    return Head("-", b"/", "1.1", False)

"""The load generator: a closed loop over keep-alive connections, in one thread, with raw sockets.

One core of it sends about 33,000 requests a second; what a server reaches beyond that only wrk can show.
"""

from __future__ import annotations

import select
import selectors
import socket
import struct
import time
from array import array
from collections import Counter
from collections.abc import Callable

from benchmarks.outcome import Outcome, loopback_address

RECEIVE = 256 * 1024
KEPT = 2_000_000
PATIENCE = 30.0


class Connection:
    """One keep-alive connection with at most one request under way."""

    __slots__ = ("buffer", "sock", "started")

    def __init__(self, address: tuple[str, int]) -> None:
        self.buffer = b""
        self.started = 0.0
        self.open(address)

    def open(self, address: tuple[str, int]) -> None:
        """Connect; blocking, since it is only read when it is ready and answers are read before it sends."""
        self.sock = socket.create_connection(address, timeout=10)
        self.sock.settimeout(None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 10, 0))


class Framing:
    """Finds where an answer ends; the spelling of Content-Length is learnt from the first one."""

    def __init__(self) -> None:
        self.marker = b""

    def split(self, data: bytes) -> tuple[int, int, bytes] | None:
        """Where the headers and the answer end, and its body; None while it is not whole."""
        start = data.find(b"\r\n\r\n") + 4
        if start < 4:
            return None
        at = data.find(self.marker, 0, start) if self.marker else -1
        if at < 0:
            return self._learn(data, start)
        at += len(self.marker)
        end = start + int(data[at : data.find(b"\r", at)])
        return (start, end, data[start:end]) if len(data) >= end else None

    def _learn(self, data: bytes, start: int) -> tuple[int, int, bytes] | None:
        head = data[:start].lower()
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            self.marker = data[at : at + 17]
            return self.split(data)
        if b"transfer-encoding: chunked" in head:
            return self._chunks(data, start)
        raise ValueError(f"an answer without a length: {data[:200]!r}")

    def _chunks(self, data: bytes, start: int) -> tuple[int, int, bytes] | None:
        at = start
        parts: list[bytes] = []
        while (line := data.find(b"\r\n", at)) >= 0:
            size = int(data[at:line].partition(b";")[0], 16)
            at = line + 4 + size
            if len(data) < at:
                return None
            if not size:
                return start, at, b"".join(parts)
            parts.append(data[line + 2 : line + 2 + size])
        return None


class Load:
    """One round over ``connections`` connections."""

    def __init__(self, url: str, request: bytes, connections: int, expected: bytes | None = None) -> None:
        self.address = loopback_address(url)
        self.request = request
        self.expected = expected
        self.framing = Framing()
        self.errors: Counter[str] = Counter()
        self.latencies = array("d")
        self.reconnects = 0
        self.sample = ""
        self.connections = [Connection(self.address) for _ in range(connections)]

    def run(self, seconds: float, warmup: float = 0.5, timeout: float = PATIENCE, limit: int = KEPT) -> Outcome:
        """Load for ``seconds`` after ``warmup``; whoever is not answered within ``timeout`` is an error."""
        ready, again = self._poller()
        self._cycle(ready, again, time.perf_counter() + warmup, timeout, limit)
        warm, self.latencies = len(self.latencies), array("d")
        begin, cpu = time.perf_counter(), time.process_time()
        self._cycle(ready, again, begin + seconds, timeout, limit)
        took, cpu = time.perf_counter() - begin, time.process_time() - cpu
        for connection in self.connections:
            connection.sock.close()
        return self._outcome(took, cpu, warm)

    def _cycle(
        self,
        ready: Callable[[float], list[Connection]],
        again: Callable[[Connection], None],
        deadline: float,
        timeout: float,
        limit: int,
    ) -> None:
        """Send on every connection until ``deadline``, then wait for the answers still on their way."""
        now, take, clock = time.perf_counter(), self._take, time.perf_counter
        waiting = set(self.connections)
        for connection in self.connections:
            self._send(connection, now)
        heard = now
        while waiting:
            came = ready(0.5)
            now = clock()
            if came:
                heard = now
            elif now - heard > timeout:
                self.errors["no answer"] += len(waiting)
                return
            for connection in came:
                if not take(connection, clock()):
                    continue
                if now >= deadline or len(self.latencies) >= limit or self._hopeless():
                    waiting.discard(connection)
                    continue
                if connection.sock.fileno() < 0:
                    connection.open(self.address)
                    self.reconnects += 1
                    again(connection)
                self._send(connection, clock())
        self._reopen(again)

    def _hopeless(self) -> bool:
        return bool(self.errors) and sum(self.errors.values()) > 100

    def _reopen(self, again: Callable[[Connection], None]) -> None:
        for connection in self.connections:
            if connection.sock.fileno() < 0:
                connection.open(self.address)
                again(connection)

    def _send(self, connection: Connection, now: float) -> None:
        connection.started = now
        try:
            connection.sock.sendall(self.request)
        except OSError as error:
            self.errors[f"send: {error.strerror}"] += 1

    def _take(self, connection: Connection, now: float) -> bool:
        """Read what came; True when the answer is whole (or never will be)."""
        try:
            data = connection.sock.recv(RECEIVE)
        except OSError as error:
            self.errors[f"receive: {error.strerror}"] += 1
            data = b""
        else:
            if not data:
                self.errors["closed before an answer"] += 1
        if not data:
            connection.sock.close()
            connection.buffer = b""
            return True
        if connection.buffer:
            data = connection.buffer + data
        found = self.framing.split(data)
        if found is None:
            connection.buffer = data
            return False
        connection.buffer = b""
        self.latencies.append(now - connection.started)
        start, end, body = found
        self._judge(data, end, body)
        if b"\r\nconnection: close" in data[:start].lower():
            connection.sock.close()
        return True

    def _judge(self, data: bytes, end: int, body: bytes) -> None:
        if data[8:13] != b" 200 ":
            self.errors[f"status {data[9:12].decode('latin-1')}"] += 1
        elif self.expected is None:
            self.expected, self.sample = body, body[:300].decode("latin-1")
            return
        elif body != self.expected or len(data) != end:
            self.errors["another body"] += 1
        else:
            return
        self.sample = data[:600].decode("latin-1")

    def _poller(self) -> tuple[Callable[[float], list[Connection]], Callable[[Connection], None]]:
        """What waits for readable connections, and what adds one that was opened anew."""
        if hasattr(select, "epoll"):
            epoll = select.epoll()
            table: dict[int, Connection] = {}

            def add(connection: Connection) -> None:
                table[connection.sock.fileno()] = connection
                epoll.register(connection.sock.fileno(), select.EPOLLIN)

            def ready(timeout: float) -> list[Connection]:
                return [table[fd] for fd, _ in epoll.poll(timeout)]
        else:
            selector = selectors.DefaultSelector()

            def add(connection: Connection) -> None:
                selector.register(connection.sock, selectors.EVENT_READ, connection)

            def ready(timeout: float) -> list[Connection]:
                return [key.data for key, _ in selector.select(timeout)]

        for connection in self.connections:
            add(connection)
        return ready, add

    def _outcome(self, took: float, cpu: float, warm: int) -> Outcome:
        times = sorted(self.latencies)
        count = len(times)

        def at(share: float) -> float:
            return times[min(count - 1, int(count * share))] * 1000 if times else float("nan")

        return Outcome(
            requests=count,
            seconds=round(took, 3),
            rate=count / took,
            p50_ms=at(0.5),
            p99_ms=at(0.99),
            max_ms=at(1.0),
            generator_cpu=cpu / took,
            answers=count + warm,
            reconnects=self.reconnects,
            errors=dict(self.errors),
            sample=self.sample,
        )

"""A load generator for one HTTP address on this machine: requests/s, p50, p99, and every error counted.

A closed loop over keep-alive connections: each sends its next request when the answer to the last one is
whole. An answer counts only when its status is 200 and its body is the one expected (given, or that of the
first answer). It needs nothing but Python, and it runs alone:

    python benchmarks/load.py http://127.0.0.1:5001/score --connections 64 --seconds 5 --body @iris.json \
        --header "Authorization: Bearer KEY" --pin 1
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import select
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

MAX_SECONDS = 120.0
MAX_CONNECTIONS = 1024
RECEIVE = 256 * 1024
KEPT = 2_000_000


@dataclass
class Outcome:
    """What a round gave. ``errors`` is empty when every answer was a 200 with the expected body.

    ``requests`` counts those of the measured time, ``answers`` those of the warm-up too.
    """

    requests: int
    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    generator_cpu: float
    answers: int = 0
    reconnects: int = 0
    tool: str = "own"
    errors: dict[str, int] = field(default_factory=dict)
    sample: str = ""

    def line(self) -> str:
        """One line for people."""
        text = (
            f"{self.rate:,.0f} req/s   p50 {self.p50_ms:.2f} ms   p99 {self.p99_ms:.2f} ms   "
            f"max {self.max_ms:.1f} ms   errors {sum(self.errors.values())}   requests {self.requests}   "
            f"generator {self.generator_cpu:.0%} of its core ({self.tool})"
        )
        return text + (f"\nerrors: {self.errors}\nan answer: {self.sample}" if self.errors else "")


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


def build_request(url: str, body: bytes | None, headers: dict[str, str], method: str | None = None) -> bytes:
    """The bytes of one request, sent again and again."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = {"Host": parts.netloc, **headers}
    if body is not None:
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **lines}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    verb = method or ("GET" if body is None else "POST")
    return f"{verb} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b"")


def loopback_address(url: str) -> tuple[str, int]:
    """Host and port of ``url``; raises ValueError unless they are on this machine."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    if parts.scheme != "http" or not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{url}: only http:// on this machine's loopback is loaded")
    return host, parts.port or 80


class Framing:
    """Finds where an answer ends; the spelling of Content-Length is learnt from the first one."""

    def __init__(self) -> None:
        self.marker = b""

    def split(self, data: bytes) -> tuple[int, int] | None:
        """Where the body starts and the answer ends, or None while it is not whole."""
        start = data.find(b"\r\n\r\n") + 4
        if start < 4:
            return None
        at = data.find(self.marker, 0, start) if self.marker else -1
        if at < 0:
            return self._learn(data, start)
        at += len(self.marker)
        end = start + int(data[at : data.find(b"\r", at)])
        return (start, end) if len(data) >= end else None

    def _learn(self, data: bytes, start: int) -> tuple[int, int] | None:
        head = data[:start].lower()
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            self.marker = data[at : at + 17]
            return self.split(data)
        if b"transfer-encoding: chunked" in head:
            end = data.find(b"\r\n0\r\n\r\n", start - 2)
            return (start, end + 7) if end >= 0 else None
        raise ValueError(f"an answer without a length: {data[:200]!r}")


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

    def run(self, seconds: float, warmup: float = 0.5, timeout: float = 30.0, limit: int = KEPT) -> Outcome:
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
                if now >= deadline or len(self.latencies) >= limit or sum(self.errors.values()) > 100:
                    waiting.discard(connection)
                    continue
                if connection.sock.fileno() < 0:
                    connection.open(self.address)
                    self.reconnects += 1
                    again(connection)
                self._send(connection, clock())
        self._reopen(again)

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
        self._judge(data, *found)
        if b"\r\nconnection: close" in data[: found[0]].lower():
            connection.sock.close()
        return True

    def _judge(self, data: bytes, start: int, end: int) -> None:
        body = data[start:end]
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


WRK = """
wrk.method = %(method)s
wrk.body = %(body)s
%(headers)s
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("AML %%d %%d %%f %%f %%f %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    e.connect, e.read, e.write, e.status, e.timeout))
end
"""


def _lua(data: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'


def run_wrk(url: str, body: bytes | None, headers: dict[str, str], connections: int, seconds: float) -> Outcome:
    """The same round through ``wrk``, which checks statuses, not bodies."""
    loopback_address(url)
    if body is not None:
        headers = {"Content-Type": "application/json", **headers}
    lines = "\n".join(f"wrk.headers[{_lua(k.encode())}] = {_lua(v.encode())}" for k, v in headers.items())
    method = '"GET"' if body is None else '"POST"'
    script = WRK % {"method": method, "body": "nil" if body is None else _lua(body), "headers": lines}
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s"]
        before = os.times()
        done = subprocess.run(
            [*command, file.name, url], capture_output=True, text=True, timeout=seconds + 60, check=True
        )
        after = os.times()
    numbers = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("AML ")][0]
    requests, micros, p50, p99, top, *errors = map(float, numbers)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    names = ("connect", "read", "write", "status", "timeout")
    return Outcome(
        requests=int(requests),
        seconds=micros / 1e6,
        rate=requests / micros * 1e6,
        p50_ms=p50 / 1000,
        p99_ms=p99 / 1000,
        max_ms=top / 1000,
        generator_cpu=used / (micros / 1e6),
        answers=int(requests),
        tool="wrk",
        errors={name: int(count) for name, count in zip(names, errors, strict=True) if count},
    )


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="load.py", description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warmup", type=float, default=0.5)
    parser.add_argument("--limit", type=int, default=KEPT, help="at most this many answers")
    parser.add_argument("--body", help="text, or @FILE; without it GET is sent")
    parser.add_argument("--expect", help="the body every answer must have: text, or @FILE")
    parser.add_argument("--header", action="append", default=[], metavar="'Name: value'")
    parser.add_argument("--pin", type=int, metavar="CORE", help="stay on this core (Linux)")
    parser.add_argument("--tool", choices=["own", "wrk"], default="own")
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON line")
    options = parser.parse_args(argv)
    if not 0 < options.seconds <= MAX_SECONDS or not 0 < options.connections <= MAX_CONNECTIONS:
        parser.error(f"at most {MAX_SECONDS:.0f} seconds and {MAX_CONNECTIONS} connections")
    if options.tool == "wrk" and shutil.which("wrk") is None:
        parser.error("wrk is not there: apt-get install wrk, brew install wrk, or leave --tool out")
    return options


def _content(text: str | None) -> bytes | None:
    if text is None:
        return None
    return Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()


def main(argv: list[str] | None = None) -> int:
    """Run one round and print it; 1 when anything but the expected answer came."""
    options = _arguments(argv)
    if options.pin is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {options.pin})
    body = _content(options.body)
    headers = {name.strip(): value.strip() for name, _, value in (h.partition(":") for h in options.header)}
    if options.tool == "wrk":
        outcome = run_wrk(options.url, body, headers, options.connections, options.seconds)
    else:
        request = build_request(options.url, body, headers)
        load = Load(options.url, request, options.connections, _content(options.expect))
        outcome = load.run(options.seconds, options.warmup, limit=options.limit)
    print(json.dumps(asdict(outcome)) if options.json else outcome.line())
    return 1 if outcome.errors or not outcome.requests else 0


if __name__ == "__main__":
    sys.exit(main())

"""What a service answers: routes, authentication, identification, CORS and the entry script's replies.

Paths, bodies, statuses and headers are those of v1's scoring server. Nothing here knows of sockets.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import count, zip_longest
from time import perf_counter
from typing import Protocol

from aml_nb import __version__
from aml_nb.scoring.auth import Guard
from aml_nb.scoring.batching import Merging
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.http import Head, date_line, head_bytes, message_body
from aml_nb.scoring.insights import Asked, Insights
from aml_nb.scoring.request import Reply, Request
from aml_nb.scoring.routes import Routes
from aml_nb.scoring.tallies import (
    COUNTS,
    FOREIGN,
    HEALTH,
    METRICS,
    MISSING,
    OTHER,
    SCORE,
    Counter,
    Gauges,
    Tallies,
)
from aml_nb.scoring.telemetry import WorkerLog

MAX_ID_LENGTH = 100
REVISION_HEADER = "x-aml-nb-revision"
"""Which revision of the service answers; on the answer to a health check."""
SERVER_VERSION = f"aml_nb/{__version__}"
VERSION_LINE = f"x-ms-server-version: {SERVER_VERSION}\r\n".encode()
_EVERYDAY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"x-ms-run-function-failed: False\r\nx-ms-run-fn-exec-ms: %b\r\n%b"
    b"x-request-id: %b\r\nx-ms-request-id: %b\r\n%b\r\n%b"
)
_BODILESS = (204, 304)
_ID_HEADERS = ("x-request-id", "x-ms-request-id", "x-ms-client-request-id")


class Script(Protocol):
    """An entry script that was loaded."""

    methods: tuple[str, ...]

    @property
    def merging(self) -> Merging | None: ...

    def reply(self, request: Request) -> Reply: ...

    def replies(self, requests: Sequence[Request]) -> list[Reply] | None: ...

    def swagger(self, query: str) -> Reply: ...


class Payload:
    """Bytes to send. With ``stream``, the parts of a body that comes bit by bit follow ``data``.

    ``series`` is where the request is counted once it is answered.
    """

    __slots__ = ("close", "data", "series", "stream")

    def __init__(self, data: bytes, close: bool, stream: Iterator[bytes] | None = None, series: int = 0) -> None:
        self.data = data
        self.close = close
        self.stream = stream
        self.series = series


class Application:
    """One service's answers in one worker.

    ``tallies`` are what all its workers count, ``counter`` is this one's part; ``insights`` is told of each request.
    """

    def __init__(
        self,
        config: ServerConfig,
        script: Script,
        log: WorkerLog,
        tallies: Tallies | None = None,
        counter: Counter | None = None,
        insights: Insights | None = None,
    ) -> None:
        self._config = config
        self._script = script
        self._log = log
        self._tallies = tallies
        self._counter = counter
        self._insights = insights
        self.count: Callable[[int, float], None] = _count_nothing if counter is None else counter.count
        """Gets the series of a request that was answered, and how many seconds that took."""
        self.merging = script.merging
        self.guard = Guard(config.auth, config.name, config.keys_file)
        self._ids = count(1)
        self._id_start = str(uuid.uuid4())[:24]
        self._routes = Routes(config)
        self._origins = {o.strip() for o in (config.cors_origins or "").split(",") if o.strip()}
        self.draining = False
        self.requests = 0
        self.failures = 0

    def route(self, head: Head) -> int:
        """Decide once a head where its requests go."""
        route = self._routes.of(head)
        head.route = route
        head.plain = self._is_plain(head)
        return route

    def direct(self, head: Head) -> Payload | None:
        """The answer to what needs no entry script; None for what does."""
        route = head.route if head.route is not None else self.route(head)
        if route == SCORE and head.method in self._script.methods:
            return self._refusal(head)
        return self._finish(head, self._fixed(head, int(route)), None)

    def _refusal(self, head: Head) -> Payload | None:
        """Why a request for the entry script may not pass: an unfit id (431) or a wrong key (401)."""
        headers = head.headers
        for name in () if head.plain and "x-request-id" not in headers else _ID_HEADERS:
            if len(headers.get(name, "")) > MAX_ID_LENGTH:
                reply = Reply(431, message_body(f"{name} must not exceed {MAX_ID_LENGTH} characters"))
                return self._finish(head, reply, None)
        if self.guard.open:
            return None
        refusal = self.guard.refusal(head.headers.get("authorization"))
        return None if refusal is None else self._finish(head, self._unauthorized(refusal), None)

    @staticmethod
    def _unauthorized(why: str) -> Reply:
        return Reply(401, message_body(why), headers=[("WWW-Authenticate", "Bearer")])

    def _fixed(self, head: Head, route: int) -> Reply:
        method = head.method
        if route == FOREIGN:
            host = head.headers.get("host", "")
            return Reply(403, message_body(f"This service does not answer for the host {host!r}."))
        if route == MISSING:
            return Reply(404, message_body(f"No such path: {head.path}. Score with POST {self._config.scoring_path}."))
        allowed = self._script.methods if route == SCORE else ("GET", "HEAD")
        allow = [("Allow", ", ".join(dict.fromkeys((*allowed, "OPTIONS"))))]
        if method == "OPTIONS":
            return Reply(200, b"", "text/html; charset=utf-8", allow)
        if method not in allowed:
            return Reply(405, message_body("The method is not allowed for the requested URL."), headers=allow)
        if route == HEALTH:
            revision = [(REVISION_HEADER, str(self._config.revision))]
            return Reply(200, b"Healthy", "text/html; charset=utf-8", revision)
        refusal = self.guard.refusal(head.headers.get("authorization"))
        if refusal is not None:
            return self._unauthorized(refusal)
        return self._metrics(head) if route == METRICS else self._script.swagger(head.query)

    def _metrics(self, head: Head) -> Reply:
        """The figures of the whole service, for Prometheus."""
        from aml_nb.scoring import exposition

        tallies, config = self._tallies, self._config
        kind = exposition.content_type(head.headers.get("accept", ""))
        snapshot, gauges = ({}, Gauges()) if tallies is None else (tallies.snapshot(), tallies.gauges)
        return Reply(200, exposition.expose(snapshot, gauges, config.name, config.scoring_path, kind), kind)

    def score(self, head: Head, body: bytes, began: float | None = None) -> Payload:
        """Call the entry script and wrap up what it returned or raised; ``began`` is when the request had come."""
        if self._insights is not None:
            return self._observed(self._insights, head, body, began)
        started = perf_counter()
        reply = self._script.reply(Request(head.method, head.path, head.query, head.headers, body))
        return self._finish(head, reply, (perf_counter() - started) * 1000)

    def _observed(self, insights: Insights, head: Head, body: bytes, began: float | None) -> Payload:
        """As ``score``; what the script prints meanwhile belongs to the request."""
        asked = Asked(self._identity(head), head, body, began)
        with insights.meanwhile([asked]):
            started = perf_counter()
            reply = self._script.reply(Request(head.method, head.path, head.query, head.headers, body))
            took = (perf_counter() - started) * 1000
        return self._finish(head, reply, took, asked=asked)

    def score_together(self, asked: Sequence[tuple[Head, bytes, float]]) -> list[Payload] | None:
        """The same for several requests by one call; None where each has to be scored by itself."""
        insights = self._insights
        known = [] if insights is None else [Asked(self._identity(h), h, body, began) for h, body, began in asked]
        with nullcontext() if insights is None else insights.meanwhile(known):
            started = perf_counter()
            replies = self._script.replies(
                [Request(h.method, h.path, h.query, h.headers, body) for h, body, _ in asked]
            )
            took = (perf_counter() - started) * 1000
        if replies is None:
            return None
        return [
            self._finish(head, reply, took, asked=one)
            for (head, _, _), reply, one in zip_longest(asked, replies, known)
        ]

    def _identity(self, head: Head) -> str:
        return head.headers.get("x-request-id") or f"{self._id_start}{next(self._ids):012x}"

    def problem(self, head: Head, status: int, message: str, *, failed: bool = False, close: bool = False) -> Payload:
        """An answer that the server gives in the entry script's stead; ``failed`` where ``run()`` is to blame."""
        asked = None if self._insights is None or not failed else self._insights.called_off(head, message)
        return self._finish(head, Reply(status, message_body(message), run_failed=failed), None, close, asked)

    def _finish(
        self, head: Head, reply: Reply, took_ms: float | None, close: bool = False, asked: Asked | None = None
    ) -> Payload:
        """Add what identifies the request, count it, log it. ``took_ms`` is the time of ``run()``."""
        headers = head.headers
        if asked is None:
            identity = headers.get("x-request-id") or f"{self._id_start}{next(self._ids):012x}"
        else:
            identity = asked.identity
        close = close or self.draining or not head.keep_alive
        body, status = reply.body, reply.status
        size = len(body) if isinstance(body, bytes) else -1
        self.requests += 1
        series = head.series.get(status)
        if series is None:
            series = self._series(head, status)
        if status >= 500:
            self.failures += 1
        took = "0.000" if took_ms is None else f"{took_ms:.3f}"
        if status != 200 or head.route not in (HEALTH, METRICS):
            self._log.add("I", f"{head.line} {status} {took}ms {size} {identity}")
        if self._insights is not None and head.route == SCORE:
            self._insights.request(asked or Asked(identity, head), reply, took_ms)
        if (
            head.plain
            and took_ms is not None
            and status == 200
            and size >= 0
            and not (close or reply.headers or reply.run_failed)
            and reply.content_type == "application/json"
        ):
            mark = identity.encode("latin-1", "replace")
            values = (size, took.encode(), VERSION_LINE, mark, mark, date_line(), body)
            return Payload(_EVERYDAY % values, False, None, series)
        payload = self._full(head, reply, identity, took_ms, close)
        payload.series = series
        return payload

    def _series(self, head: Head, status: int) -> int:
        """Where answers of this status to this head are counted."""
        if self._counter is None:
            return 0
        route = OTHER if head.route is None else head.route
        if route == METRICS and head.headers.get("accept") == COUNTS:
            return self._counter.nowhere
        series = head.series[status] = self._counter.series(route, head.method, status)
        return series

    def _is_plain(self, head: Head) -> bool:
        """Whether JSON from ``run()`` needs no header for this head but the everyday ones."""
        unusual = {"x-ms-client-request-id", "x-ms-request-id"} & head.headers.keys()
        return head.version == "1.1" and head.method != "HEAD" and not unusual and not self._origins

    def _full(self, head: Head, reply: Reply, identity: str, took_ms: float | None, close: bool) -> Payload:
        headers = [("Content-Type", reply.content_type), *reply.headers]
        given = {name.lower() for name, _ in headers}
        client = head.headers.get("x-ms-client-request-id") or head.headers.get("x-ms-request-id")
        own = [
            ("x-ms-run-function-failed", str(reply.run_failed)),
            ("x-ms-run-fn-exec-ms", None if took_ms is None else f"{took_ms:.3f}"),
            ("x-ms-server-version", SERVER_VERSION),
            ("x-request-id", identity[:MAX_ID_LENGTH]),
            ("x-ms-request-id", (head.headers.get("x-ms-request-id") or client or identity)[:MAX_ID_LENGTH]),
            ("x-ms-client-request-id", client and client[:MAX_ID_LENGTH]),
            *self._cors(head),
        ]
        headers += [(name, value) for name, value in own if value is not None and name.lower() not in given]
        headers = [pair for pair in headers if pair[0].lower() not in ("content-length", "transfer-encoding")]
        body = b"" if reply.status in _BODILESS else reply.body
        if isinstance(body, bytes):
            if reply.status not in _BODILESS:
                headers.append(("Content-Length", str(len(body))))
            data = self._head(reply.status, headers, not close, head.version)
            return Payload(data if head.method == "HEAD" else data + body, close)
        if head.version == "1.0":
            return Payload(
                self._head(reply.status, headers, False, "1.0"), True, None if head.method == "HEAD" else body
            )
        headers.append(("Transfer-Encoding", "chunked"))
        data = self._head(reply.status, headers, not close, "1.1")
        return Payload(data, close, None if head.method == "HEAD" else _chunks(body))

    def _head(self, status: int, headers: list[tuple[str, str]], keep_alive: bool, version: str) -> bytes:
        try:
            return head_bytes(status, headers, keep_alive, version)
        except ValueError as error:
            self._log.add("E", f"{error} The header is left out.")
            clean = [(n, v) for n, v in headers if not set("\r\n\0") & set(f"{n}{v}")]
            return head_bytes(status, clean, keep_alive, version)

    def _cors(self, head: Head) -> list[tuple[str, str]]:
        origin = head.headers.get("origin")
        if not self._origins or origin is None:
            return []
        if "*" not in self._origins and origin not in self._origins:
            return []
        pairs = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        if head.method == "OPTIONS":
            asked = head.headers.get("access-control-request-headers", "*")
            pairs += [("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", asked)]
        return pairs


def _count_nothing(series: int, seconds: float) -> None:
    """Nobody wants to know."""


def _chunks(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Wrap each part as a chunk (RFC 9112, section 7.1); the last one is empty."""
    for part in parts:
        if part:
            yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"

"""What a service tells of its requests where ``enable_app_insights`` is on: requests, traces and exceptions.

Each is a line of JSON in a file of its kind. The names of what is told are those of OpenTelemetry's conventions, where
there are any; ``request_id`` is what the caller got as ``x-ms-request-id``.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from time import monotonic
from typing import Any

from aml_nb.errors import AmlError
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.http import Head
from aml_nb.scoring.lines_file import LinesFile
from aml_nb.scoring.request import Reply

REQUESTS, TRACES, EXCEPTIONS = "requests", "traces", "exceptions"
KINDS = (REQUESTS, TRACES, EXCEPTIONS)
BODY_CHARACTERS = 2048
_MOST_TEXT = 16_384
_MOST_PATHS = 1024
_TOGETHER = 256
_LONGEST_S = 0.5
_FAILED = 500
_LEAST = (0, 1, "TRACE")
_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_SEVERITIES = (
    (50, 21, "FATAL"),
    (40, 17, "ERROR"),
    (30, 13, "WARN"),
    (20, 9, "INFO"),
    (10, 5, "DEBUG"),
    (0, 1, "TRACE"),
)


class Asked:
    """A request from the moment that it is known: ``began`` is when it had come (monotonic seconds)."""

    __slots__ = ("began", "body", "head", "identity")

    def __init__(self, identity: str, head: Head, body: bytes = b"", began: float | None = None) -> None:
        self.identity = identity
        self.head = head
        self.body = body
        self.began = monotonic() if began is None else began

    @property
    def request_id(self) -> str:
        """What the caller gets as ``x-ms-request-id``."""
        headers = self.head.headers
        return headers.get("x-ms-request-id") or headers.get("x-ms-client-request-id") or self.identity


class Insights:
    """Collects what one process tells, and writes it when there is a moment.

    Parameters
    ----------
    folder : where the files are; None keeps nothing, but knows which request is being computed.
    config : of the service.

    ``running`` are the requests that are being computed: what the script prints belongs to them. ``after`` is called
    when they have been.
    """

    def __init__(self, folder: str | Path | None, config: ServerConfig) -> None:
        self._files = {} if folder is None else {kind: LinesFile(Path(folder) / f"{kind}.jsonl") for kind in KINDS}
        self._root = os.path.realpath(config.app_root) + os.sep
        self._short: dict[str, str] = {}
        self._lines: deque[tuple[str, dict[str, Any]]] = deque()
        self._flushed = monotonic()
        self._service = {
            "service.name": config.name,
            "service.version": str(config.revision),
            "service.instance.id": f"{os.uname().nodename}:{os.getpid()}",
        }
        self.running: Sequence[Asked] = ()
        self.after: Callable[[], None] = lambda: None
        self._off: list[Asked] = []

    @contextmanager
    def meanwhile(self, running: Sequence[Asked]) -> Iterator[None]:
        """While the script computes these requests."""
        self.running, self._off = running, list(running)
        try:
            yield
        finally:
            self.after()
            self.running = ()

    def called_off(self, head: Head, message: str) -> Asked | None:
        """The next of the requests that are being computed, whose time is over; None where there is none."""
        asked = next((asked for asked in self._off if asked.head is head), None)
        if asked is not None:
            self._off.remove(asked)
            self.told("ScoringTimeout", message)
        return asked

    def request(self, asked: Asked, reply: Reply, run_ms: float | None) -> None:
        """A request was answered; ``run_ms`` is the time of ``run()``, None where it was not called."""
        head, body, status = asked.head, reply.body, reply.status
        headers = head.headers
        took = monotonic() - asked.began
        facts: dict[str, Any] = {
            "name": head.line,
            "request_id": asked.request_id,
            "client_request_id": headers.get("x-ms-client-request-id"),
            "duration_ms": round(took * 1000, 3),
            "run_ms": None if run_ms is None else round(run_ms, 3),
            "success": status < 400,
            "http.request.method": head.method,
            "http.response.status_code": status,
            "http.route": head.path,
            "url.path": head.path,
            "url.query": head.query or None,
            "url.scheme": "http",
            "network.protocol.version": head.version,
            "user_agent.original": headers.get("user-agent"),
            "http.request.body.size": len(asked.body),
            "http.response.body.size": len(body) if isinstance(body, bytes) else None,
            "error.type": str(status) if status >= _FAILED else None,
            "request_body": _shown(asked.body),
            "response_body": _shown(body) if isinstance(body, bytes) else None,
        }
        self._add(REQUESTS, time.time() - took, {**facts, **_parents([asked])})

    def trace(self, message: str, level: int, source: str, scope: str | None, path: str | None, line: int) -> None:
        """The script printed or logged; ``level`` is logging's, ``source`` says by which way."""
        path = None if path is None else self._short.get(path) or self._shortened(path)
        number, text = next((found for found in _SEVERITIES if level >= found[0]), _LEAST)[1:]
        facts = {
            "message": message[:_MOST_TEXT],
            "severity_text": text,
            "severity_number": number,
            "source": source,
            "otel.scope.name": scope,
            "code.file.path": path,
            "code.line.number": line or None,
        }
        self._add(TRACES, time.time(), {**facts, **self._belonging()})

    def _shortened(self, path: str) -> str:
        """The path of a file of the user's as they know it."""
        real = os.path.realpath(path)
        if len(self._short) >= _MOST_PATHS:  # code that is made on the way can have a name of its own each time
            self._short.clear()
        self._short[path] = real.removeprefix(self._root)
        return self._short[path]

    def exception(self, error: BaseException, cause: BaseException | None = None) -> None:
        """The script failed; ``error`` is how the server tells it, ``cause`` what was raised."""
        raised = cause or error.__cause__ or error
        source = getattr(error, "source", None)
        stack = getattr(error, "traceback", "") or ""
        facts = {
            "exception.type": _type_of(raised),
            "exception.message": _text_of(raised)[:_MOST_TEXT],
            "exception.stacktrace": stack[:_MOST_TEXT],
            "code.file.path": source.path if source else None,
            "code.line.number": source.line if source else None,
            "source_line": _line_of(source),
        }
        self._add(EXCEPTIONS, time.time(), {**facts, **self._belonging()})

    def told(self, kind: str, message: str) -> None:
        """Something that is no exception of Python's: a worker's death, a time that was over."""
        facts = {"exception.type": kind, "exception.message": message[:_MOST_TEXT]}
        self._add(EXCEPTIONS, time.time(), {**facts, **self._belonging()})

    def _belonging(self) -> dict[str, Any]:
        running = self.running
        if not running:
            return {}
        facts: dict[str, Any] = {"request_id": running[0].request_id, **_parents(running)}
        if len(running) > 1:
            facts["request_ids"] = [asked.request_id for asked in running]
        return facts

    def _add(self, kind: str, moment: float, facts: dict[str, Any]) -> None:
        if not self._files:
            return
        stamp = datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="microseconds")
        known = {name: value for name, value in facts.items() if value is not None}
        self._lines.append((kind, {"time": stamp, **known, **self._service}))
        if len(self._lines) >= _TOGETHER or monotonic() - self._flushed > _LONGEST_S:
            self.flush()

    def flush(self) -> None:
        """Write what has come together. Threads may call it at once; a line is written by one of them."""
        self._flushed = monotonic()
        found: dict[str, list[bytes]] = {}
        while self._lines:
            try:
                kind, facts = self._lines.popleft()
            except IndexError:
                break
            line = json.dumps(facts, ensure_ascii=False).encode("utf-8", "replace")  # of half a character, a "?"
            found.setdefault(kind, []).append(line + b"\n")
        for kind, lines in found.items():
            self._files[kind].write(b"".join(lines))


_current: list[Insights] = []


def begin(insights: Insights) -> Insights:
    """From now on these are this process's."""
    _current[:] = [insights]
    return insights


def _after_fork() -> None:
    """What a process that the script forks has of its parent's is the parent's to tell."""
    for insights in _current:
        insights._lines.clear()


os.register_at_fork(after_in_child=_after_fork)


def current_request_id() -> str | None:
    """The id of the request that is being computed; None where there is none, or several."""
    running = _current[0].running if _current else ()
    return running[0].request_id if len(running) == 1 else None


def _shown(body: bytes) -> str | None:
    """The beginning of a body, as text."""
    return body[:BODY_CHARACTERS].decode("utf-8", "replace") if body else None


def _parents(running: Sequence[Asked]) -> dict[str, str]:
    """The trace that the caller is in (W3C's ``traceparent``)."""
    found = _PARENT.fullmatch(running[0].head.headers.get("traceparent", "").strip())
    return {} if found is None else {"trace_id": found[1], "parent_span_id": found[2]}


def _type_of(error: BaseException) -> str:
    cls = type(error)
    return cls.__qualname__ if cls.__module__ in ("builtins", "__main__") else f"{cls.__module__}.{cls.__qualname__}"


def _text_of(error: BaseException) -> str:
    try:
        return error.message if isinstance(error, AmlError) else str(error)
    except Exception:
        return ""


def _line_of(source: Any) -> str | None:
    """The script's line that failed."""
    if source is None:
        return None
    number = source.line - source.first
    return source.lines[number].strip() if 0 <= number < len(source.lines) else None

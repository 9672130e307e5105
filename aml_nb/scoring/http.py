"""HTTP/1.1 as bytes: request heads in, replies out (RFC 9112).

llhttp (through httptools) reads every head that was not seen before, strictly. What it made of a head is
kept, for a client that holds its connection sends the same head again and again; finding it again costs a
dictionary lookup. Nothing about the request's body or its right to be answered is kept with it.
"""

from __future__ import annotations

import json
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools

MAX_HEAD_BYTES = 32 * 1024
_KEPT_HEADS = 512
_KEPT_HEAD_BYTES = 4 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNKED = -1
_CHUNKED_HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


class HttpError(Exception):
    """What came in is no request that can be answered; the connection is closed after ``status``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Head:
    """A request's first line and headers. ``length`` is the body's bytes, or CHUNKED.

    ``line`` is what a log may hold of it. ``route``, ``plain`` and ``series`` are for the application to note what
    it made of the head, and where its requests are counted by the status of their answer.
    """

    __slots__ = (
        "expect",
        "headers",
        "keep_alive",
        "length",
        "line",
        "method",
        "path",
        "query",
        "plain",
        "route",
        "series",
        "version",
    )

    def __init__(self, method: str, target: bytes, version: str, keep_alive: bool) -> None:
        self.method = method
        self.version = version
        self.keep_alive = keep_alive
        try:
            url = httptools.parse_url(target)
        except httptools.HttpParserError:
            raise HttpError(400, "The request's target is no URL.") from None
        path = (url.path or b"/").decode("latin-1")
        self.path = unquote(path)
        self.line = f"{method} {path}"
        self.query = (url.query or b"").decode("latin-1")
        self.headers: dict[str, str] = {}
        self.length = 0
        self.expect = False
        self.route: Any = None
        self.series: dict[int, int] = {}
        self.plain = False


class _HeadReader:
    """httptools' callbacks for one head."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: dict[str, str] = {}
        self.complete = False

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1").strip()
        if key in self.headers:
            if key == "host":
                raise HttpError(400, "The request has two Host headers.")
            text = f"{self.headers[key]}, {text}"
        self.headers[key] = text

    def on_headers_complete(self) -> None:
        self.complete = True


class HeadCache:
    """Parses heads, and remembers what they said."""

    def __init__(self) -> None:
        self._kept: dict[bytes, Head] = {}
        self.get = self._kept.get

    def parse(self, raw: bytes) -> Head:
        """Read the head ``raw`` (it ends in an empty line); HttpError where it breaks HTTP's rules."""
        check_head_size(raw)
        head = _parse_head(raw)
        if len(raw) <= _KEPT_HEAD_BYTES:
            if len(self._kept) >= _KEPT_HEADS:
                self._kept.clear()
            self._kept[raw] = head
        return head


def check_head_size(data: bytes) -> None:
    """HttpError 431 where a head, or the beginning of one, is larger than any client needs."""
    if len(data) > MAX_HEAD_BYTES:
        raise HttpError(431, f"The request's head is larger than {MAX_HEAD_BYTES} bytes.")


def _parse_head(raw: bytes) -> Head:
    reader = _HeadReader()
    parser = httptools.HttpRequestParser(reader)
    try:
        parser.feed_data(raw)
    except httptools.HttpParserUpgrade:
        pass  # a request that would like to speak another protocol is answered in this one
    except httptools.HttpParserCallbackError as error:
        cause = error.__context__
        raise (cause if isinstance(cause, HttpError) else HttpError(400, "The request's head is malformed.")) from None
    except httptools.HttpParserError as error:
        raise HttpError(400, f"The request's head is malformed: {error}.") from None
    if not reader.complete:
        raise HttpError(400, "The request's head is malformed.")
    version = parser.get_http_version()
    if version not in ("1.0", "1.1"):
        raise HttpError(505, f"HTTP/{version} is not spoken here.")
    head = Head(parser.get_method().decode(), reader.target, version, _keeps_alive(version, reader.headers))
    head.headers = reader.headers
    head.length = _body_length(version, reader.headers)
    if version == "1.1" and "host" not in reader.headers:
        raise HttpError(400, "The request has no Host header.")
    head.expect = reader.headers.get("expect", "").lower() == "100-continue"
    return head


def _keeps_alive(version: str, headers: dict[str, str]) -> bool:
    words = [word.strip() for word in headers.get("connection", "").lower().split(",")]
    return "close" not in words if version == "1.1" else "keep-alive" in words


def _body_length(version: str, headers: dict[str, str]) -> int:
    coding = headers.get("transfer-encoding")
    if coding is not None:
        if coding.lower() != "chunked" or "content-length" in headers or version == "1.0":
            raise HttpError(400, f"The transfer coding {coding!r} is not understood.")
        return CHUNKED
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise HttpError(400, f"Content-Length {text!r} is no number.")
    return int(text)


class ChunkedBody:
    """Collects a body that comes in chunks; ``done`` when it is whole.

    The parser is shown a plain head instead of the request's own: one that offers to speak another protocol
    would make it skip the body.
    """

    def __init__(self, limit: int) -> None:
        self._body = bytearray()
        self._limit = limit
        self.done = False
        self._parser = httptools.HttpRequestParser(self)
        self.feed(_CHUNKED_HEAD)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the connection."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            raise (cause if isinstance(cause, HttpError) else HttpError(400, "The body is malformed.")) from None
        except httptools.HttpParserError as error:
            raise HttpError(400, f"The body is malformed: {error}.") from None

    def on_message_begin(self) -> None:
        if self.done:
            raise HttpError(400, "A request may not follow a chunked body before that is answered.")

    def on_body(self, part: bytes) -> None:
        if len(self._body) + len(part) > self._limit:
            raise HttpError(413, f"The body is larger than {self._limit} bytes.")
        self._body += part

    def on_message_complete(self) -> None:
        self.done = True

    def body(self) -> bytes:
        """The whole body."""
        return bytes(self._body)


class _Clock:
    """The Date header, made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._line = b""

    def line(self) -> bytes:
        now = int(time.time())
        if now != self._second:
            self._line = b"Date: %b\r\n" % formatdate(now, usegmt=True).encode()
            self._second = now
        return self._line


date_line = _Clock().line


def head_bytes(status: int, headers: list[tuple[str, str]], keep_alive: bool, version: str) -> bytes:
    """A reply's status line and headers, ready to be sent.

    A header's text that holds a line break would let a script's value add headers: it is refused.
    """
    lines = [b"HTTP/1.1 %d %b\r\n" % (status, _REASONS.get(status, b"Unknown")), date_line()]
    for name, value in headers:
        text = f"{name}: {value}"
        if "\r" in text or "\n" in text or "\0" in text:
            raise ValueError(f"The response header {name!r} holds a line break.")
        lines.append(text.encode("latin-1", "replace") + b"\r\n")
    if not keep_alive:
        lines.append(b"Connection: close\r\n")
    elif version == "1.0":
        lines.append(b"Connection: keep-alive\r\n")
    lines.append(b"\r\n")
    return b"".join(lines)


def message_body(message: str) -> bytes:
    """An error's body, as v1's server writes it."""
    return json.dumps({"message": message}).encode()

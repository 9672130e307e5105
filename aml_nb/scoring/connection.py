"""One client's connection: bytes in, whole requests out, replies back."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

from aml_nb.scoring.http import CHUNKED, CONTINUE, ChunkedBody, Head, HeadCache, HttpError, check_head_size

_READ_BYTES = 64 * 1024
_LARGE_READ_BYTES = 1024 * 1024
_SEND_PATIENCE_S = 30.0


class Connection:
    """``busy`` while a request of it is with the entry script; what comes meanwhile waits in ``buffer``."""

    __slots__ = (
        "_body",
        "_chunked",
        "_head",
        "_missing",
        "_out",
        "buffer",
        "busy",
        "closing",
        "fd",
        "gone",
        "health_only",
        "mask",
        "recv",
        "send",
        "since",
        "sock",
    )

    def __init__(self, sock: socket.socket, now: float, health_only: bool = False) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.recv = sock.recv
        self.send = sock.send
        self.buffer = b""
        self.busy = False
        self.closing = False
        self.gone = False
        self.health_only = health_only
        self.mask = 0
        self.since = now
        self._head: Head | None = None
        self._body: list[bytes] = []
        self._missing = 0
        self._chunked: ChunkedBody | None = None
        self._out = b""

    @property
    def idle(self) -> bool:
        """Nothing of a request has come, nothing of a reply is left to send."""
        return not (self.busy or self.buffer or self._head or self._out or self.closing)

    @property
    def unsent(self) -> bool:
        return bool(self._out)

    def read(self) -> bool:
        """Take what has come; False where the client has closed its side."""
        try:
            data = self.recv(min(self._missing, _LARGE_READ_BYTES) if self._missing > _READ_BYTES else _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        if not data:
            return False
        if self._missing:
            self._body.append(data)
            self._missing -= len(data)
        elif self.buffer:
            self.buffer += data
        else:
            self.buffer = data
        return True

    def take(self, heads: HeadCache, max_body: int) -> tuple[Head, bytes] | None:
        """The next whole request, or None while more has to come. HttpError where it is no request."""
        if self._head is None:
            data = self.buffer
            end = data.find(b"\r\n\r\n")
            if end < 0:
                check_head_size(data)
                return None
            end += 4
            raw = data[:end]
            head = heads.get(raw) or heads.parse(raw)
            length = head.length
            if length >= 0 and len(data) - end >= length:
                if length > max_body:
                    raise HttpError(413, f"The body has {length} bytes; this service takes {max_body} at most.")
                stop = end + length
                self.buffer = data[stop:]
                return head, data[end:stop]
            self._begin(head, data[end:], max_body)
        return self._continue()

    def _begin(self, head: Head, rest: bytes, max_body: int) -> None:
        if head.length > max_body:
            raise HttpError(413, f"The body has {head.length} bytes; this service takes {max_body} at most.")
        self._head = head
        if head.length == CHUNKED:
            self._chunked = ChunkedBody(max_body)
            self.buffer = rest
        else:
            self._body = [rest]
            self._missing = head.length - len(rest)
            self.buffer = b""
        if head.expect and not rest:
            self.reply(CONTINUE)

    def _continue(self) -> tuple[Head, bytes] | None:
        head = self._head
        assert head is not None
        if self._chunked is not None:
            data, self.buffer = self.buffer, b""
            if data:
                self._chunked.feed(data)
            if not self._chunked.done:
                return None
            body = self._chunked.body()
        elif self._missing > 0:
            return None
        else:
            whole = b"".join(self._body)
            body, self.buffer = whole[: head.length], whole[head.length :]
        self._head, self._chunked, self._body, self._missing = None, None, [], 0
        return head, body

    def reply(self, data: bytes) -> bool:
        """Send ``data``; False while some of it waits for the client to read."""
        if self._out:
            self._out += data
            return False
        try:
            sent = self.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.gone = True
            return True
        if sent == len(data):
            return True
        self._out = data[sent:]
        return False

    def flush(self) -> bool:
        """Send more of what waits; True when nothing is left."""
        data, self._out = self._out, b""
        return self.reply(data) if data else True

    def stream(self, first: bytes, parts: Iterator[bytes]) -> None:
        """Send a reply bit by bit, waiting for the client as long as it goes on reading."""
        self._send_all(first)
        for part in parts:
            if self.gone:
                break
            self._send_all(part)

    def _send_all(self, data: bytes) -> None:
        while not self.reply(data) and not self.gone:
            data, self._out = self._out, b""
            poll = select.poll()
            poll.register(self.fd, select.POLLOUT)
            if not poll.poll(_SEND_PATIENCE_S * 1000):
                self.gone = True

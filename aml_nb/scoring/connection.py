"""One client's connection: bytes in, whole requests out, replies back.

Where the system lets a poller tell of arrivals once (``peeks``), a request is looked at and left in the kernel until
its reply is sent: should the worker die, it is still there for another to answer. One that is larger than LEFT_BYTES,
or comes in chunks, is taken as it comes.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

from aml_nb.scoring.http import CHUNKED, CONTINUE, ChunkedBody, Head, HeadCache, HttpError, check_head_size
from aml_nb.scoring.ledger import TAKEN

LEFT_BYTES = 64 * 1024
"""Up to so many bytes of a request are left in the kernel: it has room for them without making any."""

_READ_BYTES = LEFT_BYTES
_LOOKS = 32
_LARGE_READ_BYTES = 1024 * 1024
_SEND_PATIENCE_S = 30.0
_PEEK = socket.MSG_PEEK
_DISCARD = socket.MSG_TRUNC


class Connection:
    """``busy`` while a request of it is with the entry script; what comes meanwhile waits.

    ``owed`` bytes of that request are still in the kernel; ``taken`` where some were taken from there before their
    reply was sent. ``stirred``: something came that was not looked at yet; ``ended``: the client will send no more.
    ``slot`` and ``number`` are its place in the worker's ledger, whose ``marks`` tell what is to be known when the
    worker has died; ``queued`` is since when its request waits, where that began in another worker.
    """

    __slots__ = (
        "_body",
        "_chunked",
        "_continued",
        "_head",
        "_looks",
        "_missing",
        "_out",
        "_peeks",
        "began",
        "buffer",
        "busy",
        "closing",
        "ended",
        "fd",
        "gone",
        "health_only",
        "marks",
        "mask",
        "number",
        "owed",
        "queued",
        "recv",
        "send",
        "since",
        "slot",
        "sock",
        "stirred",
        "taken",
    )

    def __init__(self, sock: socket.socket, now: float, health_only: bool = False, peeks: bool = False) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.recv = sock.recv
        self.send = sock.send
        self.buffer = b""
        self.busy = False
        self.closing = False
        self.ended = False
        self.gone = False
        self.health_only = health_only
        self.mask = 0
        self.since = now
        self.queued = 0.0
        self.began = now
        self.slot = self.number = 0
        self.marks: bytearray | memoryview = bytearray(1)
        self.owed = 0
        self.taken = False
        self.stirred = False
        self._peeks = peeks
        self._continued = False
        self._looks = 0
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
    def receiving(self) -> bool:
        """Part of a request was taken, and more is to come."""
        return self._head is not None

    @property
    def unsent(self) -> bool:
        return bool(self._out)

    @property
    def clean(self) -> bool:
        """All that is unanswered is in the kernel, so that another process can go on with it."""
        return not (self.taken or self._head or self._out or self.closing or self.gone) and (
            self._peeks or not (self.buffer or self.busy)
        )

    def read(self) -> bool:
        """Look at what has come, or take it; False where the client has closed its side."""
        if self._head is not None or not self._peeks:
            return self._read_on()
        try:
            data = self.recv(_READ_BYTES, _PEEK)
        except (BlockingIOError, InterruptedError):
            self.buffer = b""
            return True
        except OSError:
            return False
        if not data:
            return False
        self.buffer = data
        if len(data) >= _READ_BYTES:
            self.stirred = True  # there may be more, of which the poller tells nothing more
        return True

    def _read_on(self) -> bool:
        """Take what has come."""
        missing = self._missing
        size = min(missing, _LARGE_READ_BYTES) if missing > _READ_BYTES or self._peeks and missing else _READ_BYTES
        try:
            data = self.recv(size)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        if not data:
            return False
        self.taken = True
        if missing:
            self._body.append(data)
            self._missing -= len(data)
        elif self.buffer:
            self.buffer += data
        else:
            self.buffer = data
        return True

    def abandon(self) -> None:
        """Owe all that was looked at: a connection that is closed on unread bytes takes its reply back."""
        if self._peeks:
            self.owed += len(self.buffer)
            self.buffer = b""

    def consume(self) -> None:
        """Take the request that is being answered from the kernel."""
        owed = self.owed
        self.owed = 0
        try:
            self.recv(owed, _DISCARD)
            if self._looks:
                self._looks, self._continued = 0, False
        except OSError:
            self.gone = True

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
                if self._peeks:
                    self.owed = stop
                return head, data[end:stop]
            if self._peeks and 0 <= length <= max_body and self._leaves(end + length):
                self._urge(head, data[end:])
                return None
            self._begin(head, data[end:], max_body)
        return self._continue()

    def _leaves(self, size: int) -> bool:
        """Whether a request of this size is left in the kernel until it is whole; after some looks it is not."""
        if size > LEFT_BYTES or self._looks >= _LOOKS:
            return False
        self._looks += 1
        return True

    def hurry(self) -> bool:
        """Have a request taken that does not get whole in the kernel; False where there is none."""
        if self.busy or self._looks in (0, _LOOKS):
            return False
        self._looks = _LOOKS
        return True

    def _urge(self, head: Head, rest: bytes) -> None:
        """Let a client go on that waits with its body for a word (RFC 9110, section 10.1.1), once."""
        if head.expect and not rest and not self._continued:
            self._continued = True
            self.reply(CONTINUE)

    def _begin(self, head: Head, rest: bytes, max_body: int) -> None:
        if head.length > max_body:
            raise HttpError(413, f"The body has {head.length} bytes; this service takes {max_body} at most.")
        if self._peeks:
            self.marks[self.slot] = TAKEN  # first: whoever goes on after this process must not begin amid a body
            self.owed = len(self.buffer)
            self.consume()
            self.taken = True
        self._head = head
        if head.length == CHUNKED:
            self._chunked = ChunkedBody(max_body)
            self.buffer = rest
        else:
            self._body = [rest]
            self._missing = head.length - len(rest)
            self.buffer = b""
        self._urge(head, rest)
        if self._peeks:
            self.stirred = False
            self._read_on()  # an end of the connection is told of by the poller as well

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
        self._continued = False
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

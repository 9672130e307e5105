"""What a driver and a worker say to each other: messages over a socket, each with facts in JSON and a body of bytes.

JSON, because the two may run different Pythons, and because what comes from a script's process is never unpickled.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from typing import Any, NamedTuple

HELLO = b"H"
BATCH = b"B"
DROP = b"D"
WHERE = b"W"
QUIT = b"Q"
"""What the driver says: the settings; a mini-batch; take one back; which line is running; end."""

READY = b"R"
UNFIT = b"U"
OUTCOME = b"O"
DROPPED = b"d"
THERE = b"w"
BYE = b"q"
"""What the worker says: init() is done, or will never be; what became of a mini-batch; it was taken back; the line;
shutdown() is done."""

_HEAD = struct.Struct("<cIQ")
_CHUNK = 1 << 16


class Message(NamedTuple):
    """One message."""

    kind: bytes
    facts: dict[str, Any]
    body: bytes


class Line:
    """One end of the socket. Several threads may send; one receives."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._sending = threading.Lock()
        self._buffer = bytearray()
        self._arrival, self._room = select.poll(), select.poll()
        self._arrival.register(sock, select.POLLIN)
        self._room.register(sock, select.POLLOUT)

    def send(
        self, kind: bytes, facts: dict[str, Any] | None = None, body: bytes = b"", until: float | None = None
    ) -> None:
        """Say something.

        Parameters
        ----------
        until : when to give up, by ``time.monotonic``; what was sent in part makes the line useless.

        Raises
        ------
        OSError : the other side is gone, or (TimeoutError) does not listen.
        """
        text = json.dumps(facts or {}).encode()
        head = _HEAD.pack(kind, len(text), len(body)) + text
        with self._sending:
            for data in (head + body,) if len(body) < _CHUNK else (head, body):
                self._send(memoryview(data), until)

    def receive(self, until: float | None = None) -> Message | None:
        """The next message; None when the other side is gone.

        Parameters
        ----------
        until : when to give up, by ``time.monotonic``.

        Raises
        ------
        TimeoutError : nothing whole came until then; what came in part is kept for the next call.
        """
        while True:
            message = self._whole()
            if message is not None:
                return message
            _wait(self._arrival, until)
            try:
                data = self._sock.recv(_CHUNK)
            except BlockingIOError:
                continue
            except OSError:
                return None
            if not data:
                return None
            self._buffer += data

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def _send(self, data: memoryview, until: float | None) -> None:
        while data:
            try:
                data = data[self._sock.send(data) :]
            except BlockingIOError:
                _wait(self._room, until)

    def _whole(self) -> Message | None:
        if len(self._buffer) < _HEAD.size:
            return None
        kind, facts, body = _HEAD.unpack_from(self._buffer)
        middle = _HEAD.size + facts
        if len(self._buffer) < middle + body:
            return None
        with memoryview(self._buffer) as view:
            message = Message(kind, json.loads(bytes(view[_HEAD.size : middle])), bytes(view[middle : middle + body]))
        del self._buffer[: middle + body]
        return message


def _wait(poll: Any, until: float | None) -> None:
    """Until the socket is ready."""
    left = None if until is None else max((until - time.monotonic()) * 1000, 0)
    if not poll.poll(left) and left is not None:
        raise TimeoutError

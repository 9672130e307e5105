"""Events from threads, as something to wait for beside signals."""

from __future__ import annotations

import selectors
import socket
from collections import deque
from contextlib import suppress

from aml_nb.engines.docker.fleet.replica import Event


class Inbox:
    """Wakes ``selector`` when something is posted; ``take`` gives what came, in its order."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._events: deque[Event] = deque()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        selector.register(self._reader, selectors.EVENT_READ, self._read)

    def post(self, event: Event) -> None:
        """From any thread."""
        self._events.append(event)
        with suppress(OSError):  # full: it wakes anyway; closed: nobody listens any more
            self._writer.send(b"x")

    def take(self) -> list[Event]:
        taken = []
        while self._events:
            taken.append(self._events.popleft())
        return taken

    def _read(self) -> None:
        with suppress(BlockingIOError):
            self._reader.recv(4096)

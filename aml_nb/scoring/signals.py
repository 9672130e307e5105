"""Signals as something to wait for, beside sockets and pipes."""

from __future__ import annotations

import selectors
import signal
import socket

OBEYED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class Signals:
    """Wakes ``selector`` when one of OBEYED arrives; ``take`` tells which ones did."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._arrived: list[int] = []
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in OBEYED:
            signal.signal(number, lambda *_: None)
        selector.register(self._reader, selectors.EVENT_READ, self._read)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, OBEYED)  # what came before is taken now

    def take(self) -> list[int]:
        """The signals since the last time, each once, in their order."""
        numbers, self._arrived = self._arrived, []
        return list(dict.fromkeys(numbers))

    def _read(self) -> None:
        try:
            self._arrived += self._reader.recv(4096)
        except BlockingIOError:
            pass

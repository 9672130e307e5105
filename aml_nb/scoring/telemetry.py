"""A worker's log: one line a request and what goes wrong, written in batches to standard error."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import deque
from collections.abc import Callable

_INVISIBLE = re.compile("[\x80-\x9f\u2028\u2029]")


class WorkerLog:
    """Collects lines and writes them when the worker has a moment, or when ``LINES`` have come together.

    Two threads may use it at once: what one adds while the other writes is neither lost nor written twice.
    The supervisor puts what it reads from the worker's standard output and error into the service's log.
    """

    LINES = 256

    def __init__(self, name: str = "azmlinfsrv", debug: bool = False, handle: int = 2) -> None:
        self._tail = f" [{os.getpid()}] {name} - "
        self._lines: deque[str] = deque()
        self._second = self._moment = 0
        self._date = self._stamp = ""
        self._handle = handle
        self._debug = debug
        self.also: Callable[[], None] | None = None
        """Writes what else is to be written when the worker has a moment."""

    def add(self, level: str, text: str) -> None:
        """Add a line; ``level`` is one letter (D, I, W, E), as v1's server writes it."""
        if level == "D" and not self._debug:
            return
        moment = int(time.time() * 1000)
        if moment != self._moment:  # a busy worker adds many lines a millisecond
            self._stamp = self._stamp_of(*divmod(moment, 1000))
            self._moment = moment
        self._lines.append(f"{self._stamp}{level}{self._tail}{text}\n")
        if len(self._lines) >= self.LINES:
            self.flush()

    def _stamp_of(self, second: int, millisecond: int) -> str:
        if second != self._second:
            self._date = time.strftime("%Y-%m-%d %H:%M:%S,", time.localtime(second))
            self._second = second
        return f"{self._date}{millisecond:03d} "

    def flush(self) -> None:
        """Write what has come together; a log that nobody reads any more stops no request."""
        if self.also is not None:
            self.also()
        lines = self._lines
        if not lines:
            return
        parts = []
        try:
            while True:
                parts.append(lines.popleft())
        except IndexError:
            pass
        text = "".join(parts)
        if not text.isascii():  # a request's id can hold what moves a terminal's cursor or begins a line
            text = _INVISIBLE.sub(lambda found: ascii(found[0])[1:-1], text)
        data = text.encode("utf-8", "backslashreplace")
        try:
            while data:
                data = data[os.write(self._handle, data) :]
        except OSError:
            pass


def lend_logger(log: WorkerLog) -> None:
    """Let a script that uses ``logging`` write to the logger of v1's server, which shows INFO where root does not."""
    if "logging" not in sys.modules:
        return
    import logging

    class ToLog(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log.add(record.levelname[:1], self.format(record))

    logger = logging.getLogger("azmlinfsrv")
    logger.handlers = [ToLog()]
    logger.propagate = False
    logger.setLevel(logging.INFO)

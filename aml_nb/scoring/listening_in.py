"""What an entry script prints and logs, told to ``Insights`` line by line as well as to whom it was meant for."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from aml_nb.scoring.insights import Insights

_LONGEST = 65_536
_INFO, _WARNING = logging.INFO, logging.WARNING


class Heard:
    """Stands in for a stream of text: what is written goes on to it, and its lines are traces."""

    def __init__(self, stream: TextIO, insights: Insights, source: str, level: int) -> None:
        self._stream = stream
        self._insights = insights
        self._source = source
        self._level = level
        self._lock = threading.RLock()
        self._begun: list[str] = []
        self._length = 0
        self._telling = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, and keep each line that is whole."""
        written = self._stream.write(text)
        caller = sys._getframe(1)
        if caller.f_code.co_filename != logging.__file__:  # such lines are told as records, with their level
            with self._lock:
                self._keep(text, caller.f_code.co_filename, caller.f_lineno)
        return written

    def writelines(self, lines: Any) -> None:
        """Write them all."""
        for line in lines:
            self.write(line)

    def _keep(self, text: str, path: str, number: int) -> None:
        self._begun.append(text)
        self._length += len(text)
        if "\n" not in text and self._length <= _LONGEST:
            return
        *lines, rest = "".join(self._begun).split("\n")
        if len(rest) > _LONGEST:  # a bar of progress, say, that never ends its line
            lines.append(rest)
            rest = ""
        self._begun, self._length = [rest], len(rest)
        if self._telling:
            return
        self._telling = True
        try:
            for line in lines:
                if line.strip():
                    self._insights.trace(line.rstrip("\r"), self._level, self._source, None, path, number)
        finally:
            self._telling = False

    def end(self) -> None:
        """The request is over: a line that was not ended belongs to it still."""
        if self._length:
            with self._lock:
                begun = "".join(self._begun)
                self._begun, self._length = [], 0
                if begun.strip():
                    self._insights.trace(begun, self._level, self._source, None, None, 0)


class ListeningIn:
    """Hears both streams and every record of ``logging``, whatever its handlers."""

    def __init__(self, insights: Insights) -> None:
        self._out = Heard(sys.stdout, insights, "stdout", _INFO)
        self._err = Heard(sys.stderr, insights, "stderr", _WARNING)
        self._insights = insights
        self._factory = logging.getLogRecordFactory()

    def begin(self) -> None:
        """From now on."""
        sys.stdout, sys.stderr = self._out, self._err
        logging.setLogRecordFactory(self._record)

    def end_request(self) -> None:
        """The script has returned."""
        self._out.end()
        self._err.end()

    def stop(self) -> None:
        """No more; for tests, a worker hears until it ends."""
        sys.stdout, sys.stderr = self._out._stream, self._err._stream
        logging.setLogRecordFactory(self._factory)

    def _record(self, *arguments: Any, **options: Any) -> logging.LogRecord:
        """A record is made only where its logger lets its level pass. No handler of ours is put in: a script that
        calls ``basicConfig`` would be ignored then."""
        record = self._factory(*arguments, **options)
        # Whatever a script logs must not fail because somebody listens: what has no text is told without it.
        message = _text(record.getMessage) or _text(lambda: str(record.msg)) or ""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            message += f"\n{type(error).__name__}: {_text(lambda: str(error)) or ''}"
        with suppress(Exception):
            self._insights.trace(message, record.levelno, "logging", record.name, record.pathname, record.lineno)
        return record


def _text(find: Callable[[], str]) -> str | None:
    """What a script's own objects say of themselves; None where that fails."""
    try:
        return find()
    except Exception:
        return None

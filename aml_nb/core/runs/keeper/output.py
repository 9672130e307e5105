"""What the function of a run prints: straight into its log, until that is large."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from aml_nb.core.runs.keeper.logs import Log, Pump

_LAST_S = 2.0


class Output:
    """Everything that this process prints goes to a log.

    It is written there at once, so that nothing is lost when the process is killed. Once the log has half of its size,
    the rest comes through a pipe, and only the end of it is kept.

    Parameters
    ----------
    path : the log.
    limit : how many bytes it has at most, about.
    """

    def __init__(self, path: Path, limit: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._limit = path, limit
        self._lock = threading.Lock()
        self._before = [os.dup(1), os.dup(2)]
        self._log: Log | None = None
        self._pump: Pump | None = None
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        _print_to(file, file)
        os.close(file)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]

    def look(self) -> None:
        """See how large the log is; called often."""
        with self._lock:
            if self._log is None and self._before and os.fstat(1).st_size > self._limit // 2:
                source, sink = os.pipe()
                self._log = Log(self._path, self._limit, written=os.fstat(1).st_size)
                self._pump = Pump(source, self._log)
                self._pump.start()
                _print_to(sink, sink)
                os.close(sink)

    def close(self) -> None:
        """Write what was kept of the end; what is printed from now on is nothing of the run's."""
        with self._lock:
            if not self._before:
                return
            sys.stdout.flush()
            sys.stderr.flush()
            _print_to(*self._before)
            for descriptor in self._before:
                os.close(descriptor)
            self._before = []
            if self._pump is not None and self._log is not None:
                self._pump.join(_LAST_S)  # what the function has started may still hold the pipe
                self._log.close()


def _print_to(out: int, err: int) -> None:
    os.dup2(out, 1)
    os.dup2(err, 2)

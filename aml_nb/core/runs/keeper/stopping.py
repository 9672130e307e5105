"""Why a run is to end before its script does."""

from __future__ import annotations

import signal
import time

from aml_nb.core.runs.keeper.book import Book
from aml_nb.core.runs.keeper.ending import Ending


class Stop:
    """Watches for a cancellation, the end of the run's time, and signals to the keeper itself.

    Parameters
    ----------
    book : knows whether somebody has cancelled the run.
    seconds : how long the script may run; None: as long as it likes.
    """

    def __init__(self, book: Book, seconds: float | None) -> None:
        self._book, self._seconds = book, seconds
        self._until: float | None = None
        self._signal: int | None = None
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._told)

    def _told(self, number: int, frame: object) -> None:
        self._signal = number

    def started(self) -> None:
        """The script's time begins."""
        if self._seconds is not None:
            self._until = time.monotonic() + self._seconds

    def wanted(self) -> bool:
        """Whether the run is to end now."""
        return self.why() is not None

    def why(self) -> Ending | None:
        """How the run ends, if it is to end now."""
        if self._book.cancelled():
            return Ending.canceled()
        if self._until is not None and time.monotonic() > self._until:
            return Ending.timed_out(self._seconds or 0)
        if self._signal is not None:
            name = signal.Signals(self._signal).name
            return Ending.failed(f"The process that kept the run was told to end ({name}).", "RunProcessLost")
        return None

"""What a worker notes in memory that it shares with its supervisor, so that the notes outlive it.

A note costs some thirty nanoseconds: it is one item of a view on mapped memory. The supervisor makes the memory, maps
it and lets the worker inherit its descriptor; one side writes, the other reads.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from collections.abc import Sequence

SLOTS = 8192
"""As many connections as a worker holds at once."""

MOST_TOGETHER = 1024
"""As many requests as may be computed in one call."""

CLEAN, TAKEN, CUT = 0, 1, 2
"""A connection's state: all that is unanswered waits in the kernel; part of a request was taken from it, or the reply
to one that was taken is still to come; a reply was sent in part."""

COMPUTING, REPLYING = 0, 1
"""Cells for the slots of the request that is being computed and of the one that is being answered; 0: none."""

_IDLE_NS, _WAITING, _TOGETHER = 2, 3, 4
_FIRST = 8
_NUMBERS = _FIRST + MOST_TOGETHER
_MARKS = (_NUMBERS + SLOTS + 1) * 8
_A_MOMENT_S = 0.001
PLACES = 512
"""As many workers of one revision as share a board."""

_NOBODY = bytes(PLACES * 8)


def shared_memory(size: int) -> int:
    """A descriptor of ``size`` bytes of zeros that a child can inherit; no file of it remains."""
    if sys.platform == "linux":
        handle = os.memfd_create("aml_nb")
    else:
        file, path = tempfile.mkstemp()
        os.unlink(path)
        handle = file
    os.ftruncate(handle, size)
    return handle


class Ledger:
    """One worker's connections by their slot (1 to SLOTS), what is being computed, and how busy it is.

    ``cells`` are for the worker alone, which writes COMPUTING and REPLYING there.
    """

    SIZE = _MARKS + SLOTS + 1

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self._memory = mmap.mmap(handle, self.SIZE)
        self._bytes = memoryview(self._memory)
        self.cells = self._bytes[:_MARKS].cast("q")
        self.numbers = self.cells[_NUMBERS : _NUMBERS + SLOTS + 1]
        self.marks = self._bytes[_MARKS:]

    @classmethod
    def make(cls) -> Ledger:
        """A new one, for a worker that is to be started."""
        return cls(shared_memory(cls.SIZE))

    def close(self) -> None:
        """Let go of the memory."""
        for view in (self.numbers, self.marks, self.cells, self._bytes):
            view.release()
        self._memory.close()
        os.close(self.handle)

    def compute(self, slots: Sequence[int]) -> None:
        """From now on the requests on these connections are being computed, all at once; none any more if empty."""
        for number, slot in enumerate(slots):
            self.cells[_FIRST + number] = slot
        self.cells[_TOGETHER] = len(slots)

    def idled(self, seconds: float) -> None:
        """Add to the time in which nothing was to be done."""
        self.cells[_IDLE_NS] += int(seconds * 1e9)

    def waits(self, number: int) -> None:
        """So many requests wait for the entry script."""
        self.cells[_WAITING] = number

    @property
    def computing(self) -> set[int]:
        """The slots of the requests that are, or were at its death, being computed."""
        together = min(self.cells[_TOGETHER], MOST_TOGETHER)
        return {self.cells[COMPUTING], *self.cells[_FIRST : _FIRST + together]}

    @property
    def replying(self) -> int:
        """The slot of the connection that was being answered, or 0."""
        return self.cells[REPLYING]

    @property
    def idle_ns(self) -> int:
        return self.cells[_IDLE_NS]

    @property
    def waiting(self) -> int:
        return self.cells[_WAITING]

    @property
    def queued(self) -> int:
        """How many requests wait, without those that are being computed."""
        return max(0, self.waiting - len(self.computing - {0}))


class Board:
    """Which workers of one revision are idle.

    Each writes in its place since when, in monotonic nanoseconds, or 0 while it is not.
    """

    SIZE = len(_NOBODY)

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self._memory = mmap.mmap(handle, self.SIZE)
        self._bytes = memoryview(self._memory)
        self.since = self._bytes.cast("q")

    @classmethod
    def make(cls) -> Board:
        """A new one, on which nobody is idle."""
        return cls(shared_memory(cls.SIZE))

    def idle(self, now: float, but: int) -> int:
        """How many workers other than the one at ``but`` have been idle for a moment at ``now`` (monotonic seconds)."""
        if self._memory[:] == _NOBODY:
            return 0
        before = int((now - _A_MOMENT_S) * 1e9)
        return sum(1 for place, since in enumerate(self.since) if 0 < since < before and place != but)

    def close(self) -> None:
        """Let go of the memory."""
        self.since.release()
        self._bytes.release()
        self._memory.close()
        os.close(self.handle)

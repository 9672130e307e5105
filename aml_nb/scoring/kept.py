"""Duplicates of a worker's connections, and what becomes of them when it dies.

Requests that wait are in the kernel until they are answered, so whoever has the connection can go on with it. Of those
that the worker was computing nobody knows what they did to it: their clients are told, and they are not tried again.
"""

from __future__ import annotations

import os
import resource
import socket
from contextlib import suppress
from dataclasses import dataclass, field

from aml_nb.scoring.handoff import Keeping
from aml_nb.scoring.ledger import CLEAN, CUT, SLOTS, Ledger

_SPARE = 64
_MOST = 100_000


@dataclass
class Legacy:
    """Whose connections a dead worker leaves: to go on with, or to be told; ``cut`` had part of a reply."""

    waiting: list[int] = field(default_factory=list)
    computing: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)


class Kept:
    """The duplicates that one worker has given to its supervisor."""

    def __init__(self, keeping: Keeping, ledger: Ledger) -> None:
        self._keeping = keeping
        self._ledger = ledger
        self._held: dict[int, tuple[int, int]] = {}

    def fileno(self) -> int:
        return self._keeping.fileno()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def ended(self) -> bool:
        """Whether the worker will give no more."""
        return self._keeping.ended

    def receive(self) -> None:
        """Take the duplicates that have come; those of connections that have ended since are let go."""
        while places := self._keeping.take():
            for handle, slot, number in places:
                if 0 < slot <= SLOTS and self._ledger.numbers[slot] == number and _room(handle):
                    self._replace(slot, number, handle)
                else:
                    os.close(handle)
        self.sweep()

    def _replace(self, slot: int, number: int, handle: int) -> None:
        before = self._held.get(slot)
        self._held[slot] = (number, handle)
        if before is not None:
            os.close(before[1])

    def sweep(self) -> None:
        """Let go of the connections that the worker has closed."""
        numbers = self._ledger.numbers
        for slot, (number, handle) in list(self._held.items()):
            if numbers[slot] != number:
                del self._held[slot]
                os.close(handle)

    def inherit(self) -> Legacy:
        """The worker is dead: sort what it leaves. The descriptors are the caller's from now on."""
        self.receive()
        legacy = Legacy()
        marks, computing, replying = self._ledger.marks, self._ledger.computing, self._ledger.replying
        held, self._held = self._held, {}
        for slot, (_, handle) in held.items():
            if marks[slot] == CUT or slot == replying:
                os.close(handle)
            elif slot in computing:
                legacy.computing.append(handle)
            elif marks[slot] == CLEAN:
                legacy.waiting.append(handle)
            else:
                legacy.taken.append(handle)
        return legacy

    def close(self) -> None:
        """Let go of everything."""
        for _, handle in self._held.values():
            os.close(handle)
        self._held.clear()
        self._keeping.close()


def _room(handle: int) -> bool:
    """Whether so many descriptors may be held; the limit of this process is raised as far as that goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or handle < soft - _SPARE:
        return True
    most = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft >= most:
        return False
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, soft * 2), hard))
    return handle < resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _SPARE


def take_leave(handle: int, reply: bytes) -> None:
    """Answer a connection whose request is lost, and close it; a request that is still unread would take the
    answer back."""
    with socket.socket(fileno=handle) as sock, suppress(OSError):
        sock.setblocking(False)
        _discard(sock)
        sock.send(reply)
        sock.shutdown(socket.SHUT_WR)
        _discard(sock)


def _discard(sock: socket.socket) -> None:
    with suppress(BlockingIOError):
        while sock.recv(1024 * 1024):
            pass

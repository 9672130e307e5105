"""Waiting for sockets: epoll where the system has it, else the standard library's best choice."""

from __future__ import annotations

import select
import selectors
from collections.abc import Sequence
from typing import Protocol

READ = 1
WRITE = 4
ENDED = 0x2018  # EPOLLERR, EPOLLHUP, EPOLLRDHUP: at least one side has closed
ONCE = 0x80002000 if hasattr(select, "epoll") else 0  # EPOLLET, EPOLLRDHUP: tell of each arrival and of the end, once


class Poller(Protocol):
    """What the server asks of a poller; ``mask`` is made of READ and WRITE."""

    def register(self, fd: int, mask: int) -> None: ...

    def modify(self, fd: int, mask: int) -> None: ...

    def unregister(self, fd: int) -> None: ...

    def poll(self, timeout: float | None = None) -> Sequence[tuple[int, int]]: ...


class SelectorPoller:
    """The same interface on ``selectors`` (kqueue on macOS)."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, fd: int, mask: int) -> None:
        self._selector.register(fd, self._events(mask))

    def modify(self, fd: int, mask: int) -> None:
        self._selector.modify(fd, self._events(mask))

    def unregister(self, fd: int) -> None:
        self._selector.unregister(fd)

    def poll(self, timeout: float | None = None) -> Sequence[tuple[int, int]]:
        return [
            (
                key.fd,
                (READ if events & selectors.EVENT_READ else 0) | (WRITE if events & selectors.EVENT_WRITE else 0),
            )
            for key, events in self._selector.select(timeout)
        ]

    @staticmethod
    def _events(mask: int) -> int:
        return (selectors.EVENT_READ if mask & READ else 0) | (selectors.EVENT_WRITE if mask & WRITE else 0)


def make_poller() -> Poller:
    """epoll's READ and WRITE have the values above, so it is used as it is."""
    if hasattr(select, "epoll"):
        return select.epoll()
    return SelectorPoller()

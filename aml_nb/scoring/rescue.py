"""Connections whose worker died: passed on to another, or told what became of their request."""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aml_nb.scoring.handoff import TOGETHER, Handoff
from aml_nb.scoring.http import head_bytes, message_body
from aml_nb.scoring.kept import Legacy, take_leave

COMPUTING = "The worker died while it computed this request"
TAKEN = "The worker died while this request, which is too large to be left with the system, waited in it"
HAND_ON_S = 0.01


class Rescue:
    """Holds connections until a worker can take them; ``note`` writes a line of the service's log, ``count`` is told
    the status of each answer, and after how many seconds it was given.

    With each goes since when its request waits, which nobody knows exactly: since its worker died; 0 where none does.
    """

    def __init__(self, handoff: Handoff, note: Callable[[str], None], count: Callable[[int, float], None]) -> None:
        self._handoff = handoff
        self._note = note
        self._count = count
        self._held: deque[tuple[int, float]] = deque()

    def __len__(self) -> int:
        return len(self._held)

    def inherit(self, legacy: Legacy, report: dict[str, Any]) -> None:
        """Tell the clients whose requests are lost, and hold the others."""
        why = report.get("message", "")
        for handles, what in ((legacy.computing, COMPUTING), (legacy.taken, TAKEN)):
            for handle in handles:
                self._note(f"502: {what}. {why}")
                self._count(502, 0.0)
                take_leave(handle, problem(502, f"{what}. {why}".strip()))
        now = time.monotonic()
        self._held.extend((handle, now if _is_asked(handle) else 0.0) for handle in legacy.waiting)

    def hand_on(self, possible: bool, max_wait_ms: int | None) -> None:
        """Give what is held to workers, where there are any; what waited too long is turned away."""
        while self._held and possible:
            some = [self._held[number] for number in range(min(TOGETHER, len(self._held)))]
            if not self._handoff.give_all([handle for handle, _ in some], [since for _, since in some]):
                break
            for handle, _ in some:
                self._held.popleft()
                os.close(handle)
        self._turn_away(max_wait_ms)

    def _turn_away(self, max_wait_ms: int | None) -> None:
        if max_wait_ms is None:
            return
        latest = time.monotonic() - max_wait_ms / 1000
        for held in [held for held in self._held if 0 < held[1] < latest]:
            self._held.remove(held)
            self._count(503, time.monotonic() - held[1])
            take_leave(held[0], problem(503, "The service is busy: too many requests are waiting. Try again later."))

    def dismiss(self, message: str) -> None:
        """Nobody will take them any more, nor those that are on their way."""
        while taken := self._handoff.take():
            self._held.extend((sock.detach(), since) for sock, since in taken)
        while self._held:
            handle, since = self._held.popleft()
            if since:
                self._count(503, time.monotonic() - since)
                take_leave(handle, problem(503, message))
            else:
                os.close(handle)


def problem(status: int, message: str) -> bytes:
    """A whole reply, as a worker would give it."""
    body = message_body(message)
    headers = [
        ("Content-Type", "application/json"),
        ("x-ms-run-function-failed", str(status == 502)),
        ("Content-Length", str(len(body))),
    ]
    return head_bytes(status, headers, False, "1.1") + body


def _is_asked(handle: int) -> bool:
    """Whether anything waits to be read on a connection."""
    sock = socket.socket(fileno=handle)
    try:
        return bool(sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except OSError:
        return False
    finally:
        sock.detach()

"""What v1 prints while a deployment is waited for, and the waiting itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from uuid import uuid4

from aml_nb.core.interrupting import only_waiting

_FIRST_POLL_S, _SLOWEST_POLL_S, _DOT_S = 0.01, 0.2, 5.0

TIPS = (
    "Tips: You can try get_logs(): print(service.get_logs()) or local deployment: "
    "LocalWebservice.deploy_configuration() to debug if deployment takes longer than 10 minutes."
)


@dataclass(frozen=True)
class Operation:
    """One deployment or update under way.

    Attributes
    ----------
    revision : which one it brings.
    told : how many lines the deployment's log had before; they are of what was there then.
    """

    revision: int
    told: int = 0
    id: str = field(default_factory=lambda: str(uuid4()))


class Dots:
    """Tells when it is time for another dot."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether a dot is due; then it counts as printed."""
        if time.monotonic() - self._last < _DOT_S:
            return False
        self._last = time.monotonic()
        return True


class Progress:
    """Prints an operation's state, its messages and a dot now and then, when asked to."""

    def __init__(self, show: bool) -> None:
        self._show = show
        self._state = ""
        self._told = 0
        self._dots = Dots()

    def begin(self, state: str) -> None:
        """Say what it is at the start."""
        self._state = state
        self._write(f"{TIPS}\n{state}")

    def follow(self, state: str, messages: list[str]) -> None:
        """Say what is new since the last time."""
        for message in messages[self._told :]:
            self._write(f"\n{message}")
        self._told = max(self._told, len(messages))
        if state != self._state:
            self._write(f"\n{state}\n")
            self._state = state
        elif self._dots.due():
            self._write(".")

    def _write(self, text: str) -> None:
        if self._show:
            sys.stdout.write(text)
            sys.stdout.flush()


def poll(ask: Callable[[], str], timeout: float | None = None) -> str | None:
    """Ask until the answer is not Running; None when the time is over first."""
    pause = _FIRST_POLL_S
    limit = None if timeout is None else time.monotonic() + timeout
    while True:
        state = ask()
        if state != "Running":
            return state
        if limit is not None and time.monotonic() >= limit:
            return None
        time.sleep(pause)
        pause = min(pause * 1.2, _SLOWEST_POLL_S)


def waiting_for_deployment() -> AbstractContextManager[None]:
    """Around the waiting for a service, which may be interrupted."""
    return only_waiting("the deployment", "service.wait_for_deployment(show_output=True), or service.delete()")

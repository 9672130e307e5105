"""Waiting for a build, with what v1 prints meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from aml_nb.core.image.building import ENDED

_FIRST_POLL_S, _SLOWEST_POLL_S, _DOT_S = 0.02, 0.25, 5.0


def wait(ask: Callable[[], str], show: bool, tell: Callable[[], None] | None = None) -> str:
    """Ask until the build has come to its end, and return how it ended.

    Parameters
    ----------
    ask : gives the state.
    show : print the state, a dot now and then, and the state again when it changes.
    tell : prints what is new instead, each time; for a build whose log is followed.
    """
    state, dotted, pause = "", time.monotonic(), _FIRST_POLL_S
    while True:
        before, state = state, ask()
        if tell is not None:
            tell()
        elif show and state != before:
            _write(f"\n{state}" if before else state)
        elif show and time.monotonic() - dotted >= _DOT_S:
            dotted = time.monotonic()
            _write(".")
        if state in ENDED:
            if show and tell is None:
                _write("\n")
            return state
        time.sleep(pause)
        pause = min(pause * 1.2, _SLOWEST_POLL_S)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()

"""The stop button while a cell only waits: what it waits for goes on, and the cell says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def only_waiting(goes_on: str, hint: str) -> Iterator[None]:
    """Let an interrupt through; IPython shows it in words in place of a traceback through our frames.

    Parameters
    ----------
    goes_on : what nobody waits for any more.
    hint : the next thing to type.
    """
    try:
        yield
    except KeyboardInterrupt as stopped:
        told = f"KeyboardInterrupt: the waiting was stopped; {goes_on} goes on.\n\nTry: {hint}"
        stopped._render_traceback_ = lambda: [told]  # type: ignore[attr-defined]
        raise

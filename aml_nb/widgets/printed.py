"""What one thread prints, kept from the cells: it belongs to the button that began it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_takers: dict[int, Callable[[str], None]] = {}


class _Split:
    """The stream that was there, save for the threads whose prints are taken."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        taker = _takers.get(threading.get_ident())
        if taker is None:
            return int(self._stream.write(text) or 0)
        taker(text)
        return len(text)

    def flush(self) -> None:
        if threading.get_ident() not in _takers:
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def taken(taker: Callable[[str], None]) -> Iterator[None]:
    """Give ``taker`` what this thread prints; all other threads print as ever."""
    me = threading.get_ident()
    with _lock:
        if not _takers:
            sys.stdout = _Split(sys.stdout)
        _takers[me] = taker
    try:
        yield
    finally:
        with _lock:
            del _takers[me]
            if not _takers and isinstance(sys.stdout, _Split):
                sys.stdout = sys.stdout._stream

"""Files that somebody changed and told nobody of, because they were killed before they could."""

from __future__ import annotations

import os
from collections.abc import Iterable

_Stamp = tuple[int, int] | None


class Changed:
    """Knows files by when they were written last."""

    def __init__(self) -> None:
        self._seen: dict[str, _Stamp] = {}

    def __call__(self, paths: Iterable[str | None]) -> bool:
        """Whether one of ``paths`` was written since the last call, or has gone; one that is new to us was not."""
        now = {path: _stamp(path) for path in set(paths) if path is not None}
        before, self._seen = self._seen, now
        return any(before.get(path, stamp) != stamp for path, stamp in now.items())


def _stamp(path: str) -> _Stamp:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino

"""The last lines of a log that is rotated by number: ``service.log``, ``service.log.1`` and so on."""

from __future__ import annotations

import os
from pathlib import Path

_CHUNK = 64 * 1024


def tail(path: Path, lines: int) -> str:
    """The last ``lines`` lines of ``path`` and, where it has fewer, of its older parts."""
    found: list[bytes] = []
    for part in _parts(path):
        if len(found) >= lines:
            break
        found = _last(part, lines - len(found)) + found
    return b"".join(found).decode("utf-8", "replace")


def _parts(path: Path) -> list[Path]:
    parts = [path] if path.exists() else []
    number = 1
    while (older := Path(f"{path}.{number}")).exists():
        parts.append(older)
        number += 1
    return parts


def _last(path: Path, lines: int) -> list[bytes]:
    """Read backwards, no more than is needed."""
    with open(path, "rb") as file:
        position = file.seek(0, os.SEEK_END)
        chunks: list[bytes] = []
        ended = 0
        while position > 0 and ended <= lines:
            step = min(_CHUNK, position)
            position -= step
            file.seek(position)
            chunks.append(file.read(step))
            ended += chunks[-1].count(b"\n")
    return b"".join(reversed(chunks)).splitlines(keepends=True)[-lines:] if lines > 0 else []

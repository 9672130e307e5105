"""Plain text for terminals and saved notebooks: tables, label columns, times."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

Paint = Callable[[str, str], str]
"""Colours a text as its state wants: ``paint("ok", "Healthy")``."""

ANSI = {"ok": "32", "busy": "33", "bad": "31", "dim": "2", "bold": "1"}
_KEPT = re.compile(r"(\n|\t|\x1b\[[0-9;]*m)")
TONES = {
    "healthy": "ok", "running": "ok", "succeeded": "ok", "completed": "ok", "finished": "ok", "active": "ok",
    "transitioning": "busy", "deploying": "busy", "updating": "busy", "deleting": "busy",
    "queued": "busy", "provisioning": "busy", "preparing": "busy", "starting": "busy", "finalizing": "busy",
    "cancelrequested": "busy", "unhealthy": "bad", "failed": "bad", "unschedulable": "bad", "notresponding": "bad",
}  # fmt: skip


def plain(tone: str, text: str) -> str:
    """Leave the text as it is."""
    return text


def ansi(tone: str, text: str) -> str:
    """Colour the text for a terminal."""
    code = ANSI.get(tone)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def colours() -> bool:
    """Whether stdout is a terminal that wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def tone_of(state: Any) -> str:
    """``ok``, ``busy``, ``bad`` or ``dim`` for a state in v1's words."""
    return TONES.get(str(state).lower(), "dim")


class Text(str):
    """Text that a cell shows as it is, not quoted."""

    def __repr__(self) -> str:
        return str(self)


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]], paint: Paint, state: int | None = None) -> str:
    """A table in aligned columns; the column ``state`` is coloured."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(heads), *cells]) for i in range(len(heads))]
    lines = [paint("dim", _line(heads, widths))]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if state is not None:
            padded[state] = paint(tone_of(row[state]), padded[state])
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def clean(value: Any) -> str:
    """One line of text without control characters, so that no name can move a terminal's cursor."""
    return "".join(c if c.isprintable() else " " for c in str(value))


def harmless(text: str) -> str:
    """Text that others wrote, with its lines, tabs and colours, and without what moves a terminal's cursor."""
    return "".join(part if _KEPT.fullmatch(part) else clean(part) for part in _KEPT.split(text))


def labels(rows: Sequence[tuple[str, str]]) -> str:
    """``label  value`` lines with the values under one another."""
    width = max((len(label) for label, _ in rows), default=0)
    return "\n".join(f"  {label.ljust(width)}  {clean(value)}".rstrip() for label, value in rows)


def pairs(mapping: Any) -> str:
    """``k=v, flag`` for tags and properties."""
    return ", ".join(f"{k}={v}" if v not in (None, "") else str(k) for k, v in (mapping or {}).items())


def age(moment: Any) -> str:
    """``5 s``, ``3 min``, ``2 h``, ``4 days`` since a datetime, an ISO text or epoch seconds."""
    seconds = _since(moment)
    if seconds is None:
        return ""
    for unit, length, up_to in (("s", 1, 90), ("min", 60, 5400), ("h", 3600, 129_600)):
        if seconds < up_to:
            return f"{max(0, int(seconds / length))} {unit}"
    return f"{int(seconds / 86_400)} days"


def _since(moment: Any) -> float | None:
    if isinstance(moment, (int, float)):
        return time.time() - moment
    known = moment_of(moment)
    return None if known is None else float((datetime.now(timezone.utc) - known).total_seconds())


def moment_of(value: Any) -> datetime | None:
    """The moment that a datetime or an ISO text means, in UTC unless it says otherwise; None where it means none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))  # Python 3.10 knows no Z
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)

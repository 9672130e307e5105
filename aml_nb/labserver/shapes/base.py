"""What all rows have: name, state, tone and times."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from aml_nb.core.runs import status as states
from aml_nb.display import text

Row = dict[str, Any]

_IDLE = frozenset(
    {"stopped", "disabled", "archived", "canceled", "cancelled", "idle", "notstarted", "paused", "deleted"}
)
_WARN = frozenset({"notresponding", "unknown", "unapproved", "unusable"})
_RUNS = {
    **dict.fromkeys((states.COMPLETED, "Finished"), "ok"),
    **dict.fromkeys((states.FAILED,), "bad"),
    **dict.fromkeys((states.CANCELED, states.NOT_STARTED, states.PAUSED), "idle"),
    **dict.fromkeys((states.NOT_RESPONDING, states.UNAPPROVED), "warn"),
}
_ABOUT = 200


def row(
    kind: str,
    identity: str,
    name: str,
    *,
    version: Any = None,
    state: str | None = None,
    tone: str | None = None,
    about: Any = "",
    created: Any = None,
    at: Any = None,
    tags: Mapping[str, Any] | None = None,
    of: Any = None,
    **more: Any,
) -> Row:
    """One line of a list; times are datetimes, ISO texts or milliseconds since 1970.

    ``of`` is all that the workspace keeps of it: where that changes, the line has another ``rev``, so that a view
    that shows more than the line is told, too.
    """
    began = created if type(created) is int else milliseconds(created)
    return {
        "kind": kind,
        "id": identity,
        "name": name,
        "version": None if version is None else str(version),
        "state": state,
        "tone": tone or tone_of(state),
        "about": line(about),
        "created": stamp(began),
        "at": milliseconds(at) or began or 0,
        "tags": plain(tags),
        "rev": zlib.crc32((of if isinstance(of, str) else repr(of)).encode("utf-8", "replace")),
        **more,
    }


def tone_of(state: str | None) -> str:
    """``ok``, ``busy``, ``warn``, ``bad``, ``idle`` or ``none`` for a state in v1's words."""
    if not state:
        return "none"
    word = state.replace(" ", "").lower()
    if word in _IDLE:
        return "idle"
    if word in _WARN:
        return "warn"
    return "ok" if word == "reused" else {"dim": "idle"}.get(text.tone_of(word), text.tone_of(word))


def run_tone(state: str) -> str:
    """The same for a run, which is busy as long as it runs."""
    return _RUNS.get(state, "busy")


def line(value: Any) -> str:
    """One short line."""
    said = str(value or "").strip()
    if not said.isprintable():
        said = text.clean(said.split("\n", 1)[0])
    return said if len(said) <= _ABOUT else f"{said[: _ABOUT - 1]}…"


def plain(tags: Mapping[str, Any] | None) -> dict[str, str]:
    """Tags and properties as text."""
    return {str(key): "" if value is None else str(value) for key, value in (tags or {}).items()}


def milliseconds(moment: Any) -> int | None:
    """Milliseconds since 1970 of a datetime, an ISO text or milliseconds; None where there is none."""
    if moment is None or isinstance(moment, bool):
        return None
    if isinstance(moment, (int, float)):
        return int(moment)
    known = text.moment_of(moment)
    return None if known is None else int(known.timestamp() * 1000)


def stamp(moment: Any) -> str | None:
    """ISO text of a moment."""
    known = milliseconds(moment)
    if known is None:
        return None
    return datetime.fromtimestamp(known / 1000, timezone.utc).isoformat(timespec="milliseconds")


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 step``, ``2 steps``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000

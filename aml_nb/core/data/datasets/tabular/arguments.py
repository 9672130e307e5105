"""What users give to a tabular dataset's calls, checked."""

from __future__ import annotations

import random
from datetime import date, datetime, timezone
from typing import Any

from aml_nb.errors import UserErrorException

_NOWHERE = "\x1f"  # no text of lines has this control character


def count(value: Any) -> int:
    """A number of rows."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 0:
        raise UserErrorException(f"count must be a number of rows, not {value!r}.", hint="dataset.take(10)")
    return min(int(value), (1 << 62) - 1)


def fraction(value: Any, what: str) -> float:
    """A part of the rows."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    if not 0.0 <= found <= 1.0:
        raise UserErrorException(f"{what} must lie between 0 and 1, not {value!r}.", hint=f"{what}=0.8")
    return found


def seed(value: Any) -> int:
    """The seed; a new one when none was given, so that both parts of a split are made with the same."""
    if value is None:
        return random.SystemRandom().randrange(1 << 31)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise UserErrorException(f"seed must be a whole number, not {value!r}.", hint="seed=42")
    return int(value)


def columns(value: Any) -> list[str]:
    """Names of columns."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, (list, tuple, set)) or not names or not all(isinstance(name, str) for name in names):
        raise UserErrorException(
            f"Columns are given by name, as a text or a list of texts, not {value!r}.", hint="['age', 'income']"
        )
    return list(dict.fromkeys(names))


def separator(value: Any) -> str:
    """What stands between fields."""
    if not isinstance(value, str) or not value or set(value) & set('"\r\n\0'):
        raise UserErrorException(
            f"separator must be a text without quotes and line breaks, not {value!r}.", hint="separator='\\t'"
        )
    return value


def read_separator(value: Any) -> str:
    """What stands between fields of a file that is read; with a line break, each line is one field."""
    return _NOWHERE if value in ("\n", "\r\n", "\r") else separator(value)


def on_error(value: Any, out_of_range: Any) -> tuple[bool, bool]:
    """Whether a value that is not of its type ends the query, and whether a time beyond pandas' does."""
    if value not in ("null", "fail"):
        raise UserErrorException(f"on_error must be 'null' or 'fail', not {value!r}.", hint="on_error='null'")
    if out_of_range not in ("null", "throw"):
        raise UserErrorException(
            f"out_of_range_datetime must be 'null' or 'throw', not {out_of_range!r}.",
            hint="out_of_range_datetime='null'",
        )
    return value == "fail", out_of_range == "throw"


def timestamps(fine: Any, coarse: Any, older: dict[str, Any]) -> tuple[str | None, str | None]:
    """The two timestamp columns, by whichever names they were given."""
    for name in older:
        if name not in ("fine_grain_timestamp", "coarse_grain_timestamp"):
            raise UserErrorException(f"with_timestamp_columns() knows no {name}.", hint="timestamp='the column'")
    fine = fine if fine is not None else older.get("fine_grain_timestamp")
    coarse = coarse if coarse is not None else older.get("coarse_grain_timestamp")
    for name in (fine, coarse):
        if name is not None and not isinstance(name, str):
            raise UserErrorException(f"A timestamp column is given by its name, not {name!r}.", hint="timestamp='time'")
    if coarse is not None and fine is None:
        raise UserErrorException(
            "partition_timestamp can be given only together with timestamp.",
            hint="with_timestamp_columns(timestamp='time', partition_timestamp='day')",
        )
    if fine is not None and fine == coarse:
        raise UserErrorException(
            "timestamp and partition_timestamp must be two different columns.",
            hint=f"with_timestamp_columns(timestamp={fine!r})",
        )
    return fine, coarse


def moments(call: str, start: Any, end: Any) -> tuple[str | None, str | None]:
    """Two times as JSON holds them, in UTC; the first must not come after the second."""
    first, last = _moment(call, start), _moment(call, end)
    if first is not None and last is not None and first > last:
        raise UserErrorException(
            f"{call}(): start_time {start} comes after end_time {end}.", hint=f"{call}(end_time, start_time)"
        )
    return first.isoformat() if first else None, last.isoformat() if last else None


def _moment(call: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        raise UserErrorException(f"{call}() takes datetimes, not {value!r}.", hint="datetime(2020, 1, 31)")
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    # Not pandas' kin of datetime, whose text has nanoseconds.
    return datetime(value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)

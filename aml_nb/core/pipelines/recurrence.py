"""How often a schedule runs its pipeline: v1's ScheduleRecurrence, checked as v1 checks it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aml_nb.core.pipelines.time_zones import TimeZone
from aml_nb.errors import ArgumentError

FREQUENCIES = ("Minute", "Hour", "Day", "Week", "Month")
WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FORMAT = "%Y-%m-%dT%H:%M:%S"
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_EXAMPLE = "ScheduleRecurrence(frequency='Week', interval=1, week_days=['Monday'], time_of_day='15:30')"


class ScheduleRecurrence:
    """How often, and when.

    Without ``start_time`` the first run is at once. With one in the past the first run is at the next time that
    counts from it.

    Parameters
    ----------
    frequency : ``Minute``, ``Hour``, ``Day``, ``Week`` or ``Month``.
    interval : every how many of these.
    start_time : a datetime without a zone, or text as ``2030-01-31T15:30:00``.
    time_zone : a ``TimeZone``, in which start_time, hours and minutes are; UTC when left out.
    hours, minutes : of the day, with ``Day`` and ``Week``: numbers, each hour with each minute.
    week_days : with ``Week``: ``Monday`` to ``Sunday``.
    time_of_day : ``hh:mm``, with ``Day`` and ``Week``, in place of hours and minutes.

    Raises
    ------
    ArgumentError : something of this does not hold; it is a ValueError.
    """

    def __init__(
        self,
        frequency: str,
        interval: int,
        start_time: datetime | str | None = None,
        time_zone: TimeZone | None = None,
        hours: Sequence[int] | None = None,
        minutes: Sequence[int] | None = None,
        week_days: Sequence[str] | None = None,
        time_of_day: str | None = None,
    ) -> None:
        self.frequency = frequency
        self.interval = interval
        self.start_time = _start(start_time)
        self.time_zone = TimeZone.UTC if time_zone is None and start_time is not None else time_zone
        self.hours = _listed(hours)
        self.minutes = _listed(minutes)
        self.week_days = _listed(week_days)
        if time_of_day is not None:
            self._take_time_of_day(time_of_day)
        self.validate()

    def validate(self) -> None:
        """Check that everything holds together.

        Raises
        ------
        ArgumentError : it does not.
        """
        if self.frequency not in FREQUENCIES:
            raise _wrong(f"The frequency {self.frequency!r} is none of {', '.join(FREQUENCIES)}.")
        if isinstance(self.interval, bool) or not isinstance(self.interval, int) or self.interval < 1:
            raise _wrong(f"The interval has to be a number of at least 1, not {self.interval!r}.")
        if self.time_zone is not None and not isinstance(self.time_zone, TimeZone):
            raise _wrong(
                f"time_zone has to be a TimeZone, not {self.time_zone!r}.",
                "from azureml.pipeline.core import TimeZone; TimeZone.CentralEuropeStandardTime",
            )
        self.start_time = _start(self.start_time)
        if self.frequency not in ("Day", "Week") and (self.hours is not None or self.minutes is not None):
            raise _wrong(
                f"Hours, minutes and a time of day go with the frequencies Day and Week, not {self.frequency}."
            )
        if self.frequency != "Week" and self.week_days is not None:
            raise _wrong(f"Days of the week go with the frequency Week, not {self.frequency}.")
        _check_numbers("hours", self.hours, 23)
        _check_numbers("minutes", self.minutes, 59)
        _check_days(self.week_days)

    def _take_time_of_day(self, time_of_day: str) -> None:
        if self.hours is not None or self.minutes is not None:
            raise _wrong("A time of day stands in place of hours and minutes; give one or the other.")
        found = _TIME_OF_DAY.fullmatch(time_of_day) if isinstance(time_of_day, str) else None
        if found is None:
            raise _wrong(f"The time of day {time_of_day!r} has not the form hh:mm, from 00:00 to 23:59.")
        self.hours, self.minutes = [int(found[1])], [int(found[2])]

    def _to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        self.validate()
        return {
            "frequency": self.frequency,
            "interval": self.interval,
            "start_time": self.start_time,
            "time_zone": self.time_zone.value if self.time_zone else None,
            "hours": self.hours,
            "minutes": self.minutes,
            "week_days": self.week_days,
        }

    @classmethod
    def _from_dict(cls, told: dict[str, Any]) -> ScheduleRecurrence:
        time_zone = TimeZone(told["time_zone"]) if told["time_zone"] else None
        return cls(**{**told, "time_zone": time_zone})

    def __str__(self) -> str:
        """In words: ``Runs at 22:30 every 2 Days``."""
        parts = ["Runs"]
        if self.hours or self.minutes:
            hours: list[Any] = self.hours or ["*"]
            minutes = [f"{minute:02}" for minute in self.minutes or []] or ["*"]
            parts.append("at " + ", ".join(f"{hour}:{minute}" for hour in hours for minute in minutes))
        if self.week_days:
            parts.append(f"on {', '.join(self.week_days)}")
        parts.append(f"every {self.frequency}" if self.interval == 1 else f"every {self.interval} {self.frequency}s")
        if self.start_time:
            parts.append(f"from {self.start_time}")
        if self.time_zone:
            parts.append(f"({self.time_zone.value})")
        return " ".join(parts)

    def __repr__(self) -> str:
        given = {name: value for name, value in vars(self).items() if value is not None}
        return f"ScheduleRecurrence({', '.join(f'{name}={value!r}' for name, value in given.items())})"


def start_of(recurrence: ScheduleRecurrence) -> datetime | None:
    """The time that it starts at, in its time zone but without one."""
    return None if recurrence.start_time is None else datetime.strptime(recurrence.start_time, _FORMAT)


def _start(start_time: Any) -> str | None:
    if start_time is None:
        return None
    if isinstance(start_time, datetime):
        if start_time.tzinfo is not None:
            raise _wrong(
                f"start_time {start_time} has a zone of its own; time_zone is to say which it is.",
                "start_time=datetime(2030, 1, 31, 15, 30), time_zone=TimeZone.UTC",
            )
        return start_time.replace(microsecond=0).strftime(_FORMAT).rjust(19, "0")
    try:
        datetime.strptime(str(start_time), _FORMAT)
    except ValueError:
        raise _wrong(
            f"start_time {start_time!r} is neither a datetime nor text like 2030-01-31T15:30:00.",
            "start_time='2030-01-31T15:30:00'",
        ) from None
    return str(start_time)


def _listed(values: Any) -> list[Any] | None:
    if values is None:
        return None
    if isinstance(values, (int, str)):
        return [values]
    return list(values)


def _check_numbers(what: str, values: list[Any] | None, largest: int) -> None:
    for value in values or []:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
            raise _wrong(f"{what} are numbers from 0 to {largest}, not {value!r}.")
    if values is not None and not values:
        raise _wrong(f"{what} is empty; leave it out, or name some.")


def _check_days(days: list[Any] | None) -> None:
    for day in days or []:
        if day not in WEEK_DAYS:
            raise _wrong(f"The day of the week {day!r} is none of {', '.join(WEEK_DAYS)}.")
    if days is not None and not days:
        raise _wrong("week_days is empty; leave it out, or name some.")


def _wrong(message: str, hint: str = _EXAMPLE) -> ArgumentError:
    return ArgumentError(message, hint=hint)

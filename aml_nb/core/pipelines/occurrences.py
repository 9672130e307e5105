"""When a recurrence recurs: pure arithmetic, in which times are datetimes in UTC.

Minutes and hours are counted as they pass. Days, weeks and months are counted by the calendar of the time zone, so
that half past two stays half past two when the clocks change; a time that the clocks leave out is as much later as
they are put forward, and one that comes twice counts when it comes first.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone, tzinfo

from aml_nb.core.pipelines.recurrence import WEEK_DAYS, ScheduleRecurrence, start_of
from aml_nb.core.pipelines.time_zones import zone

_STEPS = {"Minute": timedelta(minutes=1), "Hour": timedelta(hours=1)}
_DAY = timedelta(days=1)
_SPARE = timedelta(days=2)
"""Clocks are put forward and back, and zones change sides of the date line, by less than this."""


def anchor(recurrence: ScheduleRecurrence, created: datetime) -> datetime:
    """What is counted from: the start, or when the schedule was made where no start was told."""
    start = start_of(recurrence)
    return created if start is None else to_utc(start, _zone(recurrence))


def first(recurrence: ScheduleRecurrence, created: datetime) -> datetime | None:
    """The first time of a schedule: at once where no start was told, else the start or what follows from it."""
    if recurrence.start_time is None:
        return created
    return following(recurrence, created, created - timedelta(microseconds=1))


def following(recurrence: ScheduleRecurrence, created: datetime, after: datetime) -> datetime | None:
    """The next time after ``after``; None where the calendar ends.

    Parameters
    ----------
    created : when the schedule was made.
    """
    begin = anchor(recurrence, created)
    try:
        if recurrence.frequency in _STEPS:
            return _stepped(begin, _STEPS[recurrence.frequency] * recurrence.interval, after)
        for moment in _by_calendar(recurrence, begin, after):
            if moment > after:
                return moment
    except OverflowError:
        pass
    return None


def last_until(recurrence: ScheduleRecurrence, created: datetime, planned: datetime, until: datetime) -> datetime:
    """The last time that is not after ``until``, from ``planned`` on: what is made up for when several were missed."""
    near = _longest(recurrence)
    found = planned
    later = following(recurrence, created, planned if until - planned < near else until - near)
    while later is not None and later <= until:
        found, later = later, following(recurrence, created, later)
    return found


def to_utc(local: datetime, where: tzinfo) -> datetime:
    """The moment of a time on the clocks of a zone."""
    return local.replace(tzinfo=where, fold=0).astimezone(timezone.utc)


def _stepped(begin: datetime, step: timedelta, after: datetime) -> datetime:
    if after < begin:
        return begin
    return begin + step * ((after - begin) // step + 1)


def _by_calendar(recurrence: ScheduleRecurrence, begin: datetime, after: datetime) -> Iterator[datetime]:
    """Times in order, from some time before ``after`` on, each once."""
    where = _zone(recurrence)
    origin = begin.astimezone(where).replace(tzinfo=None)
    since = max(begin, after - _SPARE).astimezone(where).date()
    previous = begin - timedelta(microseconds=1)
    for day in _days(recurrence, origin.date(), since):
        for moment in sorted(to_utc(local, where) for local in _times(recurrence, origin, day)):
            if moment > previous:
                yield moment
                previous = moment


def _days(recurrence: ScheduleRecurrence, origin: date, since: date) -> Iterator[date]:
    """The days on which something is due, from ``since`` on or a little earlier."""
    interval = recurrence.interval
    if recurrence.frequency == "Day":
        day = origin + _DAY * (max(0, (since - origin).days // interval) * interval)
        while True:
            yield day
            day += _DAY * interval
    elif recurrence.frequency == "Week":
        yield from _week_days(recurrence, origin, since)
    else:
        months = (since.year - origin.year) * 12 + since.month - origin.month
        count = max(0, months // interval) * interval
        while True:
            yield _month_later(origin, count)
            count += interval


def _week_days(recurrence: ScheduleRecurrence, origin: date, since: date) -> Iterator[date]:
    """Weeks begin on Monday; the first one is that of the origin."""
    wanted = sorted(WEEK_DAYS.index(name) for name in set(recurrence.week_days or [WEEK_DAYS[origin.weekday()]]))
    step = 7 * recurrence.interval
    monday = origin - _DAY * origin.weekday()
    monday += _DAY * (max(0, (since - monday).days // step) * step)
    while True:
        for number in wanted:
            yield monday + _DAY * number
        monday += _DAY * step


def _times(recurrence: ScheduleRecurrence, origin: datetime, day: date) -> Iterator[datetime]:
    """The times of a day; an hour or a minute that was not told is the origin's."""
    told = recurrence.hours is not None or recurrence.minutes is not None
    seconds = 0 if told or recurrence.week_days is not None else origin.second
    micros = 0 if told or recurrence.week_days is not None else origin.microsecond
    for hour in recurrence.hours or [origin.hour]:
        for minute in recurrence.minutes or [origin.minute]:
            yield datetime(day.year, day.month, day.day, hour, minute, seconds, micros)


def _month_later(origin: date, count: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(origin.year * 12 + origin.month - 1 + count, 12)
    if year > date.max.year:
        raise OverflowError("the calendar ends")
    return date(year, month + 1, min(origin.day, calendar.monthrange(year, month + 1)[1]))


def _longest(recurrence: ScheduleRecurrence) -> timedelta:
    """More than lies between two times in a row."""
    days = {"Minute": 1 / 1440, "Hour": 1 / 24, "Day": 1, "Week": 7, "Month": 31}[recurrence.frequency]
    spare = timedelta() if recurrence.frequency in _STEPS else _SPARE
    return timedelta(days=min(days * (recurrence.interval + 1), 3_000_000)) + spare


def _zone(recurrence: ScheduleRecurrence) -> tzinfo:
    return timezone.utc if recurrence.time_zone is None else zone(recurrence.time_zone.value)

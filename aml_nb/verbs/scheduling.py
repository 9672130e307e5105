"""``%pipeline schedule``: when, out of words as people say it."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aml_nb.errors import AmlError, UsageError
from aml_nb.verbs.parser import Parser, near_text

if TYPE_CHECKING:
    from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
    from aml_nb.core.pipelines.time_zones import TimeZone
    from aml_nb.verbs.context import Context

_UNITS = {"min": "Minute", "minute": "Minute", "hour": "Hour", "day": "Day", "week": "Week", "month": "Month"}
_EVERY = re.compile(r"(\d*)\s*([a-z]+?)s?", re.I)
_SAMPLES = [datetime(year, month, 15, 12) for year in (2026, 2027) for month in (1, 4, 7, 10)]


def declare(parser: Parser) -> None:
    """What ``schedule`` takes about when."""
    parser.add("--every", metavar="TIME", help="minute, hour, day, week, month, or several of them: 2weeks, 15min")
    parser.add("--on", metavar="DAYS", help="days of the week: monday, or mon,thu")
    parser.add("--at", metavar="HH:MM", help="the time of the day")
    parser.add("--start", metavar="TIME", help="not before this time: 2030-01-31T15:30:00")
    parser.add("--time-zone", metavar="ZONE", help="of these times, in v1's words or as Europe/Berlin; default: here")
    parser.add("--datastore", metavar="NAME", completes="datastore", help="when files of it are added or changed ...")
    parser.add("--path", metavar="FOLDER", help="... in this folder of it")
    parser.add("--polling", metavar="MINUTES", type=int, default=5, help="how often it is looked at (5)")
    parser.add("--data-path", metavar="PARAMETER", help="the DataPath parameter that is told which file changed")


def when(args: Namespace, context: Context) -> dict[str, Any]:
    """The arguments of ``Schedule.create`` that say when.

    Raises
    ------
    UsageError : nothing says when, or two things do.
    """
    by_time = [name for name in ("every", "on", "at", "start") if getattr(args, name) is not None]
    if args.datastore is None:
        for name in ("path", "data_path"):
            if getattr(args, name) is not None:
                raise UsageError(
                    f"--{name.replace('_', '-')} goes with --datastore", hint="--datastore NAME --path FOLDER"
                )
        return {"recurrence": recurrence(args)}
    if by_time:
        raise UsageError(
            f"--{by_time[0]} and --datastore: either the clock or the data", hint="leave one of the two out"
        )
    from aml_nb.verbs.datastore import find

    return {
        "datastore": find(context, args.datastore),
        "path_on_datastore": args.path,
        "polling_interval": args.polling,
        "data_path_parameter_name": args.data_path,
    }


def recurrence(args: Namespace) -> ScheduleRecurrence:
    """How often, and when.

    With a day or a time of the day the first run is at the next of these; else it is at once, as in v1.
    """
    from aml_nb.core.pipelines.recurrence import ScheduleRecurrence

    frequency, interval = _every(args)
    days, zone = _days(args.on), time_zone(args.time_zone)
    start = args.start
    if start is None and (days is not None or args.at is not None):
        start = _now_in(zone)
    try:
        return ScheduleRecurrence(
            frequency, interval, start_time=start, time_zone=zone, week_days=days, time_of_day=args.at
        )
    except AmlError as error:
        error.hint = "%pipeline schedule NAME --every week --on monday --at 08:00"
        raise


def time_zone(given: str | None) -> TimeZone:
    """v1's time zone for a name of its own or of the IANA database; without one this machine's.

    Raises
    ------
    UsageError : there is no such time zone.
    """
    from aml_nb.core.pipelines.time_zones import TimeZone

    text = given if given is not None else _here()
    for zone in TimeZone:
        if text.lower() in (zone.name.lower(), zone.value.lower()):
            return zone
    try:
        wanted = ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if given is None:
            return TimeZone.UTC
        near = near_text(text, [*(zone.name for zone in TimeZone), *(zone.value for zone in TimeZone)])
        raise UsageError(f"there is no time zone {text!r}{near}", hint="--time-zone Europe/Berlin") from None
    return _alike(wanted)


def _alike(wanted: ZoneInfo) -> TimeZone:
    """The one of v1's time zones whose clocks are always as these; UTC where there is none."""
    from aml_nb.core.pipelines.time_zones import TimeZone, zone

    alike = [TimeZone.UTC]
    for each in TimeZone:
        own = zone(each.value)
        if own.key == wanted.key:
            return each
        if all(
            moment.replace(tzinfo=own).utcoffset() == moment.replace(tzinfo=wanted).utcoffset() for moment in _SAMPLES
        ):
            alike.append(each)
    offset = _SAMPLES[0].replace(tzinfo=wanted).utcoffset()
    return alike[-1] if len(alike) > 1 and offset else alike[0]


def _here() -> str:
    """The IANA name of this machine's time zone."""
    told = os.environ.get("TZ", "").lstrip(":")
    return told or os.path.realpath("/etc/localtime").partition("zoneinfo/")[2] or "UTC"


def _now_in(zone: TimeZone) -> datetime:
    from aml_nb.core.pipelines.time_zones import zone as opened

    return datetime.now(opened(zone.value)).replace(tzinfo=None, microsecond=0)


def _every(args: Namespace) -> tuple[str, int]:
    if args.every is None:
        if args.on is None and args.at is None:
            raise UsageError("when?", hint="--every week --on monday --at 08:00, or --datastore NAME --path FOLDER")
        return ("Week" if args.on is not None else "Day"), 1
    found = _EVERY.fullmatch(str(args.every).strip())
    unit = found[2].lower() if found else str(args.every).lower()
    if found is None or unit not in _UNITS:
        raise UsageError(
            f"--every {str(args.every)!r} is no time{near_text(unit, _UNITS)}", hint="--every week, 2weeks, 15min"
        )
    return _UNITS[unit], int(found[1] or 1)


def _days(given: str | None) -> list[str] | None:
    from aml_nb.core.pipelines.recurrence import WEEK_DAYS

    if given is None:
        return None
    found = []
    for word in str(given).replace(",", " ").split():
        matching = [day for day in WEEK_DAYS if len(word) > 1 and day.lower().startswith(word.lower())]
        if len(matching) != 1:
            near = near_text(word.capitalize(), WEEK_DAYS)
            raise UsageError(f"--on {word!r} is no day of the week{near}", hint="--on monday, or mon,thu")
        found.append(matching[0])
    return sorted(set(found), key=WEEK_DAYS.index)

"""ScheduleRecurrence refuses what v1 refuses, and comes back from the workspace as it was."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.core.pipelines.time_zones import TimeZone, zone
from aml_nb.errors import ArgumentError

R = ScheduleRecurrence


@pytest.mark.parametrize(
    "given, message",
    [
        ({"frequency": "Year"}, "none of Minute, Hour"),
        ({"frequency": "week"}, "none of"),
        ({"frequency": None}, "none of"),
        ({"interval": 0}, "at least 1"),
        ({"interval": -2}, "at least 1"),
        ({"interval": "2"}, "at least 1"),
        ({"interval": True}, "at least 1"),
        ({"interval": 1.5}, "at least 1"),
        ({"time_zone": "UTC"}, "TimeZone"),
        ({"start_time": datetime.now(timezone.utc)}, "zone of its own"),
        ({"start_time": "tomorrow"}, "2030-01-31T15:30:00"),
        ({"start_time": "2030-01-31"}, "2030-01-31T15:30:00"),
        ({"start_time": 7}, "2030-01-31T15:30:00"),
        ({"frequency": "Hour", "hours": [3]}, "Day and Week"),
        ({"frequency": "Month", "minutes": [3]}, "Day and Week"),
        ({"frequency": "Minute", "time_of_day": "10:00"}, "Day and Week"),
        ({"frequency": "Day", "week_days": ["Monday"]}, "Days of the week"),
        ({"hours": [24]}, "0 to 23"),
        ({"hours": [-1]}, "0 to 23"),
        ({"hours": ["3"]}, "0 to 23"),
        ({"hours": []}, "empty"),
        ({"minutes": [60]}, "0 to 59"),
        ({"minutes": [True]}, "0 to 59"),
        ({"week_days": ["Mon"]}, "'Mon'"),
        ({"week_days": []}, "empty"),
        ({"time_of_day": "24:00"}, "hh:mm"),
        ({"time_of_day": "10:60"}, "hh:mm"),
        ({"time_of_day": "ten"}, "hh:mm"),
        ({"time_of_day": 1000}, "hh:mm"),
        ({"time_of_day": "10:00", "hours": [10]}, "one or the other"),
        ({"time_of_day": "10:00", "minutes": [0]}, "one or the other"),
    ],
)
def test_what_cannot_be_is_a_value_error(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        R(**{"frequency": "Week", "interval": 1, **given})
    assert isinstance(raised.value, ArgumentError) and raised.value.hint


def test_the_labs_weekly_schedule() -> None:
    weekly = R(frequency="Week", interval=1, week_days=["Monday"], time_of_day="00:00")
    assert (weekly.hours, weekly.minutes, weekly.week_days) == ([0], [0], ["Monday"])
    assert (weekly.start_time, weekly.time_zone) == (None, None)
    assert str(weekly) == "Runs at 0:00 on Monday every Week"


@pytest.mark.parametrize(
    "recurrence, words",
    [
        (R("Minute", 15), "Runs every 15 Minutes"),
        (R("Day", 2, hours=[22], minutes=[30]), "Runs at 22:30 every 2 Days"),
        (R("Day", 1, hours=[8, 20], minutes=[0, 5]), "Runs at 8:00, 8:05, 20:00, 20:05 every Day"),
        (R("Day", 1, hours=[8]), "Runs at 8:* every Day"),
        (R("Month", 1, start_time="2030-01-31T15:30:00"), "Runs every Month from 2030-01-31T15:30:00 (UTC)"),
    ],
)
def test_in_words(recurrence: R, words: str) -> None:
    assert str(recurrence) == words


def test_a_start_implies_utc_and_may_be_text() -> None:
    told = R("Day", 2, start_time="2030-01-31T15:30:00")
    made = R("Day", 2, start_time=datetime(2030, 1, 31, 15, 30))
    assert told.start_time == made.start_time == "2030-01-31T15:30:00"
    assert told.time_zone is made.time_zone is TimeZone.UTC


def test_an_hour_without_brackets_and_a_changed_attribute() -> None:
    recurrence = R("Day", 2, hours=22, minutes=(0, 30))  # type: ignore[arg-type]
    assert recurrence.hours == [22] and recurrence.minutes == [0, 30]
    recurrence.frequency = "Hour"
    with pytest.raises(ValueError, match="Day and Week"):
        recurrence.validate()


@pytest.mark.parametrize(
    "recurrence",
    [
        R("Minute", 15),
        R("Hour", 2, start_time="2030-01-31T15:30:00", time_zone=TimeZone.TokyoStandardTime),
        R("Week", 3, week_days=["Sunday", "Friday"], hours=[1, 13], minutes=[5]),
        R("Month", 1),
    ],
    ids=str,
)
def test_it_comes_back_as_it_was(recurrence: R) -> None:
    assert vars(R._from_dict(recurrence._to_dict())) == vars(recurrence)


@pytest.mark.parametrize("member", list(TimeZone), ids=lambda member: member.name)
def test_every_time_zone_of_v1_is_one_of_the_worlds(member: TimeZone) -> None:
    offset = datetime(2026, 1, 15, 12, tzinfo=zone(member.value)).utcoffset()
    assert offset is not None and abs(offset) <= timedelta(hours=14)


@pytest.mark.parametrize(
    "name, hours",
    [
        ("UTC", 0), ("UTC11", -11), ("UTC09", -9), ("UTC08", -8), ("UTC02", -2), ("UTC12", 12),
        ("DatelineStandardTime", -12), ("TokyoStandardTime", 9), ("IndiaStandardTime", 5.5),
        ("PacificStandardTime", -8), ("EasternStandardTime", -5), ("CentralEuropeStandardTime", 1),
        ("NepalStandardTime", 5.75), ("ChathamIslandsStandardTime", 13.75), ("LineIslandsStandardTime", 14),
    ],
)  # fmt: skip
def test_offsets_in_january(name: str, hours: float) -> None:
    there = datetime(2026, 1, 15, 12, tzinfo=zone(TimeZone[name].value))
    assert there.utcoffset() == timedelta(hours=hours)

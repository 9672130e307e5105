"""When a recurrence recurs: beside a plain count of minutes, in zones whose clocks change, and by hand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.pipelines.occurrences import anchor, first, following, last_until, to_utc
from aml_nb.core.pipelines.recurrence import WEEK_DAYS, ScheduleRecurrence
from aml_nb.core.pipelines.time_zones import TimeZone, zone

UTC = timezone.utc
ZONES = [
    TimeZone.UTC,
    TimeZone.EasternStandardTime,
    TimeZone.CentralEuropeStandardTime,
    TimeZone.LordHoweStandardTime,
    TimeZone.NepalStandardTime,
    TimeZone.PacificSAStandardTime,
]
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@st.composite
def recurrences(draw: st.DrawFn) -> ScheduleRecurrence:
    frequency = draw(st.sampled_from(["Minute", "Hour", "Day", "Week", "Month"]))
    by_day = frequency in ("Day", "Week")
    hours = st.none() | st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True)
    minutes = st.none() | st.lists(st.integers(0, 59), min_size=1, max_size=3, unique=True)
    days = st.none() | st.lists(st.sampled_from(WEEK_DAYS), min_size=1, max_size=4, unique=True)
    return ScheduleRecurrence(
        frequency,
        draw(st.integers(1, 40)),
        start_time=draw(st.none() | st.datetimes(datetime(2022, 1, 1), datetime(2028, 1, 1))),
        time_zone=draw(st.none() | st.sampled_from(ZONES)),
        hours=draw(hours) if by_day else None,
        minutes=draw(minutes) if by_day else None,
        week_days=draw(days) if frequency == "Week" else None,
    )


@settings(max_examples=200, deadline=None)
@given(recurrences(), MOMENTS, MOMENTS)
def test_the_next_time_is_later_and_the_first_that_is(
    recurrence: ScheduleRecurrence, created: datetime, after: datetime
) -> None:
    found = following(recurrence, created, after)
    assert found is not None and found > after and found >= anchor(recurrence, created)
    between = after + (found - after) / 2
    assert following(recurrence, created, between) == found
    assert following(recurrence, created, found - timedelta(microseconds=1)) == found
    later = following(recurrence, created, found)
    assert later is not None and later > found


@settings(max_examples=100, deadline=None)
@given(recurrences(), MOMENTS, st.timedeltas(timedelta(), timedelta(days=200)))
def test_what_is_made_up_for_is_the_last_that_was_missed(
    recurrence: ScheduleRecurrence, created: datetime, asleep: timedelta
) -> None:
    planned = first(recurrence, created)
    assert planned is not None
    until = planned + asleep
    found = last_until(recurrence, created, planned, until)
    assert planned <= found <= until
    later = following(recurrence, created, found)
    assert later is not None and (later > until)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(1, 3),
    st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 59), min_size=1, max_size=2, unique=True),
    st.none() | st.lists(st.sampled_from(WEEK_DAYS), min_size=1, max_size=3, unique=True),
    st.sampled_from([datetime(2026, 3, 6), datetime(2026, 3, 27), datetime(2026, 4, 3), datetime(2026, 10, 30)]),
)
def test_days_and_weeks_are_those_that_a_calendar_shows(
    where: TimeZone, interval: int, hours: list[int], minutes: list[int], days: list[str] | None, start: datetime
) -> None:
    """Every day of a month around a change of the clocks, by the plainest of counts."""
    frequency = "Day" if days is None else "Week"
    recurrence = ScheduleRecurrence(
        frequency, interval, start_time=start, time_zone=where, hours=hours, minutes=minutes, week_days=days
    )
    begin = to_utc(start, zone(where.value))
    monday = start.date() - timedelta(days=start.weekday())
    wanted = set()
    for count in range(30):
        day = start.date() + timedelta(days=count)
        if days is None and count % interval:
            continue
        if days is not None and (WEEK_DAYS[day.weekday()] not in days or (day - monday).days // 7 % interval):
            continue
        for hour in hours:
            for minute in minutes:
                local = datetime(day.year, day.month, day.day, hour, minute)
                wanted.add(to_utc(local, zone(where.value)))
    end = to_utc(start + timedelta(days=29), zone(where.value))
    found, moment = set(), following(recurrence, begin, begin - timedelta(seconds=1))
    while moment is not None and moment < end:
        found.add(moment)
        moment = following(recurrence, begin, moment)
    assert found == {moment for moment in wanted if begin <= moment < end}


def at(text: str, where: TimeZone = TimeZone.UTC) -> datetime:
    return to_utc(datetime.fromisoformat(text), zone(where.value))


def times(recurrence: ScheduleRecurrence, after: datetime, count: int, created: datetime | None = None) -> list[str]:
    where = zone((recurrence.time_zone or TimeZone.UTC).value)
    found, moment = [], after
    for _ in range(count):
        following_one = following(recurrence, created or after, moment)
        assert following_one is not None
        moment = following_one
        found.append(f"{moment.astimezone(where):%Y-%m-%d %H:%M}")
    return found


def test_half_past_two_when_the_clocks_go_forward_is_an_hour_later_that_day() -> None:
    daily = ScheduleRecurrence(
        "Day", 1, start_time="2026-03-07T02:30:00", time_zone=TimeZone.EasternStandardTime, time_of_day=None
    )
    assert times(daily, at("2026-03-06T00:00:00"), 4) == [
        "2026-03-07 02:30", "2026-03-08 03:30", "2026-03-09 02:30", "2026-03-10 02:30",
    ]  # fmt: skip


def test_half_past_one_when_the_clocks_go_back_comes_once() -> None:
    daily = ScheduleRecurrence("Day", 1, time_zone=TimeZone.EasternStandardTime, time_of_day="01:30")
    created = at("2026-10-30T00:00:00")
    moments = times(daily, created, 4)
    assert moments == ["2026-10-30 01:30", "2026-10-31 01:30", "2026-11-01 01:30", "2026-11-02 01:30"]
    assert following(daily, created, at("2026-10-31T12:00:00")) == at("2026-11-01T05:30:00")  # the first of the two


def test_two_hours_that_become_one_when_the_clocks_go_forward_are_one() -> None:
    twice = ScheduleRecurrence(
        "Day", 1, time_zone=TimeZone.EasternStandardTime, hours=[2, 3], minutes=[30], start_time="2026-03-07T00:00:00"
    )
    assert times(twice, at("2026-03-07T12:00:00"), 3) == ["2026-03-08 03:30", "2026-03-09 02:30", "2026-03-09 03:30"]


def test_hours_pass_also_when_the_clocks_change() -> None:
    hourly = ScheduleRecurrence("Hour", 6, start_time="2026-03-28T00:00:00", time_zone=TimeZone.RomanceStandardTime)
    assert times(hourly, at("2026-03-27T23:00:00"), 6) == [
        "2026-03-28 06:00", "2026-03-28 12:00", "2026-03-28 18:00", "2026-03-29 00:00", "2026-03-29 07:00",
        "2026-03-29 13:00",
    ]  # fmt: skip


def test_the_last_of_a_month_stays_the_last() -> None:
    monthly = ScheduleRecurrence("Month", 1, start_time="2026-10-31T10:00:00")
    assert [each[:10] for each in times(monthly, at("2026-10-01T00:00:00"), 6)] == [
        "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31",
    ]  # fmt: skip


def test_every_other_week_counts_from_the_week_of_the_start() -> None:
    weekly = ScheduleRecurrence(
        "Week", 2, start_time="2026-01-07T00:00:00", week_days=["Friday", "Monday"], time_of_day="09:00"
    )  # a Wednesday
    assert times(weekly, at("2026-01-01T00:00:00"), 4) == [
        "2026-01-09 09:00", "2026-01-19 09:00", "2026-01-23 09:00", "2026-02-02 09:00",
    ]  # fmt: skip


def test_minutes_that_were_not_told_are_those_of_the_start() -> None:
    daily = ScheduleRecurrence("Day", 1, start_time="2026-01-01T06:17:30", hours=[10, 12])
    assert times(daily, at("2026-01-01T00:00:00"), 3) == ["2026-01-01 10:17", "2026-01-01 12:17", "2026-01-02 10:17"]


def test_without_a_start_the_first_is_at_once_and_the_next_by_the_schedule() -> None:
    created = datetime(2026, 5, 6, 15, 4, 5, tzinfo=UTC)  # a Wednesday
    weekly = ScheduleRecurrence("Week", 1)
    assert first(weekly, created) == created
    assert following(weekly, created, created) == created + timedelta(days=7)
    mondays = ScheduleRecurrence("Week", 1, week_days=["Monday"], time_of_day="00:00")
    assert first(mondays, created) == created
    assert following(mondays, created, created) == datetime(2026, 5, 11, tzinfo=UTC)


def test_a_start_in_the_past_counts_on_and_one_to_come_is_waited_for() -> None:
    created = datetime(2026, 5, 6, 15, 4, tzinfo=UTC)
    past = ScheduleRecurrence("Day", 3, start_time="2026-05-01T12:00:00")
    assert first(past, created) == datetime(2026, 5, 7, 12, tzinfo=UTC)
    future = ScheduleRecurrence("Minute", 5, start_time="2027-01-01T00:00:00")
    assert first(future, created) == datetime(2027, 1, 1, tzinfo=UTC)


def test_where_the_calendar_ends_nothing_follows() -> None:
    last = datetime(9999, 12, 30, tzinfo=UTC)
    assert following(ScheduleRecurrence("Month", 3), last, last) is None
    assert following(ScheduleRecurrence("Day", 10**9), last, last) is None
    assert following(ScheduleRecurrence("Minute", 10**15), last, last) is None


@pytest.mark.parametrize("frequency", ["Minute", "Hour", "Day", "Week", "Month"])
def test_years_of_sleep_cost_no_time(frequency: str) -> None:
    created = datetime(2000, 1, 1, tzinfo=UTC)
    recurrence = ScheduleRecurrence(frequency, 1)
    until = datetime(2026, 6, 1, 0, 0, 30, tzinfo=UTC)
    found = last_until(recurrence, created, created, until)
    later = following(recurrence, created, found)
    assert later is not None and found <= until < later

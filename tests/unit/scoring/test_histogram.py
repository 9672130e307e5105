from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from aml_nb.scoring.histogram import BOUNDS, BUCKETS, added, bucket, counted, percentile

DURATIONS = st.lists(st.floats(0, 900, allow_nan=False), min_size=1, max_size=200)
SHARES = st.floats(0, 1)


def test_the_bounds_rise_and_have_those_of_opentelemetry() -> None:
    assert list(BOUNDS) == sorted(set(BOUNDS))
    assert {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0} <= set(BOUNDS)
    assert max(high / low for low, high in zip(BOUNDS, BOUNDS[1:], strict=False)) < 1.34


def test_a_duration_at_a_bound_is_below_it_as_prometheus_has_it() -> None:
    assert [bucket(bound) for bound in BOUNDS] == list(range(len(BOUNDS)))
    assert bucket(1e9) == BUCKETS - 1


@given(DURATIONS, SHARES)
def test_a_percentile_is_in_the_bucket_of_the_true_one(durations: list[float], share: float) -> None:
    found = percentile(counted(durations), share)
    true = sorted(durations)[max(0, math.ceil(share * len(durations)) - 1)]
    number = bucket(true)
    assert found is not None
    assert (BOUNDS[number - 1] if number else 0.0) <= found <= BOUNDS[number]


@given(DURATIONS, SHARES, SHARES)
def test_a_higher_share_takes_no_less_time(durations: list[float], one: float, other: float) -> None:
    counts = counted(durations)
    low, high = percentile(counts, min(one, other)), percentile(counts, max(one, other))
    assert low is not None and high is not None and low <= high


@given(DURATIONS, DURATIONS)
def test_counting_apart_and_adding_is_counting_together(one: list[float], other: list[float]) -> None:
    assert added([counted(one), counted(other)]) == counted([*one, *other])


def test_nothing_has_no_percentile_and_what_is_too_long_the_last_bound() -> None:
    assert percentile([0] * BUCKETS, 0.5) is None
    assert percentile(counted([5000.0]), 0.99) == BOUNDS[-1]

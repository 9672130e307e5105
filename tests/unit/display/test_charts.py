"""Curves: bounded in size, true to their peaks, well-formed whatever is in them."""

from __future__ import annotations

import math
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.display import charts
from aml_nb.display.charts import Series
from tests.unit.display.pages import assert_harmless

numbers = st.floats(allow_nan=True, allow_infinity=True)
points = st.lists(st.tuples(numbers, numbers), max_size=60)


@given(st.text(max_size=40), st.lists(points, max_size=3), st.text(max_size=8))
def test_every_chart_is_well_formed_and_finite(title: str, lines: list[list[tuple[float, float]]], axis: str) -> None:
    svg = charts.curve(title, [Series(title, line) for line in lines], axis, axis)
    tree = ElementTree.fromstring(svg)
    assert not [v for e in tree.iter() for v in e.attrib.values() if v in ("nan", "inf", "-inf")]
    assert "nan," not in svg and "inf," not in svg
    assert_harmless(svg)
    assert_harmless(charts.picture(svg, title))


@given(st.lists(numbers, max_size=20), st.lists(numbers, max_size=20))
def test_every_histogram_is_well_formed(edges: list[float], counts: list[float]) -> None:
    ElementTree.fromstring(charts.bars("residuals", edges, counts))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=3000), st.integers(4, 500))
def test_what_is_left_out_cannot_be_seen(values: list[float], most: int) -> None:
    line = [(float(number), value) for number, value in enumerate(values)]
    kept = charts.decimate(line, most)
    assert len(kept) <= max(most, 4)
    assert kept == sorted(kept) and set(kept) <= set(line)
    assert (kept[0], kept[-1]) == (line[0], line[-1])
    assert (min(y for _, y in kept), max(y for _, y in kept)) == (min(values), max(values))


def test_ten_thousand_points_are_a_small_picture_at_once() -> None:
    line = [(float(n), math.sin(n / 300)) for n in range(10_000)]
    began = time.process_time()
    svg = charts.curve("loss", [Series("loss", line)])
    assert len(svg) < 10_000
    assert time.process_time() - began < 1


def test_a_value_that_is_no_number_leaves_a_gap() -> None:
    values = [1.0, 2.0, math.nan, 3.0, 4.0]
    svg = charts.curve("loss", [Series("loss", list(enumerate(values)))])
    assert svg.count("<polyline") == 2
    assert "no finite values" in charts.curve("loss", [Series("loss", [(0.0, math.nan), (1.0, math.inf)])])


def test_hostile_names_stay_text() -> None:
    bad = "</title><script>alert(1)</script>"
    page = assert_harmless(charts.curve(bad, [Series(bad, [(0, 1)]), Series(bad, [(1, 2)])], bad, bad))
    assert "<script>alert(1)</script>" in page.text


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 17), (1e-9, 2e-9), (-1e300, 1e300), (5, 5), (0.1, 0.3)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    found = charts.ticks(low, high)
    assert found == sorted(found) and 1 <= len(found) <= 8
    assert all(low <= tick <= high * (1 + 1e-9) for tick in found)


def test_a_curve_in_a_terminal() -> None:
    assert charts.sparkline([0, 1, 2, 3]) == "▁▃▆█"
    assert charts.sparkline([1]) == "" == charts.sparkline([math.nan, math.nan])
    assert len(charts.sparkline([float(n % 7) for n in range(10_000)])) <= 20


@pytest.mark.parametrize(
    ("value", "said"),
    [(3.0, "3"), (0.1234567, "0.123457"), (1.2e-05, "1.2e-05"), (math.nan, "nan"), (True, "True"), (10**400, "1000")],
)
def test_numbers_in_a_table(value: float, said: str) -> None:
    assert charts.number(value).startswith(said)

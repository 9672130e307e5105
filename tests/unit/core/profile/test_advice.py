"""From measurements to what to ask for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.profile import advice, limits
from aml_nb.core.profile.load import percentile
from aml_nb.errors import WebserviceException


def row(rate: float, cpu: float | None = 0.5, memory: float | None = 0.2, **more: Any) -> dict[str, Any]:
    return {
        "requestsPerSecond": rate, "cpu": cpu, "memoryInGB": memory, "requests": 100, "errors": 0,
        "machineBusy": 0.5, "clientCpu": 0.1, **more,
    }  # fmt: skip


def test_the_best_load_is_the_least_that_nearly_reaches_the_most() -> None:
    rows = [row(100), row(190), row(200), row(198)]
    assert advice.best(rows) is rows[1]
    assert advice.best([row(0)]) is None
    assert advice.best([]) is None


@pytest.mark.parametrize(
    ("rates", "enough"),
    [
        ([100], False),
        ([100, 50], False),
        ([100, 200, 390], False),
        ([100, 101, 180], False),
        ([100, 102, 104], True),
        ([100, 200, 205, 190], True),
    ],
)
def test_when_more_load_brings_no_more(rates: list[float], enough: bool) -> None:
    assert advice.saturated([row(rate) for rate in rates]) is enough


def test_a_load_that_nothing_answers_is_the_last() -> None:
    assert advice.saturated([row(0, errors=100)])


def test_the_most_that_was_used_with_a_margin_in_tenths() -> None:
    assert advice.recommend([row(1, 0.3, 0.1), row(2, 0.81, 0.5), row(3, 0.7, 0.4)]) == (1.0, 0.7)
    assert advice.recommend([row(1, 0.5, 0.4)]) == (0.6, 0.5)  # 0.6 and 0.5 to the last digit: not rounded up
    assert advice.recommend([row(1, 0.001, 0.001)]) == (0.1, 0.1)
    assert advice.recommend([row(1, 9.0, 99.0)]) == (3.5, 15.0)
    assert advice.recommend([row(1, None, None)]) == (None, None)


def test_what_is_said_of_it() -> None:
    quiet = advice.reasons([row(1, 0.5, 0.2)], 1, 1, enforced=True)
    assert len(quiet) == 1 and "0.50 cores and 0.20 GB" in quiet[0] and "20% and 25%" in quiet[0]
    full = " ".join(advice.reasons([row(1, 0.95, 0.95, machineBusy=0.99)], 1, 1, enforced=True))
    assert "all of the 1 cores" in full and "nearly all of the 1 GB" in full and "no core free" in full
    assert "as fast as they could" in " ".join(advice.reasons([row(1, clientCpu=0.95)], 1, 1, enforced=True))
    assert "all of the" not in " ".join(advice.reasons([row(1, 0.95, 0.95)], 1, 1, enforced=False))
    assert "does not tell" in advice.reasons([row(1, None, None)], 1, 1, enforced=False)[0]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([50, 90, 95, 99, 99.9]))
def test_percentiles(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= len(ordered) * share / 100 - 1e-9


def test_percentiles_of_known_numbers() -> None:
    hundred = [float(number) for number in range(1, 101)]
    assert [percentile(hundred, share) for share in (50, 90, 99, 99.9)] == [50, 90, 99, 100]
    assert percentile([], 50) is None


def test_limits_are_v1s_bounds_and_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "machine", lambda: (2.0, 8.0))
    assert limits.choose(None, None) == limits.Limits(2.0, 8.0)
    assert limits.choose(0.1, 0.1) == limits.Limits(0.1, 0.1)
    more = limits.choose(3.5, 15.0)
    assert (more.cpu, more.memory_gb, len(more.notes)) == (2.0, 8.0, 2)
    for cpu, memory in ((0.05, None), (3.6, None), (None, 0), (None, 16), ("1", None), (True, None)):
        with pytest.raises(WebserviceException, match="must be a number from 0.1"):
            limits.choose(cpu, memory)  # type: ignore[arg-type]

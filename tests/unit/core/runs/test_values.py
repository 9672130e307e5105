"""What may be logged, and what it becomes."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.runs import values
from aml_nb.errors import UserErrorException


class Grade(IntEnum):
    GOOD = 1


class Tensor:
    """A scalar as TensorFlow has it."""

    shape = ()

    def numpy(self) -> Any:
        return np.float32(0.5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (0.5, 0.5),
        (True, True),
        ("text", "text"),
        (None, None),
        (np.float32(0.5), 0.5),
        (np.float64(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(3), 3),
        (np.datetime64("2026-01-02"), "2026-01-02"),
        (Decimal("1.5"), 1.5),
        (Fraction(1, 4), 0.25),
        (Grade.GOOD, 1),
        (Tensor(), 0.5),
        (b"bytes", "bytes"),
        (2**70, float(2**70)),
        (-(10**999), -math.inf),
        (Decimal("1e999"), math.inf),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3), "2026-01-02T03:00:00"),
        (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
    ],
)
def test_a_value_becomes_a_plain_one(value: Any, expected: Any) -> None:
    plain = values.scalar("m", value)
    assert plain == expected
    assert type(plain).__module__ in ("builtins", __name__)


@pytest.mark.parametrize("value", [math.nan, np.float32("nan"), Decimal("NaN"), pd.NA, pd.NaT])
def test_what_is_no_number_is_a_nan(value: Any) -> None:
    plain = values.scalar("m", value)
    assert isinstance(plain, float)
    assert math.isnan(plain)


@pytest.mark.parametrize(
    "value",
    [[1], (1, 2), range(3), {1}, {"a": 1}, (n for n in "ab"), np.array([1.0]), pd.Series([1]), iter([1]), 1j, object()],
)
def test_several_values_are_refused_as_one(value: Any) -> None:
    with pytest.raises(UserErrorException) as caught:
        values.scalar("m", value)
    assert "'m'" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "value",
    [[1, 2], (1, 2), range(1, 3), np.array([1, 2]), pd.Series([1, 2]), (n for n in (1, 2)), {1: 0, 2: 0}.keys()],
)
def test_a_list_may_be_anything_with_several_values(value: Any) -> None:
    assert values.listed("m", value) == [1, 2]


@pytest.mark.parametrize("value", [1, "ab", {"a": 1}, None, np.array([[1, 2], [3, 4]])])
def test_a_list_is_refused_that_is_none(value: Any) -> None:
    with pytest.raises(UserErrorException):
        values.listed("m", value)


def test_a_table_has_columns_of_one_length() -> None:
    assert values.table("t", {"x": [1, 2], "y": np.array([3, 4])}) == {"x": [1, 2], "y": [3, 4]}
    assert values.table("t", {"x": 1, "y": "a"}) == {"x": 1, "y": "a"}
    assert values.table("t", pd.DataFrame({"x": [1, 2]})) == {"x": [1, 2]}
    with pytest.raises(UserErrorException, match="differ in length: x 2, y 3"):
        values.table("t", {"x": [1, 2], "y": [1, 2, 3]})
    wrongs: list[Any] = [[1], {}, "x", None]
    for wrong in wrongs:
        with pytest.raises(UserErrorException, match="must be a dictionary"):
            values.table("t", wrong)


@pytest.mark.parametrize("name", ["", " ", None, 3, ["a"]])
def test_a_metric_needs_a_name(name: Any) -> None:
    with pytest.raises(UserErrorException, match="name of a metric"):
        values.check_name(name)


def test_a_step_is_a_whole_number() -> None:
    assert [values.check_step(step) for step in (None, 3, np.int32(3), 3.0)] == [None, 3, 3, 3]
    for wrong in ("3", 3.5, True, [3]):
        with pytest.raises(UserErrorException, match="step"):
            values.check_step(wrong)


@settings(max_examples=100, deadline=None)
@given(value=st.floats() | st.integers() | st.text() | st.booleans() | st.none() | st.decimals() | st.fractions())
def test_whatever_is_one_value_is_taken(value: Any) -> None:
    plain = values.scalar("m", value)
    assert plain is None or isinstance(plain, (bool, int, float, str))

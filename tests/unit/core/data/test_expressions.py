"""Conditions on datasets: what they mean for a value, and that they are JSON whatever is put into them."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.data.datasets.expressions import Expression, column, evaluate
from aml_nb.errors import UserErrorException

VALUES = {"n": 3, "t": "Oslo", "day": datetime(2020, 5, 1), "none": None, "yes": True}
N, T, DAY, NONE = column("n"), column("t"), column("day"), column("none")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (N > 2, True),
        (N >= np.int64(3), True),
        ((N < 3) | (N <= 3), True),
        ((N + 1) * 2 - 8 == 0, True),
        ((N / 2 > 1) & (N % 2 == 1) & (-N == -3), True),
        (~(T == "Oslo"), False),
        (T != "Bergen", True),
        (T.starts_with("Os") & T.ends_with("lo") & T.contains("sl") & T.matches("^O.*o$"), True),
        (T.length() == 4, True),
        (T.to_lower() == "oslo", True),
        (T.to_upper().substring(1, 2) == "SL", True),
        (T.substring(2) == "lo", True),
        (DAY >= date(2020, 5, 1), True),
        (DAY < datetime(2020, 5, 1, 0, 0, 1, tzinfo=timezone.utc), True),
        (DAY == "2020-05-01", True),
        (N == "3", True),
        (NONE.is_null(), True),
        (NONE == None, True),  # noqa: E711
        (N != None, True),  # noqa: E711
        (NONE > 1, False),
        (NONE == 1, False),
        (NONE != 1, False),
        (NONE + 1 > 0, False),
        (NONE.contains("x"), False),
    ],
    ids=str,
)
def test_what_a_condition_means(expression: Expression, value: bool) -> None:
    assert evaluate(json.loads(json.dumps(expression.to_dict())), VALUES, {}) is value


@pytest.mark.parametrize("expression", [N + "x", -T, column("other") == 1, N / 0, T.matches("("), DAY > "soon"])
def test_what_cannot_be_worked_out_is_told(expression: Expression) -> None:
    with pytest.raises(UserErrorException):
        evaluate(expression.to_dict(), VALUES, {})


def test_what_is_no_value() -> None:
    for wrong in (object(), [1], {"a": 1}):
        with pytest.raises(UserErrorException, match="cannot be filtered by"):
            N == wrong  # noqa: B015
    with pytest.raises(UserErrorException, match="no truth"):
        bool(N > 1)
    with pytest.raises(UserErrorException, match="does not know"):
        evaluate({"op": "eval", "args": [N.to_dict()]}, VALUES, {})


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes()
COMPARED = st.sampled_from(["__eq__", "__ne__", "__gt__", "__ge__", "__lt__", "__le__"])


@given(st.sampled_from(sorted(VALUES)), COMPARED, PLAIN)
def test_every_comparison_is_true_false_or_told(name: str, operation: str, value: Any) -> None:
    expression = getattr(column(name), operation)(value)
    try:
        assert evaluate(json.loads(json.dumps(expression.to_dict())), VALUES, {}) in (True, False)
    except UserErrorException:
        pass

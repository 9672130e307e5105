"""What run() may return, and the rows of text it becomes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from aml_nb.engines.batch import rows


class Tensor:
    """As tensors of other libraries are: a shape, and a list on demand."""

    shape = (2,)

    def tolist(self) -> list[float]:
        return [0.5, 1.0]


@pytest.mark.parametrize(
    ("result", "count", "text"),
    [
        (["a: 1", "b: 2"], 2, "a: 1\nb: 2\n"),
        ([], 0, ""),
        ((1, 2.5, None), 3, "1\n2.5\nNone\n"),
        (["two\nlines", "ä"], 2, "two\nlines\nä\n"),
        ([("a", 1), {"b": 2}], 2, "('a', 1)\n{'b': 2}\n"),
        (np.array([0.1, 2.0], dtype=np.float32), 2, "0.1\n2.0\n"),
        (np.array([[1, 2], [3, 4]]), 2, "1 2\n3 4\n"),
        ([np.arange(60), np.float64(1.5)], 2, " ".join(map(str, range(60))) + "\n1.5\n"),
        (pd.Series(["x", "y"]), 2, "x\ny\n"),
        (pd.DataFrame({"f": ["a.csv", "b c"], "p": [0, 1]}), 2, 'a.csv 0\n"b c" 1\n'),
        (pd.DataFrame({"p": []}), 0, ""),
        (Tensor(), 2, "0.5\n1.0\n"),
    ],
)
def test_what_run_returns_becomes_rows(result: Any, count: int, text: str) -> None:
    assert rows.count(result) == count
    assert rows.text(result).decode() == text


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "returned None"),
        ("text", "a str"),
        (b"bytes", "a bytes"),
        ({"a": 1}, "a dict"),
        (3, "an int"),
        (np.float64(3), "a float64"),
        (np.array(3), "an? ndarray"),
        ((x for x in [1]), "a generator"),
        ({1, 2}, "a set"),
    ],
)
def test_anything_else_is_refused_in_words(result: Any, said: str) -> None:
    with pytest.raises(rows.ResultError, match=f"{said}; it returns a list, an array, a DataFrame or a Series"):
        rows.count(result)


def test_names_that_are_no_utf_8_come_out_as_they_were() -> None:
    name = b"\xff\xfe.csv".decode("utf-8", "surrogateescape")
    assert rows.text([name]) == b"\xff\xfe.csv\n"
    assert rows.text(["\ud800"]) == b"\\ud800\n"

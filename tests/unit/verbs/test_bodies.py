"""A body from JSON, a file or a variable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aml_nb.errors import UsageError
from aml_nb.magics.words import Variable
from aml_nb.verbs.bodies import body_bytes, looks_like_body


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ({"data": [[1, 2.5]]}, b'{"data": [[1, 2.5]]}'),
        ({"data": np.array([[1, 2]])}, b'{"data": [[1, 2]]}'),
        (np.float64(2.5), b"2.5"),
        (pd.DataFrame({"a": [1, 2]}), b'[{"a": 1}, {"a": 2}]'),
        ("any text", b"any text"),
        (b"\xff\x00", b"\xff\x00"),
        ([1, None], b"[1, null]"),
    ],
)
def test_variables(value: Any, body: bytes) -> None:
    assert body_bytes(Variable.of(value)) == body


def test_typed_json_goes_as_it_was_typed() -> None:
    assert body_bytes('{"a":  1}') == b'{"a":  1}'


def test_typed_text_that_is_no_json() -> None:
    with pytest.raises(UsageError, match="no JSON"):
        body_bytes("{'a': 1}")


def test_json_that_is_too_deep() -> None:
    with pytest.raises(UsageError, match="no JSON"):
        body_bytes("[" * 100_000)


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_bytes(b'{"a": 1}')
    assert body_bytes(f"@{tmp_path}/request.json") == b'{"a": 1}'
    with pytest.raises(UsageError, match="No such file"):
        body_bytes(f"@{tmp_path}/nothing.json")


def test_an_unknown_variable() -> None:
    with pytest.raises(UsageError, match=r"no variable '\$nope'"):
        body_bytes("$nope")


def test_an_object_that_is_no_json() -> None:
    with pytest.raises(UsageError, match="object is not JSON"):
        body_bytes(Variable.of(object()))


@pytest.mark.parametrize(
    ("word", "is_body"),
    [("iris", False), ('{"a": 1}', True), ("[1]", True), ("@f.json", True), ("$x", True), ("iris-2", False),
     (Variable.of({"a": 1}), True), (Variable.of(json.dumps([1])), True), (Variable.of("iris"), False)],
)  # fmt: skip
def test_bodies_and_names(word: Any, is_body: bool) -> None:
    assert looks_like_body(word) is is_body

"""What pandas writes is what a dataset reads; records of any text are those of the csv module."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aml_nb.core.data.datasets.tabular.records import LONGEST_FIELD, records
from aml_nb.core.data.datasets.tabular.sampling import headings
from aml_nb.core.data.datasets.tabular_factory import DataType, TabularDatasetFactory

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=12)
WORD = TEXT.map(lambda text: f"w{text}")  # never a number, a time, or nothing
LONGS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01"))
COLUMNS: list[st.SearchStrategy[Any]] = [WORD, LONGS, FLOATS, st.booleans(), TIMES.map(pd.Timestamp)]
NAMES = st.lists(TEXT.filter(bool), min_size=1, max_size=5, unique=True)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    names, size = draw(NAMES), draw(st.integers(1, 12))
    columns = {}
    for name in names:
        values: list[Any] = draw(st.lists(draw(st.sampled_from(COLUMNS)), min_size=size, max_size=size))
        kind = object if isinstance(values[0], str) else "datetime64[ns]" if hasattr(values[0], "year") else None
        columns[name] = pd.Series(values, dtype=kind)
    return pd.DataFrame(columns)


@settings(max_examples=30, deadline=None)
@given(frames(), st.sampled_from([",", ";", "\t", "|"]))
def test_csv(frame: pd.DataFrame, separator: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        frame.to_csv(path, index=False, sep=separator, encoding="utf-8", lineterminator="\n")
        dataset = TabularDatasetFactory.from_delimited_files(str(path), separator=separator, support_multi_line=True)
        found = dataset.to_pandas_dataframe()
    # The engine keeps microseconds, which is what the strategy draws.
    assert list(found) == list(frame)
    for name in frame:
        wanted = frame[name]
        assert found[name].dtype == wanted.dtype
        if wanted.dtype.kind == "f":
            assert np.array_equal(found[name].to_numpy(), wanted.to_numpy())
        else:
            assert found[name].tolist() == wanted.tolist()


@settings(max_examples=15, deadline=None)
@given(frames())
def test_text_of_every_column(frame: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
        kinds = {name: DataType.to_string() for name in frame}
        found = TabularDatasetFactory.from_delimited_files(str(path), set_column_types=kinds).to_pandas_dataframe()
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
    assert found.values.tolist() == rows


FIELD = st.text(st.sampled_from(list('a1,;"\n é')), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(FIELD, min_size=2, max_size=4), max_size=5), st.sampled_from([",", ";"]))
def test_well_formed_records_are_those_of_the_csv_module(rows: list[list[str]], separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    assert list(records(io.StringIO(text.getvalue(), newline=""), separator)) == rows


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from(list('a,"\n\0')), max_size=40), st.booleans())
def test_any_text_has_records(text: str, cut: bool) -> None:
    found = list(records(io.StringIO(text, newline=""), ",", most_lines=3, cut=cut))
    letters = sum(field.count("a") for record in found for field in record)
    assert letters <= text.count("a") if cut else letters == text.count("a")


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from(list('ab,,"" \n\n')), max_size=24), st.booleans())
@example('a,b\n " x",y\n', False)
@example("\n\na\n\n1\n\n", False)
@example(' "a\n1b,', False)
@example('a,b\n1,"2\n3,4\n', False)
@pytest.mark.filterwarnings("ignore:.*more fields")
def test_any_text_is_a_table(text: str, latin: bool) -> None:
    """The engine's reader and ours agree on whatever a file holds; another encoding takes another way."""
    first, *rest = list(records(io.StringIO(text, newline=""), ",", LONGEST_FIELD)) or [[]]
    names = headings([*first, *[""] * max(0, min(map(len, rest), default=0) - len(first))])
    wanted = [[field or None for field in [*row, *[""] * len(names)][: len(names)]] for row in rest]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text(text, encoding="utf-8", newline="")
        found = TabularDatasetFactory.from_delimited_files(
            str(path),
            validate=False,
            infer_column_types=False,
            support_multi_line=True,
            encoding="latin1" if latin else "utf8",
        ).to_pandas_dataframe()
    assert (list(found), found.values.tolist()) == (names, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('a::"b::c"::d\n', [["a", "b::c", "d"]]),
        ('"a""b"::c\n', [['a"b', "c"]]),
        ('"a\nb"::c\n', [["a\nb", "c"]]),
        ('"open::c\nd::e\n', [['"open', "c"], ["d", "e"]]),
        ("a::\n::b", [["a", ""], ["", "b"]]),
    ],
)
def test_separators_of_several_signs(text: str, wanted: list[list[str]]) -> None:
    assert list(records(io.StringIO(text, newline=""), "::")) == wanted

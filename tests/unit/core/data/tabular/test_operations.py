"""Operations on rows: each, and chains of them beside the same chain on a pandas DataFrame."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.errors import DatasetExecutionError, DatasetValidationError
from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
from aml_nb.core.data.datasets.tabular.draw import is_drawn
from aml_nb.errors import DatasetTimestampMissingError, UserErrorException

ROWS = 40
GOLDEN = [3, 4, 9, 12, 15, 17, 18, 19, 23, 27]
Make = Callable[..., TabularDataset]


def frame_of(rows: int) -> pd.DataFrame:
    numbers = range(rows)
    return pd.DataFrame(
        {
            "n": [number * 7 % 11 for number in numbers],
            "x": [None if number % 5 == 0 else number / 4 for number in numbers],
            "s": pd.Series([None if number % 7 == 0 else "abc"[number % 3] * 2 for number in numbers], dtype=object),
            "t": pd.date_range("2020-01-01", periods=rows, freq="D"),
        }
    )


@pytest.fixture(scope="module")
def table() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        frame_of(ROWS).to_csv(path, index=False)
        yield Dataset.Tabular.from_delimited_files(str(path)).with_timestamp_columns("t")


CONDITIONS: list[tuple[Callable[[Any], Any], Callable[[pd.DataFrame], Any]]] = [
    (lambda d: d["n"] > 3, lambda f: f["n"] > 3),
    (lambda d: d["x"] <= 4.5, lambda f: f["x"] <= 4.5),
    (lambda d: d["s"] == "aa", lambda f: f["s"] == "aa"),
    (lambda d: d["s"] != "aa", lambda f: f["s"] != "aa"),
    (lambda d: ~(d["x"] < 2), lambda f: ~(f["x"] < 2)),
    (lambda d: (d["n"] > 2) & (d["x"] > 1), lambda f: (f["n"] > 2) & (f["x"] > 1)),
    (lambda d: (d["n"] == 1) | d["s"].is_null(), lambda f: (f["n"] == 1) | f["s"].isna()),
    (lambda d: d["s"].starts_with("b"), lambda f: f["s"].str.startswith("b").eq(True)),
    (lambda d: d["n"] * 2 + 1 >= d["x"], lambda f: f["n"] * 2 + 1 >= f["x"]),
    (lambda d: d["n"] / 2 == 1.5, lambda f: f["n"] / 2 == 1.5),
    (lambda d: d["n"] % 3 == 0, lambda f: f["n"] % 3 == 0),
    (lambda d: d["t"] >= datetime(2020, 1, 20), lambda f: f["t"] >= "2020-01-20"),
    (lambda d: d["t"] < "2020-01-05", lambda f: f["t"] < "2020-01-05"),
]
STEPS = st.one_of(
    st.tuples(st.just("take"), st.integers(0, ROWS + 2)),
    st.tuples(st.just("skip"), st.integers(0, 10)),
    st.tuples(st.just("sample"), st.tuples(st.sampled_from([0.0, 0.3, 0.7, 1.0]), st.integers(0, 5))),
    st.tuples(st.just("split"), st.tuples(st.sampled_from([0.2, 0.5]), st.integers(0, 5), st.integers(0, 1))),
    st.tuples(st.just("filter"), st.integers(0, len(CONDITIONS) - 1)),
    st.tuples(st.just("after"), st.tuples(st.integers(0, ROWS), st.booleans())),
)


def by_dataset(dataset: TabularDataset, word: str, how: Any) -> TabularDataset:
    if word in ("take", "skip"):
        changed: TabularDataset = getattr(dataset, word)(how)
        return changed
    if word == "sample":
        return dataset.take_sample(*how)
    if word == "split":
        return dataset.random_split(how[0], how[1])[how[2]]
    if word == "filter":
        return dataset.filter(CONDITIONS[how][0](dataset))
    return dataset.time_after(datetime(2020, 1, 1) + timedelta(days=how[0]), how[1], validate=False)


def by_pandas(frame: pd.DataFrame, word: str, how: Any) -> pd.DataFrame:
    if word in ("take", "skip"):
        return frame.iloc[:how] if word == "take" else frame.iloc[how:]
    if word == "sample":
        drawn = [is_drawn(place, *how) for place in range(1, len(frame) + 1)]
        return frame[np.array(drawn, dtype=bool)]
    if word == "split":
        drawn = [is_drawn(place, how[0], how[1]) == (how[2] == 0) for place in range(1, len(frame) + 1)]
        return frame[np.array(drawn, dtype=bool)]
    if word == "filter":
        return frame[CONDITIONS[how][1](frame)]
    moment = pd.Timestamp("2020-01-01") + pd.Timedelta(days=how[0])
    return frame[frame["t"] >= moment] if how[1] else frame[frame["t"] > moment]


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=5), st.lists(st.sampled_from(["n", "x", "s"]), unique=True))
def test_a_chain_does_what_pandas_does(table: TabularDataset, steps: list[Any], dropped: list[str]) -> None:
    dataset, frame = table, frame_of(ROWS)
    for word, how in steps:
        dataset, frame = by_dataset(dataset, word, how), by_pandas(frame, word, how)
    if dropped:
        dataset, frame = dataset.drop_columns(dropped), frame.drop(columns=dropped)
    found = dataset.to_pandas_dataframe()
    wanted = frame.reset_index(drop=True)
    assert list(found) == list(wanted)
    assert found.astype(object).where(found.notna(), None).values.tolist() == (
        wanted.astype(object).where(wanted.notna(), None).values.tolist()
    )


@pytest.mark.parametrize(("tree", "frame"), CONDITIONS)
def test_conditions(table: TabularDataset, tree: Any, frame: Any) -> None:
    found = table.filter(tree(table)).to_pandas_dataframe()
    assert found["t"].tolist() == frame_of(ROWS)[frame(frame_of(ROWS))]["t"].tolist()


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d["s"] > 3,
        lambda d: d["n"] == "many",
        lambda d: d["t"] == 5,
        lambda d: d["s"] * 2 == 4,
        lambda d: d["n"],
        lambda d: d["n"] & (d["x"] > 1),
    ],
)
def test_conditions_that_cannot_be(table: TabularDataset, make: Any) -> None:
    with pytest.raises(UserErrorException):
        table.filter(make(table)).to_pandas_dataframe()


def test_a_condition_must_be_one(table: TabularDataset) -> None:
    with pytest.raises(UserErrorException, match="filter takes a condition"):
        table.filter("n > 3")  # type: ignore[arg-type]


def test_values_of_conditions_are_values(table: TabularDataset) -> None:
    assert len(table.filter(table["s"] == "x' OR '1'='1").to_pandas_dataframe()) == 0
    assert len(table.filter(table["n"] < 10**30).to_pandas_dataframe()) == ROWS


def test_a_split_has_every_row_once(table: TabularDataset) -> None:
    for seed in (None, 7):
        first, rest = table.random_split(0.3, seed)
        times = [part.to_pandas_dataframe()["t"].tolist() for part in (first, rest, first)]
        assert times[0] == times[2]
        assert sorted(times[0] + times[1]) == frame_of(ROWS)["t"].tolist()


def test_as_many_are_drawn_as_were_asked_for() -> None:
    for fraction in (0.01, 0.1, 0.5, 0.9):
        drawn = sum(is_drawn(place, fraction, 42) for place in range(20_000))
        assert abs(drawn / 20_000 - fraction) < 0.012
    both = sum(is_drawn(place, 0.5, 1) and is_drawn(place, 0.5, 2) for place in range(20_000))
    assert abs(both / 20_000 - 0.25) < 0.012
    # What a dataset was registered with must give the same rows for ever.
    assert [place for place in range(1, 30) if is_drawn(place, 0.3, 42)] == GOLDEN


@pytest.mark.parametrize("probability", [-0.1, 1.1, "many", None])
def test_parts_that_are_none(table: TabularDataset, probability: Any) -> None:
    with pytest.raises(UserErrorException, match="between 0 and 1"):
        table.take_sample(probability)
    with pytest.raises(UserErrorException, match="between 0 and 1"):
        table.random_split(probability)


@pytest.mark.parametrize("count", [-1, 1.5, "1", None, True])
def test_counts_that_are_none(table: TabularDataset, count: Any) -> None:
    with pytest.raises(UserErrorException, match="number of rows"):
        table.take(count)


def test_columns(table: TabularDataset) -> None:
    assert list(table.keep_columns(["t", "n"]).to_pandas_dataframe()) == ["n", "t"]
    assert list(table.drop_columns("n").to_pandas_dataframe()) == ["x", "s", "t"]
    assert list(table.drop_columns(["n", "nobody"]).to_pandas_dataframe()) == ["x", "s", "t"]
    with pytest.raises(DatasetValidationError, match="no column 'N'"):
        table.keep_columns(["N"], validate=True)
    with pytest.raises(DatasetExecutionError, match="no column 'N'"):
        table.keep_columns(["N"]).to_pandas_dataframe()
    with pytest.raises(UserErrorException, match="by name"):
        table.keep_columns([])


def test_times(table: TabularDataset) -> None:
    second, third = datetime(2020, 1, 2), datetime(2020, 1, 3)

    def days(dataset: TabularDataset) -> list[int]:
        return [time.day for time in dataset.take(5).to_pandas_dataframe()["t"]]

    assert days(table.time_before(third)) == [1, 2, 3]
    assert days(table.time_before(third, include_boundary=False)) == [1, 2]
    assert days(table.time_between(second, third)) == [2, 3]
    assert days(table.time_between(second, third, include_boundary=False)) == []
    zoned = datetime(2020, 1, 2, 1, tzinfo=timezone(timedelta(hours=1)))
    assert days(table.time_between(zoned, pd.Timestamp(second))) == [2]
    assert days(table.time_after(datetime(2020, 2, 8))) == [8, 9]


def test_the_time_that_has_just_gone_by(delimited: Make) -> None:
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    rows = "\n".join(str(now - timedelta(hours=hours)) for hours in (1, 30, 100))
    dataset = delimited(f"t\n{rows}\n").with_timestamp_columns("t")
    assert len(dataset.time_recent(timedelta(days=2)).to_pandas_dataframe()) == 2
    with pytest.raises(UserErrorException, match="timedelta"):
        dataset.time_recent(2)  # type: ignore[arg-type]


def test_times_need_a_column(delimited: Make) -> None:
    dataset = delimited("t,n\n2020-01-01,1\n")
    with pytest.raises(DatasetTimestampMissingError, match=r"time_after\(\) needs"):
        dataset.time_after(datetime(2020, 1, 1))
    timed = dataset.with_timestamp_columns("t")
    assert timed.timestamp_columns == ("t", None)
    assert dataset.timestamp_columns == (None, None)
    assert timed.drop_columns("t").timestamp_columns == (None, None)
    assert timed.keep_columns("n").timestamp_columns == (None, None)
    assert timed.keep_columns(["t"]).timestamp_columns == ("t", None)
    with pytest.raises(DatasetTimestampMissingError):
        timed.drop_columns("t").time_after(datetime(2020, 1, 1))


def test_timestamp_columns_that_cannot_be(delimited: Make) -> None:
    dataset = delimited("t,n\n2020-01-01,1\n")
    for arguments, message in (
        ({"partition_timestamp": "t"}, "only together"),
        ({"timestamp": "t", "partition_timestamp": "t"}, "different columns"),
        ({"timestamp": "zz", "validate": True}, "no column 'zz'"),
        ({"timestamp": "n", "validate": True}, "holds long values"),
        ({"nobody": "t"}, "knows no nobody"),
    ):
        with pytest.raises(UserErrorException, match=message):
            dataset.with_timestamp_columns(**arguments)  # type: ignore[arg-type]
    assert dataset.with_timestamp_columns(fine_grain_timestamp="t").timestamp_columns == ("t", None)
    with pytest.raises(UserErrorException, match="comes after"):
        dataset.with_timestamp_columns("t").time_between(datetime(2021, 1, 1), datetime(2020, 1, 1))
    with pytest.raises(UserErrorException, match="takes datetimes"):
        dataset.with_timestamp_columns("t").time_after("2020-01-01")  # type: ignore[arg-type]


def test_operations_read_nothing(delimited: Make, tmp_path: Path) -> None:
    dataset = delimited("t,n\n2020-01-01,1\n").with_timestamp_columns("t")
    (tmp_path / "rows.csv").unlink()
    chain = dataset.take(3).filter(dataset["n"] > 1).take_sample(0.5).random_split(0.5)[0].keep_columns("t")
    chain.time_after(datetime(2020, 1, 1), validate=False)
    assert '"Take",\n    "Filter",\n    "Sample",\n    "RandomSplit",\n    "KeepColumns"' in repr(chain)

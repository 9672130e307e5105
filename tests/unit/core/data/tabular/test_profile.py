"""Profiles beside what pandas says of the same values, and the runs that compute them."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aml_nb.core.data.datasets import registry
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.tabular import profile_run
from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
from aml_nb.core.data.datasets.tabular.profile import DataProfile, ValueCountEntry
from aml_nb.core.data.datasets.tabular.profile_run import DatasetProfileRun, DatasetProfileRunConfig
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException

Make = Callable[..., TabularDataset]


@pytest.fixture
def frame() -> pd.DataFrame:
    chance = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "n": chance.integers(-50, 50, 500),
            "x": np.where(chance.random(500) < 0.1, np.nan, chance.normal(3, 2, 500)),
            "s": np.where(chance.random(500) < 0.2, None, chance.choice(["a", "bb", ""], 500)),
            "b": chance.random(500) < 0.3,
            "t": pd.Timestamp("2020-01-01") + pd.to_timedelta(chance.integers(0, 10**6, 500), unit="s"),
            "none": [None] * 500,
        }
    )


@pytest.fixture
def dataset(ws: Workspace, frame: pd.DataFrame) -> TabularDataset:
    store = ws.get_default_datastore()
    made: TabularDataset = Dataset.Tabular.register_pandas_dataframe(frame, store, "rows", show_progress=False)
    return made


def test_figures_are_those_of_pandas(dataset: TabularDataset, frame: pd.DataFrame) -> None:
    columns = dataset.get_profile().columns
    assert list(columns) == list(frame)
    for name in ("n", "x"):
        found, values = columns[name], frame[name]
        assert (found.count, found.missing_count) == (500, values.isna().sum())
        assert (found.min, found.max) == (values.min(), values.max())
        for figure in ("mean", "std", "median", "skewness", "kurtosis", "variance"):
            wanted = {"skewness": "skew", "variance": "var"}.get(figure, figure)
            assert getattr(found, figure) == pytest.approx(getattr(values, wanted)()), figure
        assert list(found.quantiles.values()) == pytest.approx(values.quantile(list(found.quantiles)).tolist())
        assert sum(bucket.count for bucket in found.histogram) == found.not_missing_count
        assert (found.lower_quartile, found.upper_quartile) == pytest.approx(tuple(values.quantile([0.25, 0.75])))
    text = columns["s"]
    assert (text.type, text.min, text.max, text.unique_values) == ("string", "", "bb", 3)
    assert text.empty_count == (frame["s"] == "").sum() and text.missing_count == frame["s"].isna().sum()
    counted = frame["s"].value_counts().to_dict()
    assert {entry.value: entry.count for entry in text.value_counts} == counted
    assert columns["b"].value_counts[0] == ValueCountEntry(False, int((~frame["b"]).sum()))
    assert (columns["t"].min, columns["t"].max) == (frame["t"].min(), frame["t"].max())
    assert (columns["none"].percent_missing, columns["none"].min, columns["none"].mean) == (1.0, None, None)


def test_a_profile_is_json_and_back(dataset: TabularDataset) -> None:
    found = dataset.get_profile()._profile
    again = DataProfile.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.columns == found.columns and again.row_count == 500
    assert "missing_count" in repr(found) and "<table" in found._repr_html_()


def test_rows_that_are_hard_to_sum_up(delimited: Make) -> None:
    columns = delimited("a,b,c\n1e300,inf,1\n-1e300,nan,1\n1e300,2,1\n").get_profile().columns
    assert (columns["a"].max, columns["a"].mean) == (1e300, None)
    assert columns["b"].max is not None and columns["c"].histogram[0].count == 3
    assert delimited('"a""; --",B\n1,2\n').get_profile().columns['a"; --'].mean == 1.0


def test_wide_tables(delimited: Make) -> None:
    names = [f"n{place}" for place in range(320)]
    rows = "\n".join(",".join(str(place * row) for place in range(320)) for row in (1, 2))
    dataset = delimited(",".join(names) + f"\n{rows}\n")
    columns = dataset.get_profile().columns
    assert [columns[name].mean for name in names] == [1.5 * place for place in range(320)]
    assert dataset.to_pandas_dataframe().shape == (2, 320)


def test_a_profile_without_rows(delimited: Make) -> None:
    columns = delimited("a,b\n1,x\n").take(0).get_profile().columns
    assert (columns["a"].count, columns["a"].percent_missing, columns["a"].mean) == (0, 0.0, None)


def test_a_profile_of_changed_files_is_stale(delimited: Make, tmp_path: Path) -> None:
    profile = delimited("a\n1\n").get_profile()
    assert not profile.is_stale() and profile.get_producing_run() is None
    later = time.time() + 60
    os.utime(tmp_path / "rows.csv", (later, later))
    assert profile.is_stale()


def test_a_run_computes_it(ws: Workspace, dataset: TabularDataset) -> None:
    run = Experiment(ws, "profiles").start_logging()
    saved = registry.save(dataset, ws)
    wrapped = DatasetProfileRun(ws, dataset, run)
    with pytest.raises(UserErrorException, match="has no profile"):
        wrapped.get_profile()
    payload = {"definition": dataset._definition.to_dict(), "dataset": saved}
    profile_run.drive(run, payload, threading.Event())
    found = wrapped.get_profile()
    assert found.columns == dataset.get_profile().columns
    assert found.get_producing_run().id == run.id and not found.is_stale()
    stopped = threading.Event()
    stopped.set()
    other = Experiment(ws, "profiles").start_logging()
    profile_run.drive(other, payload, stopped)
    with pytest.raises(UserErrorException, match="has no profile"):
        DatasetProfileRun(ws, dataset, other).get_profile()
    run.complete()
    other.complete()


def test_what_has_no_profile(delimited: Make) -> None:
    with pytest.raises(UserErrorException, match="Only a tabular dataset"):
        DatasetProfileRunConfig("rows")  # type: ignore[arg-type]
    with pytest.raises(UserErrorException, match="belongs to no workspace"):
        delimited("a\n1\n").get_profile_runs()

"""Which rows are learnt from, which judge, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

from aml_nb.core.automl import guardrails, inputs, loading, preparing, splits
from aml_nb.core.automl.config import AutoMLConfig
from aml_nb.core.automl.exceptions import ConfigException, DataException
from aml_nb.core.automl.loading import Table

N = 60
FRAME = pd.DataFrame({"a": np.arange(N) % 7, "s": ["u", "v", "w"] * (N // 3), "y": [0, 1] * (N // 2)})


def known(**given: Any) -> dict[str, Any]:
    more = {"task": "classification", "training_data": FRAME, "label_column_name": "y", **given}
    return AutoMLConfig(**more)._settings


def train(frame: pd.DataFrame = FRAME, **given: Any) -> Table:
    return loading.training({"training_data": frame}, known(**given))[0]


def test_a_label_that_is_not_there_names_the_one_that_may_be_meant() -> None:
    with pytest.raises(DataException, match="no column 'Y'") as error:
        inputs.check_columns(
            {"training_data": FRAME, "validation_data": None, "test_data": None}, known(label_column_name="Y")
        )
    assert error.value.hint == "label_column_name='y'"
    with pytest.raises(ConfigException, match=r"not 'train\.csv'"):
        inputs.check_columns({"training_data": "train.csv", "validation_data": None, "test_data": None}, known())


def test_rows_without_a_label_are_left_out_or_refused() -> None:
    frame = FRAME.assign(y=FRAME.y.astype(float).where(FRAME.index > 3))
    table, notes = loading.training({"training_data": frame}, known())
    assert len(table.y) == N - 4 == len(table.X) and table.y.dtype.kind == "i" and "4 of 60" in notes[0]
    with pytest.raises(DataException, match="exclude_nan_labels is False"):
        train(frame, exclude_nan_labels=False)
    with pytest.raises(DataException, match="number other rows"):
        loading.training({"training_data": frame, "cv_splits_indices": [1]}, known())


@pytest.mark.parametrize(
    "labels, task, words",
    [
        ([None] * N, "classification", "No row has a label"),
        ([1] * N, "classification", "the same label, 1"),
        (["x"] * N, "regression", "is a number"),
        ([1.0, np.inf] * (N // 2), "regression", "infinite"),
        (np.linspace(0, 1, N), "classification", "these are no classes"),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(labels: Any, task: str, words: str) -> None:
    with pytest.raises(DataException, match=words):
        train(FRAME.assign(y=labels), task=task)


def test_labels_of_any_type_are_taken() -> None:
    assert train(FRAME.assign(y=[True, False] * (N // 2))).y.dtype == bool
    assert set(train(FRAME.assign(y=pd.Categorical(["p", "q"] * (N // 2)))).y) == {"p", "q"}
    assert set(train(FRAME.assign(y=[1, "x"] * (N // 2))).y) == {"1", "x"}
    assert train(FRAME.assign(y=["1.5"] * N), task="regression").y.dtype == float


def test_arrays_become_a_table() -> None:
    data = {"X": np.ones((N, 2)), "y": np.arange(N).reshape(-1, 1) % 2, "sample_weight": np.ones(N)}
    table, _ = loading.training(data, known())
    assert list(table.X.columns) == ["C1", "C2"] and table.y.shape == (N,) and table.weights is not None
    with pytest.raises(DataException, match="X has 60 rows, and y has 59"):
        loading.training({**data, "y": np.ones(N - 1)}, known())
    with pytest.raises(DataException, match="none missing"):
        loading.training({**data, "sample_weight": np.full(N, np.nan)}, known())
    with pytest.raises(DataException, match="10 at least"):
        loading.training({"X": np.ones((3, 1)), "y": [0, 1, 0]}, known())


def test_validation_rows_have_the_same_columns() -> None:
    table = train()
    other = loading.validation({"validation_data": FRAME[["y", "s", "a"]].assign(z=1)}, known(), table)
    assert other is not None and list(other.X.columns) == ["a", "s"]
    with pytest.raises(DataException, match="lacks the column 's'"):
        loading.validation({"validation_data": FRAME.drop(columns="s")}, known(), table)
    unlabelled = loading.testing({"test_data": FRAME.drop(columns="y")}, known(), table)
    assert unlabelled is not None and unlabelled.y is None


@pytest.mark.parametrize(
    "rows, given, count, judging",
    [
        (60, {}, 10, 6),
        (1200, {}, 3, 400),
        (20_400, {}, 1, 2040),
        (60, {"n_cross_validations": 4}, 4, 15),
        (60, {"validation_size": 0.25}, 1, 15),
        (60, {"validation_size": 0.25, "n_cross_validations": 2}, 2, 15),
    ],
)
def test_rows_are_split_as_v1_does(rows: int, given: dict[str, Any], count: int, judging: int) -> None:
    y = np.arange(rows) % 2
    scheme = splits.plan(Table(pd.DataFrame({"a": y}), y), known(**given))
    assert [len(one.valid) for one in scheme.splits] == [judging] * count
    assert all(not set(one.train) & set(one.valid) for one in scheme.splits)
    assert all(len(one.train) + len(one.valid) == rows for one in scheme.splits)
    assert scheme.training_type == ("MeanCrossValidation" if count > 1 else "TrainAndValidate")


def test_a_rare_class_is_named() -> None:
    y = np.array(["often"] * 57 + ["rare"] * 3)
    table = Table(pd.DataFrame({"a": range(60)}), y)
    with pytest.raises(DataException, match="class 'rare' has 3 rows, and each of 5 folds") as error:
        splits.plan(table, known(n_cross_validations=5))
    assert error.value.hint == "n_cross_validations=3"
    assert len(splits.plan(table, known()).splits) == 3
    lonely = Table(table.X, np.array(["often"] * 59 + ["rare"]))
    with pytest.raises(DataException, match="has one row"):
        splits.plan(lonely, known())


def test_splits_may_be_given() -> None:
    pairs = [(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), np.arange(20))]
    assert [len(one.valid) for one in splits.plan(train(), known(), pairs).splits] == [20, 20]
    for wrong in ([], [(np.arange(3), np.arange(60, 70))], [(np.arange(3),)]):
        with pytest.raises(DataException, match="cv_splits_indices"):
            splits.plan(train(), known(), wrong)
    frame = FRAME.assign(cv1=[1, 0, 0] * 20, cv2=[0, 1, 0] * 20)
    names = ["cv1", "cv2"]
    table = train(frame, cv_split_column_names=names)
    assert [len(one.valid) for one in splits.plan(table, known(cv_split_column_names=names)).splits] == [20, 20]
    assert list(table.X.columns) == ["a", "s"]


def test_features_are_made_of_the_rows_to_learn_from_alone(tmp_path: Path) -> None:
    frame = FRAME.assign(a=np.where(FRAME.index >= 40, np.nan, FRAME.a), s=np.where(FRAME.index >= 40, "new", FRAME.s))
    pairs = [(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), np.arange(20))]
    settings = known()
    prepared = preparing.prepare(train(frame), None, settings, "auto", pairs, tmp_path)
    first, second = joblib.load(tmp_path / preparing.SPLITS)
    assert first["X"].shape == (40, 4) and second["X"].shape[1] > 4  # of a, u, v, w; then a mark and a category more
    assert not prepared.gaps and prepared.rows == N and "a_MeanImputer" in prepared.feature_names
    kinds = {one["type"]: one["result"] for one in prepared.guardrails}
    assert kinds == {"class_balancing": "passed", "missing_value": "done", "high_cardinality": "passed"}
    shown = guardrails.show(prepared.guardrails)
    assert "TYPE:         Missing feature values imputation" in shown and "| a           | 20 " in shown


def test_without_featurization_columns_must_be_numbers(tmp_path: Path) -> None:
    with pytest.raises(DataException, match="s is not numeric"):
        preparing.prepare(train(), None, known(), "off", None, tmp_path)
    gaps = train(FRAME.drop(columns="s").assign(a=[None, 1.0] * (N // 2)))
    assert preparing.prepare(gaps, None, known(), "off", None, tmp_path).gaps
    with pytest.raises(DataException, match="positive_label is 5"):
        preparing.prepare(gaps, None, known(positive_label=5), "off", None, tmp_path)


def test_few_rows_of_a_class_are_told() -> None:
    y = np.array([0] * 55 + [1] * 5)
    found = guardrails.find(Table(FRAME[["a"]], y), known(), [], None)
    assert [one["friendly_result"] for one in found] == ["ALERTED"] and found[0]["parameters"][0]["Its rows"] == 5

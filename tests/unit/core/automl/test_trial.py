"""One iteration, and the ensembles, on rows that were prepared: without processes."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

from aml_nb.core.automl import inputs, iterations, loading, preparing, submitting, trial
from aml_nb.core.automl.config import AutoMLConfig
from aml_nb.core.automl.constants import STACK, VOTING
from aml_nb.core.automl.search import Candidate
from aml_nb.errors import UserErrorException

N = 90
RANDOM = np.random.default_rng(1)
FRAME = pd.DataFrame({"a": RANDOM.normal(size=N), "b": RANDOM.normal(size=N), "w": 1.0})
FRAME["kind"] = np.select([FRAME.a > 0.4, FRAME.a < -0.4], ["high", "low"], "mid")
FRAME["price"] = FRAME.a * 3 + FRAME.b
KNN = Candidate("KNN", "StandardScalerWrapper", {"n_neighbors": 5, "weights": "uniform"})
TREE = Candidate("DecisionTree", "MaxAbsScaler", {"max_depth": 4, "min_samples_leaf": 2})


def prepared(folder: Path, task: str, label: str, **more: Any) -> dict[str, Any]:
    frame = FRAME[["a", "b", "w", label]]
    known = AutoMLConfig(task, training_data=frame, label_column_name=label, weight_column_name="w", **more)._settings
    train, _ = loading.training({"training_data": frame}, known)
    preparing.prepare(train, None, known, "auto", None, folder)
    return joblib.load(folder / preparing.FACTS)


def run(folder: Path, number: int, task: dict[str, Any]) -> dict[str, Any]:
    mine = trial.place(folder, number)
    mine.mkdir(parents=True)
    (mine / trial.TASK).write_text(json.dumps(task))
    trial._run(folder, mine)
    return joblib.load(mine / trial.RESULT)


@pytest.mark.parametrize(
    "task, label, metric, more",
    [
        ("classification", "kind", "AUC_weighted", {"n_cross_validations": 3}),
        ("classification", "kind", "accuracy", {"validation_size": 0.3, "n_cross_validations": 2}),
        ("regression", "price", "r2_score", {"n_cross_validations": 3}),
        ("regression", "price", "normalized_root_mean_squared_error", {"validation_size": 0.4}),
    ],
)
def test_pipelines_are_judged_and_put_together(
    tmp_path: Path, task: str, label: str, metric: str, more: dict[str, Any]
) -> None:
    prepared(tmp_path, task, label, primary_metric=metric, **more)
    found = [run(tmp_path, n, iterations.task(one)) for n, one in enumerate((KNN, TREE))]
    found += [run(tmp_path, 2 + n, iterations.ensemble(kind, [1, 0])) for n, kind in enumerate((VOTING, STACK))]
    sign = -1 if "error" in metric else 1
    best = max(sign * one["scores"][metric] for one in found[:2])
    assert sign * found[2]["scores"][metric] >= best - 1e-9
    assert sum(found[2]["weights"].values()) == pytest.approx(1) and set(found[2]["weights"]) <= {0, 1}
    for number, one in enumerate(found):
        assert one["fit_time"] > 0 and len(one["documents"]) == 2
        with open(trial.place(tmp_path, number) / trial.MODEL, "rb") as file:
            model = pickle.load(file)
        guess = model.predict(FRAME)
        assert (guess == FRAME.kind).mean() > 0.7 if label == "kind" else np.corrcoef(guess, FRAME.price)[0, 1] > 0.8
        assert model.steps[0][0] == "datatransformer" and repr(model)
        if label == "kind":
            assert np.allclose(model.predict_proba(FRAME).sum(axis=1), 1) and list(model.classes_) == [
                "high",
                "low",
                "mid",
            ]


def test_a_failed_iteration_leaves_its_reason(tmp_path: Path) -> None:
    facts = prepared(tmp_path, "classification", "kind")
    assert facts["classes"].tolist() == ["high", "low", "mid"]
    with pytest.raises(ValueError, match="n_neighbors"):
        run(tmp_path, 0, iterations.task(Candidate("KNN", "MaxAbsScaler", {"n_neighbors": -1, "weights": "uniform"})))


def test_data_travels_as_files(tmp_path: Path) -> None:
    data = {"X": np.ones((3, 2)), "y": [1, 2, 3], "training_data": FRAME, "validation_data": None}
    told = json.loads(json.dumps(inputs.describe(data, None, tmp_path / "automl")))
    again = inputs.restore(told, None, tmp_path / "automl")
    assert (again["X"] == data["X"]).all() and again["training_data"].equals(FRAME) and "validation_data" not in again
    assert inputs.used(told) == [] and inputs.used({"X": {"dataset": "7"}})[0]["dataset"] == {"id": "7"}


def test_what_is_not_installed_is_said_before_anything_is_submitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitting, "find_spec", lambda name: None)
    with pytest.raises(UserErrorException, match="FLAML and scikit-learn") as error:
        submitting.check_installed()
    assert error.value.hint == "pip install 'aml_nb[automl]'"

"""Which pipelines are tried, and in which order."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from aml_nb.core.automl import algorithms
from aml_nb.core.automl.constants import Tasks, models
from aml_nb.core.automl.search import Candidate, Search


def test_every_name_of_v1s_has_an_algorithm() -> None:
    for task in Tasks.ALL:
        assert set(algorithms.of(task)) == set(models(task))


@pytest.mark.parametrize("task, name", [(task, name) for task in Tasks.ALL for name in models(task)])
def test_each_learns_with_its_first_parameters_and_the_bounds(task: str, name: str) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 3))
    y = np.where(X[:, 0] > 0, "up", "down") if task == Tasks.CLASSIFICATION else X[:, 0] * 2
    one = algorithms.of(task)[name]
    least = {key: bounds[1][0] if bounds[0] == "choice" else bounds[1] for key, bounds in one.space.items()}
    assert set(one.first) == set(one.space)
    for parameters in (one.first, least):
        small = {**parameters, **({"n_estimators": 20} if "n_estimators" in parameters else {})}
        model = algorithms.pipeline(task, name, one.scalers[-1], small, 1, 0)
        more = {f"{one.step}__sample_weight": np.ones(60)} if one.weights else {}
        guess = model.fit(X, y, **more).predict(X)
        assert guess.shape == (60,) and model.steps[-1][0] == one.step
        if task == Tasks.CLASSIFICATION:
            assert set(guess) <= {"up", "down"} and np.allclose(model.predict_proba(X).sum(axis=1), 1)


def test_algorithms_that_do_not_fit_the_data_are_left_out_with_the_reason() -> None:
    names, notes = algorithms.usable("classification", list(models("classification")), 100_000, gaps=False)
    assert "SVM" not in names and "LightGBM" in names and any("SVM is left out" in note for note in notes)
    assert algorithms.usable("classification", ["KNN", "LightGBM"], 100, gaps=True)[0] == ["LightGBM"]
    assert algorithms.usable("classification", ["SVM"], 100_000, gaps=True)[0] == ["SVM"]


def test_the_well_known_ones_come_first_and_each_once() -> None:
    search = Search("classification", ["LightGBM", "KNN"], True, 0)
    first = [search.ask() for _ in range(4)]
    assert [(one.algorithm, one.scaler) for one in first if one] == [
        ("LightGBM", "MaxAbsScaler"),
        ("KNN", "StandardScalerWrapper"),
        ("LightGBM", "StandardScalerWrapper"),
        ("KNN", "MaxAbsScaler"),
    ]


@pytest.mark.filterwarnings("ignore")  # FLAML's own, of pandas
def test_flaml_finds_better_parameters_and_gives_none_twice() -> None:
    search = Search("classification", ["KNN", "SGD"], True, 1)
    scores: dict[str, float] = {}

    def value(one: Candidate) -> float | None:
        if one.algorithm == "SGD":
            return None if one.scaler == "MaxAbsScaler" else 0.1
        return 1 - abs(math.log(one.parameters["n_neighbors"] / 40)) / 10

    for _ in range(30):
        candidate = search.ask()
        assert candidate is not None and candidate.key not in scores
        found = value(candidate)
        scores[candidate.key] = -1 if found is None else found
        search.tell(candidate, found)
    tried = list(scores.values())
    assert max(tried[10:]) > max(tried[:4]) and max(tried) > 0.97


@pytest.mark.filterwarnings("ignore")
def test_several_at_once_are_different_and_what_fails_is_forgotten() -> None:
    search = Search("regression", ["KNN"], False, 0)
    waiting = [search.ask() for _ in range(8)]
    assert None not in waiting and len({one.key for one in waiting if one}) == 8
    for one in waiting:
        assert one is not None
        search.tell(one, float("nan"))
    assert search.ask() is not None


def test_the_searcher_comes_without_what_flaml_would_load_besides() -> None:
    code = (
        "import sys; from aml_nb.core.automl.search import _flaml; flaml, _ = _flaml();"
        "print(flaml.CFO.__name__, *sorted({'mlflow', 'optuna'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "CFO\n", done.stderr

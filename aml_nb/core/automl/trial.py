"""One iteration, in a process of its own: a pipeline learns from every split, is judged, and learns from all rows."""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import joblib

from aml_nb.core.automl import algorithms, ensembling, scoring
from aml_nb.core.automl.constants import STACK, VOTING, Tasks
from aml_nb.core.automl.models import aligned
from aml_nb.core.automl.preparing import FACTS, FULL, SPLITS

TASK, RESULT, ERROR, LOG = "task.json", "result.joblib", "error.json", "log.txt"
MODEL, INNER = "model.pkl", "inner.joblib"


def place(folder: Path, number: int) -> Path:
    """The folder of an iteration."""
    return folder / "iterations" / str(number)


def work(folder: str, number: int) -> None:
    """Do what ``task.json`` says, and leave a result or an error."""
    mine = place(Path(folder), number)
    with open(mine / LOG, "a", buffering=1, encoding="utf-8") as log:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)
        warnings.simplefilter("ignore")
        try:
            _run(Path(folder), mine)
        except BaseException as error:
            traceback.print_exc()
            told = {"type": type(error).__name__, "message": str(error), "hint": getattr(error, "hint", None)}
            (mine / ERROR).write_text(json.dumps(told), encoding="utf-8")
            sys.exit(1)


def _run(folder: Path, mine: Path) -> None:
    told = json.loads((mine / TASK).read_text(encoding="utf-8"))
    facts, splits = joblib.load(folder / FACTS), joblib.load(folder / SPLITS)
    started = time.perf_counter()
    jobs = facts["jobs"]
    with _threads(jobs):
        if told["kind"] in (VOTING, STACK):
            result, model = ensembling.build(told, facts, splits, lambda n: _load(place(folder, n)))
        else:
            result, model = _pipeline(told, facts, splits, folder)
    with open(mine / MODEL, "wb") as file:
        pickle.dump(whole(facts["transformer"], model), file, protocol=pickle.HIGHEST_PROTOCOL)
    joblib.dump(model, mine / INNER)
    shown = {"documents": _documents(facts, result), "fit_time": time.perf_counter() - started, "model": str(model)}
    joblib.dump({**result, **shown}, mine / f"{RESULT}.part")
    os.replace(mine / f"{RESULT}.part", mine / RESULT)


def _load(place: Path) -> Any:
    """The result of an iteration, with what it has trained behind the features."""
    return {**joblib.load(place / RESULT), "model": joblib.load(place / INNER)}


def _threads(jobs: int) -> Any:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped,unused-ignore]

    return threadpool_limits(limits=None if jobs < 1 else jobs)


def _pipeline(
    told: dict[str, Any], facts: dict[str, Any], splits: list[Any], folder: Path
) -> tuple[dict[str, Any], Any]:
    """The scores and predictions of a pipeline, and the pipeline."""
    scores, guesses, model = [], [], None
    for split in splits:
        model = _fitted(told, facts, split)
        guess = predicted(model, split["X_valid"], facts)
        scores.append(judge(facts, split["y_valid"], guess, split["w_valid"]))
        guesses.append(guess)
    if len(splits) > 1:
        model = _fitted(told, facts, joblib.load(folder / FULL))
    y = [split["y_valid"] for split in splits]
    return {"scores": scoring.mean(scores), "guesses": guesses, "true": y}, model


def _fitted(told: dict[str, Any], facts: dict[str, Any], rows: dict[str, Any]) -> Any:
    task, name = facts["task"], told["algorithm"]
    model = algorithms.pipeline(task, name, told["scaler"], told["parameters"], facts["jobs"], facts["seed"])
    weighted = rows["w"] is not None and algorithms.of(task)[name].weights
    more = {f"{model.steps[-1][0]}__sample_weight": rows["w"]} if weighted else {}
    return model.fit(rows["X"], rows["y"], **more)


def predicted(model: Any, X: Any, facts: dict[str, Any]) -> Any:
    """Probabilities of all classes, or numbers."""
    if facts["task"] == Tasks.CLASSIFICATION:
        return aligned(model.predict_proba(X), model.classes_, facts["classes"])
    return model.predict(X)


def judge(facts: dict[str, Any], y: Any, guess: Any, weights: Any = None) -> scoring.Scores:
    """The scalar metrics of predictions."""
    if facts["task"] == Tasks.CLASSIFICATION:
        return scoring.classification(y, guess, facts["classes"], weights, facts["positive"])
    return scoring.regression(y, guess, weights, facts["low"], facts["high"])


def _documents(facts: dict[str, Any], result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    import numpy as np

    return documents(facts, np.concatenate(result["true"]), np.concatenate(result["guesses"]))


def documents(facts: dict[str, Any], y: Any, guess: Any) -> dict[str, dict[str, Any]]:
    """The metrics that are documents, by their names."""
    if facts["task"] == Tasks.CLASSIFICATION:
        classes = facts["classes"].tolist()
        return {
            "confusion_matrix": scoring.confusion_matrix(y, guess, classes),
            "accuracy_table": scoring.accuracy_table(y, guess, classes),
        }
    return {"residuals": scoring.residuals(y, guess), "predicted_true": scoring.predictions(y, guess)}


def whole(transformer: Any, model: Any) -> Any:
    """The pipeline that takes rows as they were given."""
    from sklearn.pipeline import Pipeline

    inner = model.steps if isinstance(model, Pipeline) else [(type(model).__name__.lower(), model)]
    return Pipeline([*([] if transformer is None else [("datatransformer", transformer)]), *inner])

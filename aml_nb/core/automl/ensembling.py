"""The last iterations: pipelines that were tried, put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from aml_nb.core.automl import constants, scoring
from aml_nb.core.automl.constants import VOTING, Tasks
from aml_nb.core.automl.exceptions import FitException
from aml_nb.core.automl.models import (
    PreFittedSoftVotingClassifier,
    PreFittedVotingRegressor,
    StackEnsembleClassifier,
    StackEnsembleRegressor,
    aligned,
)

MOST_MEMBERS = 8
STACKED = 5
_INNER_FOLDS = 5
Built = tuple[dict[str, Any], Any]


def build(told: dict[str, Any], facts: dict[str, Any], splits: list[Any], load: Callable[[int], Any]) -> Built:
    """The scores and predictions of an ensemble, and the ensemble.

    Parameters
    ----------
    told : its kind, and the numbers of the iterations that it may take, the best first.
    facts, splits : as they were prepared.
    load : gives the result of an iteration.

    Raises
    ------
    FitException : there are fewer than two iterations to put together.
    """
    if len(told["members"]) < 2:
        raise FitException("An ensemble needs two pipelines.")
    members = {number: load(number) for number in told["members"][:MOST_MEMBERS]}
    names = {number: f"{number}" for number in members}
    if told["kind"] == VOTING:
        return _voting(members, names, facts, splits)
    return _stack({number: members[number] for number in list(members)[:STACKED]}, names, facts, splits)


def _voting(members: dict[int, Any], names: dict[int, str], facts: dict[str, Any], splits: list[Any]) -> Built:
    """Pipelines are added one after the other, each as often as it helps the metric most."""
    chosen = _chosen(members, facts, splits)
    weights = [count / sum(chosen.values()) for count in chosen.values()]
    guesses = [_mean([members[n]["guesses"][place] for n in chosen], weights) for place in range(len(splits))]
    estimators = [(names[number], members[number]["model"]) for number in chosen]
    model: Any = PreFittedVotingRegressor(estimators, weights)
    if facts["task"] == Tasks.CLASSIFICATION:
        model = PreFittedSoftVotingClassifier(estimators, weights, facts["classes"])
    return {**_scored(facts, splits, guesses), "weights": dict(zip(chosen, weights, strict=True))}, model


def _chosen(members: dict[int, Any], facts: dict[str, Any], splits: list[Any]) -> Counter[int]:
    chosen: Counter[int] = Counter()
    best = float("-inf")
    for _ in range(facts["ensemble_iterations"]):
        merits = {n: _merit(chosen + Counter([n]), members, facts, splits) for n in members}
        number = max(merits, key=lambda n: merits[n])
        if merits[number] <= best + 1e-9:
            break
        best = merits[number]
        chosen[number] += 1
    return chosen or Counter([next(iter(members))])


def _merit(chosen: Counter[int], members: dict[int, Any], facts: dict[str, Any], splits: list[Any]) -> float:
    """The primary metric of a choice, so that more is better."""
    weights, total = list(chosen.values()), 0.0
    for place, split in enumerate(splits):
        guess = _mean([members[n]["guesses"][place] for n in chosen], weights)
        total += _primary(facts, split["y_valid"], guess, split["w_valid"])
    return -total if constants.minimized(facts["metric"]) else total


def _primary(facts: dict[str, Any], y: Any, guess: Any, weights: Any) -> float:
    if facts["task"] == Tasks.CLASSIFICATION:
        value = scoring.primary(facts["metric"], y, guess, facts["classes"], weights)
    else:
        value = scoring.regression(y, guess, weights, facts["low"], facts["high"])[facts["metric"]]
    return 0.0 if value != value else value


def _mean(guesses: list[Any], weights: list[Any]) -> Any:
    import numpy as np

    return np.average(guesses, axis=0, weights=weights)


def _scored(facts: dict[str, Any], splits: list[Any], guesses: list[Any]) -> dict[str, Any]:
    from aml_nb.core.automl.trial import judge

    pairs = zip(splits, guesses, strict=True)
    scores = [judge(facts, split["y_valid"], guess, split["w_valid"]) for split, guess in pairs]
    return {"scores": scoring.mean(scores), "guesses": guesses, "true": [split["y_valid"] for split in splits]}


def _stack(members: dict[int, Any], names: dict[int, str], facts: dict[str, Any], splits: list[Any]) -> Built:
    """A model learns from what pipelines said of rows that they had not seen; it is judged by folds of these rows."""
    import numpy as np

    said, y = _said(members, splits)
    scores, guesses, true = [], [], []
    for train, valid in _folds(y, facts):
        meta = _meta(facts).fit(said[train], y[train])
        guess = _predicted(meta, said[valid], facts)
        scores.append(_judged(facts, y[valid], guess))
        guesses.append(guess)
        true.append(y[valid])
    meta = _meta(facts).fit(said, y)
    learners = [(names[number], found["model"]) for number, found in members.items()]
    model: Any = StackEnsembleRegressor(learners, meta)
    if facts["task"] == Tasks.CLASSIFICATION:
        model = StackEnsembleClassifier(learners, meta, np.asarray(facts["classes"]))
    return {"scores": scoring.mean(scores), "guesses": guesses, "true": true}, model


def _said(members: dict[int, Any], splits: list[Any]) -> tuple[Any, Any]:
    """For each row that judges, once, what every pipeline says of it; and its label."""
    import numpy as np

    rows, first, place = np.unique(
        np.concatenate([split["rows"] for split in splits]), return_index=True, return_inverse=True
    )
    tables = []
    for found in members.values():
        guess = np.concatenate(found["guesses"])
        guess = guess.reshape(len(guess), -1)
        table = np.zeros((len(rows), guess.shape[1]))
        np.add.at(table, place, guess)
        tables.append(table / np.bincount(place).reshape(-1, 1))
    return np.hstack(tables), np.concatenate([split["y_valid"] for split in splits])[first]


def _meta(facts: dict[str, Any]) -> Any:
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if facts["task"] == Tasks.CLASSIFICATION:
        return make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=500))
    return make_pipeline(StandardScaler(), RidgeCV())


def _folds(y: Any, facts: dict[str, Any]) -> Any:
    from sklearn.model_selection import KFold, StratifiedKFold

    if facts["task"] != Tasks.CLASSIFICATION:
        return KFold(min(_INNER_FOLDS, len(y)), shuffle=True, random_state=facts["seed"]).split(y)
    rarest = min(Counter(y.tolist()).values())
    if rarest < 2:
        raise FitException("A class has one row among those that judge: no model can be stacked on them.")
    folder = StratifiedKFold(min(_INNER_FOLDS, rarest), shuffle=True, random_state=facts["seed"])
    return folder.split(y.reshape(-1, 1), y)


def _predicted(meta: Any, said: Any, facts: dict[str, Any]) -> Any:
    if facts["task"] == Tasks.CLASSIFICATION:
        return aligned(meta.predict_proba(said), meta.classes_, facts["classes"])
    return meta.predict(said)


def _judged(facts: dict[str, Any], y: Any, guess: Any) -> scoring.Scores:
    from aml_nb.core.automl.trial import judge

    return judge(facts, y, guess)

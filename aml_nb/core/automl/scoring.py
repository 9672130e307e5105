"""v1's metrics of classification and regression."""

from __future__ import annotations

import math
import warnings
from typing import Any

Scores = dict[str, float]
_AVERAGES = ("macro", "micro", "weighted")
_CURVE_POINTS = 101
_BINS = 20


def classification(y: Any, proba: Any, classes: Any, weights: Any = None, positive: Any = None) -> Scores:
    """The scalar metrics of a classification.

    Parameters
    ----------
    y : the true labels.
    proba : the probability of each class, a row for each label.
    classes : the classes, in the order of the columns.
    weights : of the rows.
    positive : of two classes, the one that metrics ending in ``_binary`` are about.
    """
    import numpy as np
    from sklearn import metrics

    true = _positions(y, classes)
    guess = np.argmax(proba, axis=1)
    present = sorted({*true.tolist(), *guess.tolist()})
    recall = float(metrics.recall_score(true, guess, average="macro", sample_weight=weights, zero_division=0))
    chance = 1 / max(2, len(np.unique(true)))
    found = {
        "accuracy": metrics.accuracy_score(true, guess, sample_weight=weights),
        "balanced_accuracy": recall,
        "weighted_accuracy": _weighted_accuracy(true, guess),
        "norm_macro_recall": max(0.0, (recall - chance) / (1 - chance)),
        "log_loss": _log_loss(true, proba, weights),
        "matthews_correlation": 0.0
        if len(present) < 2
        else metrics.matthews_corrcoef(true, guess, sample_weight=weights),
    }
    for name, function in (
        ("f1_score", metrics.f1_score),
        ("precision_score", metrics.precision_score),
        ("recall_score", metrics.recall_score),
    ):
        for average in _AVERAGES:
            found[f"{name}_{average}"] = function(
                true, guess, labels=present, average=average, sample_weight=weights, zero_division=0
            )
    found |= _ranked(true, proba, weights)
    if positive is not None and len(classes) == 2:
        found |= _binary(true, guess, proba, list(map(str, classes)).index(str(positive)), weights)
    return {name: float(value) for name, value in found.items()}


def primary(metric: str, y: Any, proba: Any, classes: Any, weights: Any = None) -> float:
    """One primary metric of a classification; the areas under curves of two classes without the others' cost."""
    import numpy as np
    from sklearn import metrics

    true = _positions(y, classes)
    if metric == "AUC_weighted" and len(classes) == 2 and len(np.unique(true)) == 2:
        return float(metrics.roc_auc_score(true, proba[:, 1], sample_weight=weights))
    if metric == "accuracy":
        return float(np.average(np.argmax(proba, axis=1) == true, weights=weights))
    return classification(y, proba, classes, weights)[metric]


def regression(y: Any, guess: Any, weights: Any = None, low: float | None = None, high: float | None = None) -> Scores:
    """The scalar metrics of a regression.

    Parameters
    ----------
    y, guess : the true values, and those that were predicted.
    weights : of the rows.
    low, high : the range of values by which errors are normalized; that of ``y`` unless told.
    """
    import numpy as np
    from sklearn import metrics

    y, guess = np.asarray(y, dtype=float), np.asarray(guess, dtype=float)
    low = float(y.min()) if low is None else low
    high = float(y.max()) if high is None else high
    errors = {
        "mean_absolute_error": metrics.mean_absolute_error(y, guess, sample_weight=weights),
        "median_absolute_error": metrics.median_absolute_error(y, guess, sample_weight=weights),
        "root_mean_squared_error": math.sqrt(metrics.mean_squared_error(y, guess, sample_weight=weights)),
    }
    wide = abs(high - low) or 1.0
    found = {**errors, **{f"normalized_{name}": value / wide for name, value in errors.items()}}
    logs = _log_error(y, guess, weights)
    found["root_mean_squared_log_error"] = logs
    log_wide = abs(math.log1p(high) - math.log1p(low)) or 1.0 if low > -1 else math.nan
    found["normalized_root_mean_squared_log_error"] = logs / log_wide
    found["explained_variance"] = metrics.explained_variance_score(y, guess, sample_weight=weights)
    found["r2_score"] = metrics.r2_score(y, guess, sample_weight=weights) if len(y) > 1 else math.nan
    found["spearman_correlation"] = _spearman(y, guess)
    found["mean_absolute_percentage_error"] = _percentage(y, guess, weights)
    return {name: float(value) for name, value in found.items()}


def mean(scores: list[Scores]) -> Scores:
    """The mean of each metric over the splits; one that a split could not have is left out there."""
    found = {}
    for name in scores[0]:
        values = [one[name] for one in scores if name in one and not math.isnan(one[name])]
        found[name] = sum(values) / len(values) if values else math.nan
    return found


def _positions(y: Any, classes: Any) -> Any:
    """Labels as positions among the classes; one that is not among them gets a position of its own behind them."""
    import numpy as np

    place = {value: n for n, value in enumerate(np.asarray(classes).tolist())}
    return np.array([place.get(value, len(place)) for value in np.asarray(y).tolist()])


def _weighted_accuracy(true: Any, guess: Any) -> float:
    """The accuracy where a row weighs as much as its class has rows."""
    import numpy as np

    sizes = np.bincount(true)[true].astype(float)
    return float(np.average(true == guess, weights=sizes))


def _log_loss(true: Any, proba: Any, weights: Any) -> float:
    import numpy as np

    inside = true < proba.shape[1]
    chosen = np.zeros(len(true))
    chosen[inside] = proba[inside, true[inside]]
    return float(np.average(-np.log(np.clip(chosen, 1e-15, 1.0)), weights=weights))


def _ranked(true: Any, proba: Any, weights: Any) -> Scores:
    """The metrics of how well probabilities rank the rows, of one class against all others."""
    import numpy as np
    from sklearn import metrics

    hits = true.reshape(-1, 1) == np.arange(proba.shape[1])
    shares = hits.mean(axis=0)
    known = np.flatnonzero((shares > 0) & (shares < 1))
    found: Scores = {}
    for name, function in (
        ("AUC", metrics.roc_auc_score),
        ("average_precision_score", metrics.average_precision_score),
    ):
        if not len(known):
            found |= {f"{name}_{average}": math.nan for average in _AVERAGES}
            continue
        each = [float(function(hits[:, n], proba[:, n], sample_weight=weights)) for n in known]
        rows = None if weights is None else np.repeat(weights, len(known))
        found[f"{name}_macro"] = float(np.mean(each))
        found[f"{name}_weighted"] = float(np.average(each, weights=shares[known]))
        found[f"{name}_micro"] = float(function(hits[:, known].ravel(), proba[:, known].ravel(), sample_weight=rows))
    return found


def _binary(true: Any, guess: Any, proba: Any, positive: int, weights: Any) -> Scores:
    from sklearn import metrics

    hit, said = true == positive, guess == positive
    both = bool(hit.any() and not hit.all())
    return {
        "f1_score_binary": metrics.f1_score(hit, said, sample_weight=weights, zero_division=0),
        "precision_score_binary": metrics.precision_score(hit, said, sample_weight=weights, zero_division=0),
        "recall_score_binary": metrics.recall_score(hit, said, sample_weight=weights, zero_division=0),
        "AUC_binary": metrics.roc_auc_score(hit, proba[:, positive], sample_weight=weights) if both else math.nan,
        "average_precision_score_binary": metrics.average_precision_score(
            hit, proba[:, positive], sample_weight=weights
        )
        if both
        else math.nan,
    }


def _log_error(y: Any, guess: Any, weights: Any) -> float:
    import numpy as np

    if (y <= -1).any() or (guess <= -1).any():
        return math.nan
    return math.sqrt(float(np.average((np.log1p(y) - np.log1p(guess)) ** 2, weights=weights)))


def _spearman(y: Any, guess: Any) -> float:
    from scipy import stats  # type: ignore[import-untyped,unused-ignore]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a constant has no rank
        found = float(stats.spearmanr(y, guess)[0])
    return 0.0 if math.isnan(found) else found


def _percentage(y: Any, guess: Any, weights: Any) -> float:
    """The mean error in percent of the true value; values near 0 have none."""
    import numpy as np

    kept = np.abs(y) > 1e-9
    if not kept.any():
        return math.nan
    chosen = None if weights is None else weights[kept]
    return float(100 * np.average(np.abs((y[kept] - guess[kept]) / y[kept]), weights=chosen))


def confusion_matrix(y: Any, proba: Any, classes: Any) -> dict[str, Any]:
    """v1's document of that name: true classes down, predicted ones across."""
    import numpy as np
    from sklearn import metrics

    labels = list(range(len(classes)))
    true, guess = _positions(y, classes), np.argmax(proba, axis=1)
    matrix = metrics.confusion_matrix(true, guess, labels=labels)
    data = {"class_labels": [str(value) for value in classes], "matrix": matrix.tolist()}
    return {"schema_type": "confusion_matrix", "schema_version": "1.0.0", "data": data}


def accuracy_table(y: Any, proba: Any, classes: Any) -> dict[str, Any]:
    """v1's document of that name: for each class and threshold true and false positives and negatives."""
    import numpy as np

    true = _positions(y, classes)
    thresholds = np.linspace(0, 1, _CURVE_POINTS)
    by_probability, by_share = [], []
    for n in range(len(classes)):
        hit, column = true == n, proba[:, n]
        by_probability.append([_counts(hit, column >= limit) for limit in thresholds])
        order = np.argsort(-column, kind="stable")
        by_share.append([_counts(hit, _first(order, round(share * len(hit)))) for share in thresholds])
    data = {
        "probability_tables": by_probability,
        "percentile_tables": by_share,
        "probability_thresholds": thresholds.tolist(),
        "percentile_thresholds": thresholds.tolist(),
        "class_labels": [str(value) for value in classes],
    }
    return {"schema_type": "accuracy_table", "schema_version": "1.0.1", "data": data}


def _first(order: Any, count: int) -> Any:
    import numpy as np

    chosen = np.zeros(len(order), dtype=bool)
    chosen[order[:count]] = True
    return chosen


def _counts(hit: Any, said: Any) -> list[int]:
    """True positives, false positives, true negatives, false negatives."""
    return [int((hit & said).sum()), int((~hit & said).sum()), int((~hit & ~said).sum()), int((hit & ~said).sum())]


def residuals(y: Any, guess: Any) -> dict[str, Any]:
    """v1's document of that name: how often predictions are off by how much."""
    import numpy as np

    off = np.asarray(guess, dtype=float) - np.asarray(y, dtype=float)
    wide = float(np.abs(off).max()) or 1.0
    edges = np.linspace(-wide, wide, _BINS + 1)
    counts, _ = np.histogram(off, bins=edges)
    data = {
        "bin_edges": edges.tolist(),
        "bin_counts": counts.tolist(),
        "mean": float(off.mean()),
        "stddev": float(off.std()),
        "res_count": len(off),
    }
    return {"schema_type": "residuals", "schema_version": "1.0.0", "data": data}


def predictions(y: Any, guess: Any) -> dict[str, Any]:
    """v1's document of that name: for each range of true values the mean prediction."""
    import numpy as np

    y, guess = np.asarray(y, dtype=float), np.asarray(guess, dtype=float)
    edges = np.linspace(float(y.min()), float(y.max()), _BINS + 1)
    place = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, _BINS - 1)
    groups = [guess[place == n] for n in range(_BINS)]
    data = {
        "bin_averages": [float(group.mean()) if len(group) else None for group in groups],
        "bin_errors": [float(group.std()) if len(group) else None for group in groups],
        "bin_counts": [len(group) for group in groups],
        "bin_edges": edges.tolist(),
    }
    return {"schema_type": "predictions", "schema_version": "1.0.0", "data": data}

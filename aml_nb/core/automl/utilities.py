"""v1's functions beside AutoML's classes."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from aml_nb.core.automl import constants, forecasting, scoring
from aml_nb.core.automl.constants import Metric, Tasks
from aml_nb.core.automl.exceptions import ConfigException


def get_primary_metrics(task: str) -> list[str]:
    """The metrics by which pipelines of a task can be judged.

    Parameters
    ----------
    task : ``classification`` or ``regression``.

    Raises
    ------
    ConfigException : there is no such task.
    """
    name = str(task).lower()
    if name == Tasks.FORECASTING:
        forecasting.refuse()
    if name not in constants.PRIMARY_METRICS:
        near = get_close_matches(name, Tasks.ALL, n=1, cutoff=0.4)
        raise ConfigException(
            f"The task {task!r} is not known; it is one of {', '.join(Tasks.ALL)}.",
            target="task",
            hint=f"get_primary_metrics({near[0] if near else Tasks.CLASSIFICATION!r})",
        )
    return list(constants.PRIMARY_METRICS[name])


def get_sdk_dependencies(all_dependencies: bool = False, **kwargs: Any) -> dict[str, str]:
    """The packages that pipelines are made of, with their versions.

    Parameters
    ----------
    all_dependencies, kwargs : taken for v1's sake.
    """
    from aml_nb.core.automl.outputs import dependencies

    return dependencies(None)


def score_classification(
    y_test: Any,
    y_pred_probs: Any,
    enabled_metrics: Any,
    class_labels: Any,
    train_labels: Any,
    sample_weight: Any = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """The metrics of a classification, as AutoML has them.

    Parameters
    ----------
    y_test, y_pred_probs : the true labels, and the probabilities of the classes that the model knows.
    enabled_metrics : the names of those that are wanted.
    class_labels, train_labels : all classes, and those that the model knows: the columns of the probabilities.
    sample_weight : of the rows.
    kwargs : taken for v1's sake.
    """
    import numpy as np

    from aml_nb.core.automl.models import aligned

    classes = np.unique(np.asarray(class_labels))
    proba = aligned(np.asarray(y_pred_probs, dtype=float), np.asarray(train_labels), classes)
    found: dict[str, Any] = dict(scoring.classification(y_test, proba, classes, sample_weight))
    if Metric.ConfusionMatrix in enabled_metrics:
        found[Metric.ConfusionMatrix] = scoring.confusion_matrix(y_test, proba, classes.tolist())
    if Metric.AccuracyTable in enabled_metrics:
        found[Metric.AccuracyTable] = scoring.accuracy_table(y_test, proba, classes.tolist())
    return _wanted(found, enabled_metrics)


def score_regression(
    y_test: Any,
    y_pred: Any,
    enabled_metrics: Any,
    y_max: float | None = None,
    y_min: float | None = None,
    y_std: float | None = None,
    sample_weight: Any = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """The metrics of a regression, as AutoML has them.

    Parameters
    ----------
    y_test, y_pred : the true values, and those that were predicted.
    enabled_metrics : the names of those that are wanted.
    y_max, y_min : the range by which errors are normalized.
    y_std, kwargs : taken for v1's sake.
    sample_weight : of the rows.
    """
    found: dict[str, Any] = dict(scoring.regression(y_test, y_pred, sample_weight, y_min, y_max))
    if Metric.Residuals in enabled_metrics:
        found[Metric.Residuals] = scoring.residuals(y_test, y_pred)
    if Metric.PredictedTrue in enabled_metrics:
        found[Metric.PredictedTrue] = scoring.predictions(y_test, y_pred)
    return _wanted(found, enabled_metrics)


def _wanted(found: dict[str, Any], enabled: Any) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name in enabled}

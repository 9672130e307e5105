"""The metrics: worked out by hand, by scikit-learn, and what must hold for any predictions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from aml_nb.core.automl import scoring
from aml_nb.core.automl.constants import Metric
from aml_nb.core.automl.utilities import score_classification, score_regression

Y = np.array(["a", "b", "b", "c", "a", "c"])
PROBA = np.array(
    [[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.4, 0.35, 0.25]]
)
CLASSES = np.array(["a", "b", "c"])


def test_classification_is_what_scikit_learn_says() -> None:
    found = scoring.classification(Y, PROBA, CLASSES)
    guess = CLASSES[PROBA.argmax(axis=1)]
    assert set(found) == Metric.SCALAR_CLASSIFICATION_SET
    assert found["accuracy"] == pytest.approx(4 / 6) and found["balanced_accuracy"] == pytest.approx(2 / 3)
    assert found["norm_macro_recall"] == pytest.approx((2 / 3 - 1 / 3) / (2 / 3))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(Y, PROBA))
    assert found["AUC_weighted"] == pytest.approx(
        metrics.roc_auc_score(Y, PROBA, multi_class="ovr", average="weighted")
    )
    assert found["AUC_macro"] == pytest.approx(metrics.roc_auc_score(Y, PROBA, multi_class="ovr"))
    assert found["f1_score_macro"] == pytest.approx(metrics.f1_score(Y, guess, average="macro"))
    assert found["matthews_correlation"] == pytest.approx(metrics.matthews_corrcoef(Y, guess))


def test_two_classes_have_metrics_of_the_positive_one() -> None:
    y, proba = np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.35, 0.65], [0.2, 0.8]])
    found = scoring.classification(y, proba, np.array([0, 1]), None, 1)
    assert found["AUC_binary"] == found["AUC_macro"] == found["AUC_weighted"] == 1
    assert found["precision_score_binary"] == pytest.approx(2 / 3) and found["recall_score_binary"] == 1
    assert "AUC_binary" not in scoring.classification(y, proba, np.array([0, 1]))


def test_weights_count() -> None:
    heavy = np.array([1, 1, 100, 1, 1, 1])
    assert scoring.classification(Y, PROBA, CLASSES, heavy)["accuracy"] < 0.1
    assert scoring.regression([1, 2], [1, 4], np.array([1, 0]))["mean_absolute_error"] == 0


@pytest.mark.parametrize("metric", ["AUC_weighted", "accuracy", "norm_macro_recall"])
def test_one_metric_alone_is_the_same(metric: str) -> None:
    two = np.array([0, 1, 1, 0]), np.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [0.9, 0.1]]), np.array([0, 1])
    for case in ((Y, PROBA, CLASSES), two):
        assert scoring.primary(metric, *case) == pytest.approx(scoring.classification(*case)[metric])


def test_a_class_that_no_row_has_spoils_nothing() -> None:
    found = scoring.classification(np.array(["a", "b"]), np.array([[0.9, 0.1, 0], [0.2, 0.8, 0]]), CLASSES)
    assert found["AUC_macro"] == found["accuracy"] == found["recall_score_macro"] == 1
    assert math.isnan(scoring.classification(np.array(["a"]), np.array([[0.9, 0.1, 0]]), CLASSES)["AUC_macro"])


def test_regression_is_worked_out_by_hand() -> None:
    found = scoring.regression([1.0, 2.0, 3.0, 5.0], [1.0, 2.5, 2.0, 5.0], low=0, high=10)
    assert set(found) == Metric.SCALAR_REGRESSION_SET
    assert found["mean_absolute_error"] == 0.375 and found["normalized_mean_absolute_error"] == 0.0375
    assert found["median_absolute_error"] == 0.25
    assert found["root_mean_squared_error"] == pytest.approx(math.sqrt(1.25 / 4))
    assert found["r2_score"] == pytest.approx(1 - 1.25 / 8.75)
    assert found["spearman_correlation"] == pytest.approx(0.8)
    assert found["mean_absolute_percentage_error"] == pytest.approx(100 * (0.25 + 1 / 3) / 4)
    assert math.isnan(scoring.regression([-5.0, 1.0], [1.0, 1.0])["root_mean_squared_log_error"])
    assert scoring.regression([1.0, 2.0], [3.0, 3.0])["spearman_correlation"] == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.floats(0.01, 1), min_size=3, max_size=3)), min_size=1))
def test_scores_stay_within_their_bounds(rows: list[tuple[str, list[float]]]) -> None:
    y = np.array([label for label, _ in rows])
    proba = np.array([values for _, values in rows])
    proba /= proba.sum(axis=1, keepdims=True)
    for name, value in scoring.classification(y, proba, CLASSES).items():
        low, high = {"log_loss": (0, math.inf), "matthews_correlation": (-1, 1)}.get(name, (0, 1))
        assert math.isnan(value) or low - 1e-9 <= value <= high + 1e-9, name


def test_the_mean_of_splits_leaves_out_what_one_could_not_have() -> None:
    assert scoring.mean([{"a": 1.0, "b": math.nan}, {"a": 3.0, "b": 2.0}]) == {"a": 2.0, "b": 2.0}


def test_documents_have_v1s_form() -> None:
    matrix = scoring.confusion_matrix(Y, PROBA, CLASSES.tolist())
    assert matrix["data"] == {"class_labels": ["a", "b", "c"], "matrix": [[2, 0, 0], [1, 1, 0], [1, 0, 1]]}
    table = scoring.accuracy_table(Y, PROBA, CLASSES.tolist())["data"]
    for tables in (table["probability_tables"], table["percentile_tables"]):
        assert all(sum(counts) == len(Y) for rows in tables for counts in rows)
    assert table["probability_tables"][0][0] == [2, 4, 0, 0] and table["percentile_tables"][0][-1] == [2, 4, 0, 0]
    bins = scoring.residuals([1, 2, 3], [1, 2, 5])["data"]
    assert sum(bins["bin_counts"]) == bins["res_count"] == 3
    assert sum(scoring.predictions([1, 2, 3], [1, 2, 5])["data"]["bin_counts"]) == 3


def test_v1s_functions_give_the_metrics_that_were_asked_for() -> None:
    wanted: Any = ["accuracy", "confusion_matrix"]
    found = score_classification(Y, PROBA[:, [0, 2]], wanted, CLASSES, np.array(["a", "c"]))
    assert set(found) == set(wanted) and found["accuracy"] == pytest.approx(3 / 6)
    assert score_regression([1.0, 2.0], [1.0, 2.0], {"r2_score", "residuals"})["r2_score"] == 1

"""What an AutoML configuration takes, and what it says of what it does not."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from aml_nb.core.automl import settings
from aml_nb.core.automl.config import AutoMLConfig
from aml_nb.core.automl.constants import Metric, Tasks, models, objective
from aml_nb.core.automl.exceptions import ConfigException
from aml_nb.core.automl.featurization.config import FeaturizationConfig
from aml_nb.core.automl.forecasting import ForecastingParameters
from aml_nb.core.automl.utilities import get_primary_metrics, get_sdk_dependencies
from aml_nb.errors import NotAvailableError

FRAME = pd.DataFrame({"a": [1, 2], "y": [0, 1]})


def config(**given: Any) -> AutoMLConfig:
    whole = {"task": "classification", "training_data": FRAME, "label_column_name": "y", **given}
    return AutoMLConfig(**{name: value for name, value in whole.items() if value is not ...})


def test_defaults_are_v1s() -> None:
    known = config()._settings
    assert (known["iterations"], known["primary_metric"], known["experiment_timeout_minutes"]) == (
        1000,
        "accuracy",
        8640,
    )
    assert known["enable_voting_ensemble"] and known["enable_stack_ensemble"] and known["enable_early_stopping"]
    assert config(task="regression")._settings["primary_metric"] == "normalized_root_mean_squared_error"
    assert config().is_timeseries is False and config(iterations=3).user_settings["iterations"] == 3


@pytest.mark.parametrize(
    "given, setting, value",
    [
        ({"primary_metric": "auc_weighted"}, "primary_metric", "AUC_weighted"),
        ({"blacklist_algos": ["lightgbm"]}, "blocked_models", ["LightGBM"]),
        ({"whitelist_models": "KNN"}, "allowed_models", ["KNN"]),
        ({"max_time_sec": 90}, "iteration_timeout_minutes", 1.5),
        ({"experiment_timeout_hours": 0.5}, "experiment_timeout_minutes", 30),
        ({"experiment_timeout_minutes": 20}, "experiment_timeout_minutes", 20),
        ({"exit_score": 0.9}, "experiment_exit_score", 0.9),
        ({"n_cross_validations": "auto"}, "n_cross_validations", None),
        ({"max_cores_per_iteration": None}, "max_cores_per_iteration", -1),
        ({"concurrent_iterations": 3}, "max_concurrent_iterations", 3),
        ({"enable_ensembling": False}, "enable_voting_ensemble", False),
        ({"debug_log": "/tmp/a.log"}, "debug_log", "a.log"),
        ({"name": "Automated ML Experiment"}, "name", "Automated ML Experiment"),
    ],
)
def test_settings_are_taken_by_any_of_their_names(given: dict[str, Any], setting: str, value: object) -> None:
    assert config(**given)._settings[setting] == value


@pytest.mark.parametrize(
    "given, words, hint",
    [
        ({"task": "classificaton"}, "one of classification, regression", "task='classification'"),
        ({"primary_metric": "AUC"}, "AUC_weighted, average_precision_score_weighted", "primary_metric='AUC_weighted'"),
        (
            {"task": "regression", "primary_metric": "accuracy"},
            "one of spearman_correlation, r2_score",
            "primary_metric=",
        ),
        ({"itertions": 3}, "no parameter 'itertions'", "did you mean iterations?"),
        ({"label_column_name": None}, "label_column_name is missing", "label_column_name="),
        ({"training_data": None}, "Give training_data", "training_data"),
        ({"X": FRAME, "y": [0, 1]}, "not both", "training_data"),
        ({"training_data": None, "X": FRAME}, "y is not", "y="),
        ({"blocked_models": ["LightGMB"]}, "no algorithm for classification", "blocked_models=['LightGBM']"),
        ({"allowed_models": ["KNN"], "blocked_models": ["KNN"]}, "leave no algorithm", None),
        (
            {"n_cross_validations": 3, "validation_data": FRAME},
            "contradict each other",
            "leave n_cross_validations out",
        ),
        ({"n_cross_validations": 1}, "2 or more", None),
        ({"validation_size": 1.5}, "between 0 and 1", "validation_size=0.2"),
        ({"iterations": 0}, "from 1 on", None),
        ({"iterations": 2.5}, "a whole number", None),
        ({"experiment_timeout_hours": -1}, "more than 0", None),
        ({"experiment_timeout_hours": 1, "experiment_timeout_minutes": 5}, "not both", None),
        ({"featurization": "on"}, "'auto', 'off' or a FeaturizationConfig", "featurization='auto'"),
        ({"test_data": FRAME, "test_size": 0.2}, "test_data or test_size", None),
    ],
)
def test_what_cannot_be_right_is_said_at_once(given: dict[str, Any], words: str, hint: str | None) -> None:
    with pytest.raises(ConfigException) as error:
        config(**given)
    assert words in error.value.message
    assert hint is None or hint in str(error.value.hint)


@pytest.mark.parametrize(
    "given",
    [
        {"task": "forecasting"},
        {"task": "image-classification"},
        {"time_column_name": "when"},
        {"forecasting_parameters": object()},
        {"enable_dnn": True},
        {"spark_context": object()},
        {"allowed_models": ["TensorFlowDNN"]},
        {"data_script": "get_data.py"},
    ],
)
def test_what_is_not_here_says_so(given: dict[str, Any]) -> None:
    with pytest.raises(NotAvailableError) as error:
        config(**given)
    assert error.value.hint


def test_forecasting_parameters_are_refused_with_what_to_do_instead() -> None:
    with pytest.raises(NotAvailableError, match="does not forecast") as error:
        ForecastingParameters(time_column_name="when", forecast_horizon=12)
    assert "task='regression'" in str(error.value.hint)


def test_algorithms_are_those_that_are_allowed_and_not_blocked() -> None:
    known = config(allowed_models=["KNN", "SGD", "TensorFlowDNN"], blocked_models=["SGD"])._settings
    assert settings.algorithms(known) == ["KNN"]
    assert "ElasticNet" in models(Tasks.REGRESSION) and "ElasticNet" not in models(Tasks.CLASSIFICATION)


def test_a_configuration_is_json_without_its_data() -> None:
    featurization = FeaturizationConfig(column_purposes={"a": "Categorical"})
    told = json.loads(json.dumps(config(featurization=featurization).as_serializable_dict()))
    assert told["featurization"]["column_purposes"] == {"a": "Categorical"} and told["training_data"] == "DataFrame"


def test_featurization_config_keeps_what_it_was_told() -> None:
    made = FeaturizationConfig(drop_columns=["x"])
    made.add_column_purpose("a", "Numeric")
    made.add_drop_columns(["b", "x"])
    made.add_transformer_params("Imputer", ["a"], {"strategy": "median"})
    made.add_transformer_params("Imputer", [], {"strategy": "constant", "fill_value": 0})
    again = FeaturizationConfig._from_json(json.loads(json.dumps(made._to_json())))
    assert again._to_json() == made._to_json() and again.drop_columns == ["x", "b"]
    made.remove_transformer_params("Imputer", ["a"])
    assert made.get_transformer_params("Imputer", ["a"])["strategy"] == "constant"
    made.remove_column_purpose("a")
    assert made.column_purposes == {}
    with pytest.raises(ConfigException, match="Numeric, Categorical"):
        made.add_column_purpose("a", "Number")
    with pytest.raises(ConfigException, match="no strategy"):
        made.add_transformer_params("Imputer", ["a"], {"strategy": "guess"})
    with pytest.raises(ConfigException, match="no transformer"):
        made.add_blocked_transformers("Nothing")


def test_utilities_know_metrics_and_packages() -> None:
    assert set(get_primary_metrics("Classification")) == Metric.CLASSIFICATION_PRIMARY_SET
    assert set(get_primary_metrics("regression")) == Metric.REGRESSION_PRIMARY_SET
    with pytest.raises(ConfigException):
        get_primary_metrics("clustering")
    assert get_sdk_dependencies()["scikit-learn"]
    assert [objective(name) for name in ("log_loss", "r2_score", "normalized_mean_absolute_error")] == [
        *("minimize", "maximize", "minimize")
    ]

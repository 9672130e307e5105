"""What HyperDriveConfig takes, refuses and becomes."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.estimators import Estimator
from aml_nb.core.hyperdrive import arguments, error_definition, plan
from aml_nb.core.hyperdrive.config import HyperDriveConfig, HyperDriveRunConfig
from aml_nb.core.hyperdrive.exceptions import (
    HyperDriveConfigException,
    HyperDriveException,
    HyperDriveScenarioNotSupportedException,
)
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.parameter_expressions import choice, uniform
from aml_nb.core.hyperdrive.policy import BanditPolicy, NoTerminationPolicy
from aml_nb.core.hyperdrive.primary_metric import Tail, missing
from aml_nb.core.hyperdrive.sampling import (
    BayesianParameterSampling,
    GridParameterSampling,
    RandomParameterSampling,
)
from aml_nb.core.runs.metrics import Journal
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.errors import AzureMLException

GRID = GridParameterSampling({"--a": choice(1, 2)})
MAX = PrimaryMetricGoal.MAXIMIZE


def config(**more: Any) -> HyperDriveConfig:
    settings: dict[str, Any] = {
        "hyperparameter_sampling": GRID, "primary_metric_name": "AUC", "primary_metric_goal": MAX,
        "max_total_runs": 6, "run_config": ScriptRunConfig(".", "train.py"),
    }  # fmt: skip
    return HyperDriveConfig(**(settings | more))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"run_config": None}, "HyperDriveConfig expects one of run_config, estimator and pipeline"),
        ({"estimator": object()}, "got 2"),
        ({"run_config": "train.py"}, "Expected type ScriptRunConfig for run_config but got str"),
        ({"hyperparameter_sampling": {"--a": choice(1)}}, "Expected type HyperParameterSampling"),
        ({"primary_metric_name": 3}, "Expected type str for primary_metric_name"),
        ({"primary_metric_name": " "}, "the name of a metric"),
        ({"primary_metric_goal": 1}, "Expected type PrimaryMetricGoal"),
        ({"max_total_runs": 1001}, "max_total_runs expects a number of at most 1000, got 1001"),
        ({"max_total_runs": 0}, "max_total_runs expects a number of at least 1"),
        ({"max_concurrent_runs": 0}, "max_concurrent_runs expects a number of at least 1"),
        ({"max_duration_minutes": 20000}, "max_duration_minutes expects a number of at most 10080"),
        ({"policy": "bandit"}, "Expected type EarlyTerminationPolicy for policy but got str"),
        (
            {
                "hyperparameter_sampling": BayesianParameterSampling({"a": uniform(0, 1)}),
                "policy": BanditPolicy(slack_factor=1),
            },
            "BayesianParameterSampling expects no early termination",
        ),
    ],
)
def test_what_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(HyperDriveConfigException, match=words):
        config(**more)


def test_a_pipeline_is_refused_with_words() -> None:
    with pytest.raises(HyperDriveScenarioNotSupportedException, match="pipeline"):
        config(run_config=None, pipeline=object())


def test_defaults() -> None:
    made = config(max_concurrent_runs=99)
    assert made._max_concurrent_runs == 6
    assert config()._max_concurrent_runs == 6
    assert made._policy == NoTerminationPolicy()
    assert made.run_config.script == "train.py"
    assert made.source_directory == "." and made.estimator is None and made.pipeline is None
    assert config(primary_metric_goal="minimize")._goal is PrimaryMetricGoal.MINIMIZE


def test_bayesian_sampling_wants_more_runs(caplog: pytest.LogCaptureFixture) -> None:
    space = {"a": uniform(0, 1), "b": uniform(0, 1)}
    with caplog.at_level(logging.WARNING):
        config(hyperparameter_sampling=BayesianParameterSampling(space), max_total_runs=30)
    assert "2 hyperparameters want 40 runs or more" in caplog.text
    assert "max_concurrent_runs of 20 or fewer" in caplog.text


def test_the_older_name() -> None:
    estimator = Estimator(".", compute_target="local", entry_script="train.py")
    with pytest.warns(DeprecationWarning):
        made = HyperDriveRunConfig(estimator, GRID, "AUC", MAX, 3)
    assert isinstance(made, HyperDriveConfig)
    assert made.run_config is estimator.run_config and made.source_directory == "."
    with pytest.raises(HyperDriveConfigException, match="Expected type Estimator for estimator but got str"):
        config(run_config=None, estimator="train.py")


def test_a_plan_keeps_the_configuration() -> None:
    sampling = RandomParameterSampling({"a": uniform(0, 1)}, {"seed": 11})
    made = config(hyperparameter_sampling=sampling, policy=BanditPolicy(2, slack_factor=0.1))
    told = plan.of(made)
    assert told["seed"] == 11
    back = plan.configuration(told)
    assert back._generator_config == made._generator_config
    assert back._policy == made._policy and back._primary_metric_config == {"name": "AUC", "goal": "maximize"}
    assert plan.properties(told)["space_size"] == "infinite_space_size"
    assert plan.properties(plan.of(config()))["space_size"] == "2"
    assert plan.tags(told)["_aml_system_max_total_jobs"] == "6"


def test_hyperparameters_as_arguments() -> None:
    point = {"--rate": 0.1, "layers": [16, 8], "-v": True, "--opt": "adam"}
    assert arguments.of(point) == ["--rate", "0.1", "--layers", "[16, 8]", "-v", "True", "--opt", "adam"]
    given = ["--data", "x", "--rate", 3, "--layers=[1]", "-q", "--rate"]
    assert arguments.without(given, ["--rate", "layers"]) == (["--data", "x", "-q"], ["--rate", "--layers", "--rate"])


def test_the_metric_is_read_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "metrics.jsonl")
    tail = Tail(journal.path, "AUC")
    assert tail.read() == [] and not tail.seen
    journal.append("AUC", "scalar", 1)
    journal.append("Accuracy", "scalar", 0.5)
    assert tail.read() == [1.0]
    journal.append("AUC", "list", [0.5, 0.25])
    journal.append("AUC", "scalar", "0.75")
    journal.append("AUC", "scalar", "high")
    journal.append("AUC", "row", {"a": 1})
    values = tail.read()
    assert values[:3] == [0.5, 0.25, 0.75] and math.isnan(values[3]) and len(values) == 4
    assert list(tail.others) == ["Accuracy", "AUC"] and tail.unreadable == "high"
    assert tail.read() == []
    journal.close()


@pytest.mark.parametrize(
    ("metric", "logged", "unreadable", "words"),
    [
        ("Acuracy", ["AUC", "Accuracy"], None, "no metric named 'Acuracy' was logged, but 'AUC', 'Accuracy'; "
         "primary_metric_name='Accuracy'?"),
        ("accuracy", ["Accuracy"], None, "primary_metric_name='Accuracy'?"),
        ("loss", ["AUC"], None, "no metric named 'loss' was logged, but 'AUC'"),
        ("loss", [], None, "the script has to call run.log('loss', value)"),
        ("loss", ["loss"], None, "'loss' was logged as a row or a table, which is no number"),
        ("loss", [], "high", "'loss' was logged as 'high', which is no number"),
    ],
)  # fmt: skip
def test_a_metric_that_is_missing_is_explained(metric: str, logged: list[str], unreadable: Any, words: str) -> None:
    assert words in missing(metric, logged, unreadable)


def test_v1s_errors() -> None:
    with pytest.raises(HyperDriveException) as caught:
        config(max_total_runs="6")
    assert isinstance(caught.value, AzureMLException)
    assert caught.value.error_code == "UserError"
    assert caught.value.message == "Expected type int for max_total_runs but got str"
    assert caught.value.reference_code == "InvalidType"
    definition = error_definition.InvalidType()
    assert definition.code_hierarchy == ["UserError", "BadArgument", "ArgumentInvalid", "InvalidType"]
    assert definition.get_root_error() == "UserError"
    assert error_definition.HyperDriveTrainingError().get_root_error() == "SystemError"
    with pytest.raises(ValueError, match="InvalidType needs actual, obj"):
        definition.validate(exp="int")

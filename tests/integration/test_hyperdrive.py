"""Searches for hyperparameters: real children, on a cluster and on this machine."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import AmlCompute, ComputeTarget
from aml_nb.core.estimators import Estimator
from aml_nb.core.hyperdrive.config import HyperDriveConfig
from aml_nb.core.hyperdrive.exceptions import HyperDriveConfigException, HyperDriveNotImplementedException
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.parameter_expressions import choice, uniform
from aml_nb.core.hyperdrive.policy import BanditPolicy
from aml_nb.core.hyperdrive.run import HyperDriveRun
from aml_nb.core.hyperdrive.sampling import (
    BayesianParameterSampling,
    GridParameterSampling,
    RandomParameterSampling,
)
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ActivityFailedException, AzureMLException

pytestmark = pytest.mark.slow
MAX, MIN = PrimaryMetricGoal.MAXIMIZE, PrimaryMetricGoal.MINIMIZE

TRAIN = """
import argparse, os, sys, time
from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=str)
parser.add_argument("--regularization", type=float, dest="rate", default=0.01)
parser.add_argument("--resume-from", type=str)
args = parser.parse_args()
run = Run.get_context()
"""
LAB = """
assert run.parent.id.startswith("HD_")
run.log("Regularization Rate", args.rate)
time.sleep(0.4)
run.log("Accuracy", 1 - args.rate)
os.makedirs("outputs", exist_ok=True)
with open("outputs/model.pkl", "w") as file:
    file.write(f"{args.rate}")
if args.resume_from:
    print("goes on from", open(os.path.join(args.resume_from, "model.pkl")).read())
run.complete()
"""
LONG = """
for step in range(600):
    run.log("Accuracy", 1 - args.rate)
    time.sleep(0.05)
"""


@pytest.fixture
def tune(ws: Workspace, tmp_path: Path) -> Callable[..., HyperDriveRun]:
    """Submit a search with a script made of ``code``."""

    def submit(code: str, **more: Any) -> HyperDriveRun:
        folder = tmp_path / "train"
        folder.mkdir(exist_ok=True)
        (folder / "train.py").write_text(TRAIN + code, encoding="utf-8")
        script = ScriptRunConfig(str(folder), "train.py", ["--data", "x"], compute_target=more.pop("target", None))
        if more.pop("by_estimator", False):
            given = {"--data": "x", "--regularization": 0.7}
            more["run_config"] = None
            more["estimator"] = Estimator(
                str(folder), compute_target="local", entry_script="train.py", script_params=given
            )
        settings: dict[str, Any] = {
            "hyperparameter_sampling": GridParameterSampling({"--regularization": choice(0.5, 0.001, 0.1)}),
            "primary_metric_name": "Accuracy", "primary_metric_goal": MAX, "max_total_runs": 4,
            "max_concurrent_runs": 2, "run_config": script,
        }  # fmt: skip
        run = Experiment(ws, "tune").submit(HyperDriveConfig(**(settings | more)))
        assert isinstance(run, HyperDriveRun)
        return run

    return submit


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)


def most_at_once(run: Run) -> int:
    details = [child.get_details() for child in run.get_children()]
    starts = [told["startTimeUtc"] for told in details]
    return max(sum(told["startTimeUtc"] <= start < told["endTimeUtc"] for told in details) for start in starts)


def log_of(run: Run) -> str:
    return str(run.get_details_with_logs()["logFiles"]["azureml-logs/hyperdrive.txt"])


def test_the_lab_of_the_course(
    ws: Workspace, tune: Callable[..., HyperDriveRun], capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = AmlCompute.provisioning_configuration("STANDARD_DS11_V2", max_nodes=2)
    cluster = ComputeTarget.create(ws, "cpu-cluster", configuration)
    run = tune(LAB, target=cluster, max_concurrent_runs=4)
    assert run.id.startswith("HD_") and run.type == "hyperdrive"
    details = run.wait_for_completion(show_output=True)
    assert details["status"] == "Completed" and details["target"] == "cpu-cluster"
    assert details["properties"]["best_child_run_id"] == f"{run.id}_1"
    assert "Streaming azureml-logs/hyperdrive.txt" in capsys.readouterr().out

    assert most_at_once(run) == 2
    children = run.get_children_sorted_by_primary_metric()
    assert children[0] == {
        "run_id": f"{run.id}_1",
        "hyperparameters": '{"--regularization": 0.001}',
        "best_primary_metric": 0.999,
        "status": "Completed",
    }
    assert [child["best_primary_metric"] for child in children] == [0.999, 0.9, 0.5]
    worst_first = run.get_children_sorted_by_primary_metric(top=2, reverse=True)
    assert [child["run_id"][-1] for child in worst_first] == ["0", "2"]

    best = run.get_best_run_by_primary_metric()
    assert best.id == f"{run.id}_1" and best.type == "azureml.scriptrun" and best.parent.id == run.id
    assert best.get_details()["runDefinition"]["arguments"] == ["--data", "x", "--regularization", "0.001"]
    assert best.get_metrics() == {"Regularization Rate": 0.001, "Accuracy": 0.999}
    assert json.loads(best.get_tags()["hyperparameters"]) == {"--regularization": 0.001}
    model = best.register_model("tuned", "outputs/model.pkl", tags={"Training context": "Hyperdrive"})
    assert Path(model.download(exist_ok=True)).read_text() == "0.001"

    assert run.get_metrics()[best.id]["Accuracy"] == 0.999
    assert run.get_hyperparameters()[f"{run.id}_0"] == '{"--regularization": 0.5}'
    again = Run.get(ws, run.id)
    assert isinstance(again, HyperDriveRun)
    assert again.hyperdrive_config._max_concurrent_runs == 4
    assert "3 Completed" in again.get_diagnostics() and "0.999" in again.get_diagnostics()
    for refused in (run.fail, run.complete):
        with pytest.raises(HyperDriveNotImplementedException):
            refused()
    assert not (RunFolder(ws, run.id).path / "source").exists()
    for taken, words in ((run.id, "an id that no run has"), ("../elsewhere", "is no id for a run")):
        with pytest.raises(AzureMLException, match=words):
            tune(LAB, custom_run_id=taken)


def test_the_poor_runs_are_cancelled(tune: Callable[..., HyperDriveRun]) -> None:
    code = LONG.replace("600", "20 if args.rate < 0.01 else 600")
    run = tune(code, policy=BanditPolicy(2, slack_factor=0.2, delay_evaluation=5), max_total_runs=2)
    run.wait_for_completion()
    children = {child["run_id"][-1]: child for child in run.get_children_sorted_by_primary_metric()}
    assert children["0"]["status"] == "Canceled"
    assert children["1"]["status"] == "Completed"
    assert run.get_status() == "Completed"
    assert len(run.get_metrics()[f"{run.id}_0"]["Accuracy"]) < 600
    assert f"{run.id}_0 is cancelled: at interval" in log_of(run)
    assert run.get_best_run_by_primary_metric(include_canceled=False).id == f"{run.id}_1"


@pytest.mark.parametrize("killed", [False, True], ids=["cancelled", "killed"])
def test_no_child_outlives_a_search_that_is_ended(
    ws: Workspace, tune: Callable[..., HyperDriveRun], killed: bool
) -> None:
    run = tune(LONG)
    until(lambda: len(run.get_metrics()) == 2 and all(run.get_metrics().values()))
    children = list(run.get_children())
    if killed:
        state = json.loads((RunFolder(ws, run.id).path / "keeper.json").read_text())
        os.kill(state["pid"], signal.SIGKILL)
        until(lambda: run.get_status() == "Failed")
    else:
        run.cancel()
        assert run.wait_for_completion(raise_on_error=False)["status"] == "Canceled"
    until(lambda: {child.get_status() for child in children} == {"Canceled"})
    assert len(list(run.get_children())) == 2


def test_a_metric_that_is_misspelt_is_named(
    tune: Callable[..., HyperDriveRun], capsys: pytest.CaptureFixture[str]
) -> None:
    run = tune(LAB, primary_metric_name="accuracy", max_total_runs=1)
    details = run.wait_for_completion()
    told = (
        "no metric named 'accuracy' was logged, but 'Regularization Rate', 'Accuracy'; primary_metric_name='Accuracy'?"
    )
    assert told in log_of(run)
    assert told in details["warnings"][0]["message"]
    assert run.get_best_run_by_primary_metric() is None
    assert told in capsys.readouterr().out
    assert run.get_children_sorted_by_primary_metric()[0]["best_primary_metric"] is None
    assert run.get_children_sorted_by_primary_metric(discard_no_metric=True) == []


def test_an_estimators_script_that_always_fails_is_given_up(
    tune: Callable[..., HyperDriveRun], caplog: pytest.LogCaptureFixture
) -> None:
    sampling = RandomParameterSampling({"regularization": uniform(0, 0.5)}, {"seed": 1})
    run = tune(
        "raise ValueError(f'rate {args.rate}')", hyperparameter_sampling=sampling, max_total_runs=50, by_estimator=True
    )
    assert "--regularization is in the script's arguments and in the parameter space" in caplog.text
    with pytest.raises(ActivityFailedException) as caught:
        run.wait_for_completion()
    assert "User errors were found in all of the" in str(caught.value) and "ValueError: rate 0." in str(caught.value)
    assert len(list(run.get_children())) <= 4
    arguments = next(run.get_children()).get_details()["runDefinition"]["arguments"]
    assert arguments.count("--regularization") == 1 and float(arguments[-1]) < 0.5
    assert "ValueError" in run.get_diagnostics()
    assert f"{run.id}_0 is Failed: User program failed with ValueError: rate 0." in log_of(run)


def test_searches_that_go_on_from_others(ws: Workspace, tune: Callable[..., HyperDriveRun]) -> None:
    pytest.importorskip("optuna")
    odd = "run.log('Accuracy', float('nan') if args.rate == 0.5 else str(1 - args.rate))\n"
    first = tune(LAB.replace('run.log("Accuracy", 1 - args.rate)', odd.strip()), max_total_runs=2)
    first.wait_for_completion()
    assert [child["best_primary_metric"] for child in first.get_children_sorted_by_primary_metric()] == [0.999, None]
    sampling = BayesianParameterSampling({"--regularization": uniform(0.2, 0.9)}, {"seed": 3})
    best = first.get_best_run_by_primary_metric()
    with pytest.raises(HyperDriveConfigException, match="The primary metric and its goal should be the same"):
        tune(LAB, primary_metric_name="AUC", resume_from=first)
    second = tune(
        LAB,
        hyperparameter_sampling=sampling,
        resume_from=[first],
        resume_child_runs=best,
        max_total_runs=2,
        max_concurrent_runs=1,
    )
    second.wait_for_completion()
    resumed, fresh = (Run.get(ws, f"{second.id}_{number}") for number in (0, 1))
    assert "goes on from 0.001" in resumed.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"]
    assert 0.2 <= json.loads(fresh.tags["hyperparameters"])["--regularization"] <= 0.9
    assert second.get_best_run_by_primary_metric().id == f"{second.id}_0"
    assert second.properties["resume_from"] == json.dumps([first.id])

"""Searches for the best pipeline: real drivers, real pipelines, and what becomes of the best of them."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aml_nb.core.automl.config import AutoMLConfig
from aml_nb.core.automl.exceptions import ClientException, ConfigException, DataException
from aml_nb.core.automl.run import AutoMLRun
from aml_nb.core.compute import AmlCompute, ComputeTarget
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.run import Run
from aml_nb.core.webservice import LocalWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ActivityFailedException, NotAvailableError

from .test_script_runs import until as until_then

pytestmark = pytest.mark.slow
N = 160


def until(done: Any) -> None:
    """Wait for a driver; what it imports takes its time on a machine that is busy."""
    until_then(done, seconds=90)


def patients(count: int = N) -> pd.DataFrame:
    """Rows of numbers, of which some tell who is ill."""
    random = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "PatientID": random.permutation(10 * count)[:count],
            "Glucose": random.integers(44, 192, count),
            "BMI": random.uniform(18, 56, count).round(2),
            "Ward": random.choice(["north", "south"], count),
        }
    )
    frame["Diabetic"] = (frame.Glucose / 100 + frame.BMI / 30 + random.normal(0, 0.2, count) > 2.4).astype(int)
    return frame


def cluster(ws: Workspace, nodes: int = 2) -> Any:
    settings = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=nodes)
    target = ComputeTarget.create(ws, "cpu", settings)
    target.wait_for_completion()
    return target


def test_the_lab(ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = patients()
    frame.to_csv(tmp_path / "diabetes.csv", index=False)
    table = Dataset.Tabular.from_delimited_files(str(tmp_path / "diabetes.csv")).register(ws, "diabetes")
    train, test = table.random_split(percentage=0.7, seed=123)
    config = AutoMLConfig(
        name="Automated ML Experiment",
        task="classification",
        compute_target=cluster(ws),
        training_data=train,
        validation_data=test,
        label_column_name="Diabetic",
        iterations=4,
        primary_metric="AUC_weighted",
        max_concurrent_iterations=2,
        featurization="auto",
    )
    run = Experiment(ws, "lab").submit(config)
    assert isinstance(run, AutoMLRun) and run.type == "automl" and "Parent Run ID" in capsys.readouterr().out
    details = run.wait_for_completion(show_output=True)
    shown = capsys.readouterr().out
    assert "DATA GUARDRAILS" in shown and " ITERATION   PIPELINE " in shown and "   2   VotingEnsemble " in shown
    assert {one["consumptionDetails"]["inputName"] for one in details["inputDatasets"]} == {
        *("training_data", "validation_data")
    }
    best, fitted = run.get_output()
    metrics = best.get_metrics()
    assert metrics["AUC_weighted"] > 0.9 and {"accuracy", "log_loss", "f1_score_macro", "confusion_matrix"} <= set(
        metrics
    )
    assert run.get_metrics()["AUC_weighted"] == metrics["AUC_weighted"]
    assert list(fitted.named_steps)[0] == "datatransformer"
    rows = frame.drop(columns="Diabetic")
    assert (fitted.predict(rows) == frame.Diabetic).mean() > 0.85
    summary = {row["RawFeatureName"]: row for row in fitted.named_steps["datatransformer"].get_featurization_summary()}
    assert summary["PatientID"]["Dropped"] == "Yes" and summary["Ward"]["TypeDetected"] == "Categorical"
    children = {int(child.properties["iteration"]): child for child in run.get_children()}
    assert [children[n].id for n in range(4)] == [f"{run.id}_{n}" for n in range(4)]
    assert [children[n].properties["run_algorithm"] for n in range(4)] == [
        *("LightGBM", "XGBoostClassifier", "VotingEnsemble", "StackEnsemble")
    ]
    scores = [child.get_metrics("AUC_weighted")["AUC_weighted"] for child in children.values()]
    assert max(scores) == metrics["AUC_weighted"] == run.get_best_child().get_metrics()["AUC_weighted"]
    assert run.summary()[0][2] == max(scores) and len(run.summary()) == 4
    assert run.get_guardrails(to_console=False)["guardrails"][0]["type"] == "class_balancing"
    assert run.tags["automl_best_child_run_id"] == best.id
    again = AutoMLRun(Experiment(ws, "lab"), run_id=run.id)
    assert again.get_output(iteration=1)[0].id == f"{run.id}_1"
    assert again.get_best_child(metric="log_loss").id in {child.id for child in children.values()}
    assert again.get_run_sdk_dependencies()["scikit-learn"]
    with pytest.raises(ClientException, match="they go from 0 to 3"):
        again.get_output(iteration=4)
    with pytest.raises(ConfigException, match="no metric"):
        again.get_output(metric="F1")
    for refused in (lambda: run.get_output(return_onnx_model=True), run.pause, run.continue_experiment):
        with pytest.raises(NotAvailableError):
            refused()
    registered = best.register_model("diabetes_model", "outputs/model.pkl", properties={"AUC": metrics["AUC_weighted"]})
    assert registered.run_id == best.id and not (run._folder.path / "automl").exists()
    _serve(ws, run, best, rows, fitted)


def _serve(ws: Workspace, run: AutoMLRun, best: Any, rows: pd.DataFrame, fitted: Any) -> None:
    """The best pipeline's own entry scripts and environment make a service of it."""
    model = run.register_model(description="the best", tags={"by": "AutoML"})
    assert run.model_id == model.name == best.properties["model_name"]
    sent = json.loads(rows.head(3).to_json(orient="records"))
    expected = fitted.predict(rows.head(3)).tolist()
    best.download_file("outputs/scoring_file_v_1_0_0.py", "score.py")
    config = InferenceConfig(entry_script="score.py", environment=best.get_environment())
    service = Model.deploy(ws, "best", [model], config, LocalWebservice.deploy_configuration())
    service.wait_for_deployment(show_output=False)
    assert json.loads(service.run(json.dumps({"data": sent})))["result"] == expected
    assert json.loads(service.run(json.dumps({"data": rows.head(3).values.tolist()})))["result"] == expected
    best.download_file("outputs/scoring_file_v_2_0_0.py", "score.py")
    service.update(inference_config=config)
    service.wait_for_deployment(show_output=False)
    answer = service.run(json.dumps({"data": sent, "method": "predict_proba"}))
    assert np.allclose(answer["Results"], fitted.predict_proba(rows.head(3)))
    service.delete()


def test_here_the_end_is_waited_for(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=N), "color": random.choice(["red", "blue", None], N)})
    frame["price"] = 3 * frame.a + (frame.color == "red") + random.normal(0, 0.1, N)
    config = AutoMLConfig(
        task="regression",
        training_data=frame,
        label_column_name="price",
        primary_metric="r2_score",
        iterations=3,
        n_cross_validations=2,
        test_size=0.2,
        allowed_models=["ElasticNet", "DecisionTree"],
        debug_log="automl_errors.log",
    )
    run = Experiment(ws, "local").submit(config, show_output=True)
    assert "StandardScalerWrapper ElasticNet" in capsys.readouterr().out and run.status == "Completed"
    best, fitted = run.get_output()
    found = best.get_metrics()
    assert found["r2_score"] > 0.8 and {"residuals", "predicted_true", "spearman_correlation"} <= set(found)
    assert best.properties["training_type"] == "MeanCrossValidation" and best.type is None
    [test] = best.get_children(type="automl.model_test")
    assert test.get_metrics()["r2_score"] > 0.7 and test.get_file_names() == ["predictions/predictions.csv"]
    with pytest.raises(DataException, match="no column 'Price'"):
        Experiment(ws, "local").submit(AutoMLConfig("regression", training_data=frame, label_column_name="Price"))


def test_here_a_search_that_finds_nothing_says_why(ws: Workspace) -> None:
    with pytest.raises(ActivityFailedException, match="None of the 1 pipelines could be trained") as error:
        few = AutoMLConfig(
            *("classification", None, 1),
            X=np.array([[np.nan, 1.0]] * 30),
            y=[0, 1] * 15,
            n_cross_validations=2,
            featurization="off",
            allowed_models=["KNN"],
        )
        Experiment(ws, "local").submit(few)
    assert "Input X contains NaN" in str(error.value)
    failed = next(Experiment(ws, "local").get_runs())
    with pytest.raises(ClientException, match="Input X contains NaN"):
        failed.get_output()
    [child] = failed.get_children()
    assert "Traceback" in child.get_details_with_logs()["logFiles"]["logs/azureml/automl.log"]


def endless(ws: Workspace) -> Any:
    """A search whose first iteration takes long, on a cluster of one node."""
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20_000, 40))).rename(columns=str)
    config = AutoMLConfig(
        task="classification",
        training_data=frame.assign(y=[0, 1] * 10_000),
        label_column_name="y",
        n_cross_validations=5,
        allowed_models=["GradientBoosting"],
        compute_target="cpu",
        max_concurrent_iterations=3,
    )
    run = Experiment(ws, "endless").submit(config)
    until(lambda: any(child.status == "Running" for child in run.get_children()))
    return run


def states(run: Any) -> list[str]:
    return [child.status for child in reversed(list(run.get_children()))]


def test_it_is_ended(ws: Workspace) -> None:
    target = cluster(ws, nodes=1)
    run = endless(ws)
    assert [node["runId"] for node in target.list_nodes()] == [f"{run.id}_0"]
    assert run.cancel_iteration(0) and not run.cancel_iteration(0)
    until(lambda: len(states(run)) > 1 and states(run)[1] == "Running")
    assert states(run)[0] == "Canceled" and run.status == "Running"
    assert run.cancel()
    assert run.wait_for_completion()["status"] == "Canceled" and set(states(run)) == {"Canceled"}
    assert not run.cancel() and not [node for node in target.list_nodes() if node["runId"]]


def test_a_killed_driver_takes_its_iterations_along(ws: Workspace) -> None:
    target = cluster(ws, nodes=1)
    run = endless(ws)
    keeper = json.loads((run._folder.path / "keeper.json").read_text(encoding="utf-8"))["pid"]
    os.kill(keeper, signal.SIGKILL)
    until(lambda: run.status == "Failed")
    assert set(states(run)) == {"Failed"} and Run.get(ws, run.id).status == "Failed"
    until(lambda: not [node for node in target.list_nodes() if node["runId"]])

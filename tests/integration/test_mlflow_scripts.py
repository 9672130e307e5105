"""Scripts that log with MLflow: what they log is their run's, whichever way they begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.workspace import Workspace

IN_A_BLOCK = """
import os
import mlflow
from azureml.core import Run

run = Run.get_context()
run.log("loss", 3)
with mlflow.start_run() as active:
    assert active.info.run_id == run.id and active.info.status == "RUNNING"
    mlflow.log_metric("loss", 2, step=1)
    mlflow.log_param("rate", 0.1)
    mlflow.set_tag("kind", "lab")
    mlflow.log_text("words", "notes/a.txt")
    os.makedirs("outputs", exist_ok=True)
    open("outputs/model.txt", "w").write("model")
    with mlflow.start_run(run_name="part", nested=True):
        mlflow.log_metric("score", 1)
run.log("loss", 1)
assert mlflow.MlflowClient().get_run(run.id).data.metrics["loss"] == 1
with mlflow.start_run(run_name="another"):
    mlflow.log_metric("own", 1)
"""
WITHOUT_A_BLOCK = """
import mlflow

mlflow.sklearn.autolog(log_models=False, log_datasets=False)
from sklearn.linear_model import LinearRegression

LinearRegression().fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0])
mlflow.log_metric("after", 1)
"""
FAILING = """
import mlflow

try:
    with mlflow.start_run():
        mlflow.log_metric("before", 1)
        raise ValueError("no data")
except ValueError:
    print("goes on")
"""


@pytest.fixture
def submit(require: Callable[[str], None], ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    require("mlflow")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    Path("src").mkdir()

    def start(text: str) -> Any:
        Path("src", "train.py").write_text(text)
        return Experiment(ws, "lab").submit(ScriptRunConfig("src", "train.py"))

    return start


@pytest.mark.slow
def test_what_scripts_log_is_their_runs(submit: Callable[[str], Any], ws: Workspace) -> None:
    block, bare, failing = map(submit, (IN_A_BLOCK, WITHOUT_A_BLOCK, FAILING))

    block.wait_for_completion()
    assert block.get_metrics() == {"loss": [3, 2.0, 1]}
    assert block.tags == {"kind": "lab"} and block.properties["rate"] == "0.1"
    assert {"notes/a.txt", "outputs/model.txt"} <= set(block.get_file_names())
    (part,) = block.get_children()
    assert (part.display_name, part.status, part.get_metrics()) == ("part", "Completed", {"score": 1})

    bare.wait_for_completion()
    metrics = bare.get_metrics()
    assert metrics["after"] == 1 and metrics["training_r2_score"] == pytest.approx(1)
    assert bare.properties["fit_intercept"] == "True"

    failing.wait_for_completion(raise_on_error=False)
    assert failing.get_status() == "Failed" and failing.get_metrics() == {"before": 1}
    assert "mlflow.end_run" in failing.get_details()["error"]["error"]["message"]

    others = [run for run in ws.experiments["lab"].get_runs() if run.id not in (block.id, bare.id, failing.id)]
    assert [(run.display_name, run.get_metrics()) for run in others] == [("another", {"own": 1})]


def test_a_submitted_run_is_ended_from_outside(submit: Callable[[str], Any], ws: Workspace) -> None:
    from tests.tracking import tracked

    run = submit("import time; time.sleep(60)")
    with pytest.MonkeyPatch.context() as patch, tracked(ws, patch) as mlflow:
        client = mlflow.MlflowClient()
        assert client.get_run(run.id).info.status in ("SCHEDULED", "RUNNING")
        client.set_terminated(run.id, "KILLED")
        run.wait_for_completion(raise_on_error=False)
        assert (run.get_status(), client.get_run(run.id).info.status) == ("Canceled", "KILLED")

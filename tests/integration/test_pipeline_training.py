"""Pipelines that train, in v1's code: searches, estimators, transfers, modules and notebooks as steps, for real."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.alias import enable_here
from aml_nb.core.workspace import Workspace
from tests import azurite

enable_here()

from azureml.contrib.notebook import NotebookRunConfig, NotebookRunnerStep  # noqa: E402
from azureml.core import Datastore, Experiment  # noqa: E402
from azureml.core.script_run_config import ScriptRunConfig  # noqa: E402
from azureml.data.data_reference import DataReference  # noqa: E402
from azureml.pipeline.core import Module, Pipeline, PipelineData, PipelineParameter, TrainingOutput  # noqa: E402
from azureml.pipeline.core.graph import InputPortDef, OutputPortDef  # noqa: E402
from azureml.pipeline.steps import (  # noqa: E402
    AutoMLStep,
    AutoMLStepRun,
    DataTransferStep,
    EstimatorStep,
    HyperDriveStep,
    HyperDriveStepRun,
    ModuleStep,
    MpiStep,
    PythonScriptStep,
)
from azureml.train.automl import AutoMLConfig  # noqa: E402
from azureml.train.estimator import Estimator  # noqa: E402
from azureml.train.hyperdrive import GridParameterSampling, HyperDriveConfig, PrimaryMetricGoal, choice  # noqa: E402

pytestmark = pytest.mark.slow

TRAIN = """
import argparse, os
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--data")
args = parser.parse_args()
assert os.listdir(args.data) == ["x.csv"]
Run.get_context().log("acc", args.rate * 2)
os.makedirs("outputs", exist_ok=True)
open("outputs/model.txt", "w").write(str(args.rate))
"""


@pytest.fixture
def src(home: Path) -> Path:
    folder = Path("src")
    folder.mkdir()
    (folder / "show.py").write_text("import sys\nprint('MODEL', open(sys.argv[1]).read())\n")
    (folder / "rank.py").write_text("import os\nprint('RANK', os.environ['RANK'])\n")
    (folder / "train.py").write_text(TRAIN)
    return folder


def uploaded(store: Any) -> DataReference:
    Path("d").mkdir()
    Path("d/x.csv").write_text("a,b\n1,2\n")
    store.upload("d", "raw", show_progress=False)
    return DataReference(store, "raw", path_on_datastore="raw")


def said(run: Any, name: str) -> str:
    return str(run.find_step_run(name)[0].get_stdout_log())


def test_a_search_and_what_reads_its_model(ws: Workspace, src: Path) -> None:
    store = ws.get_default_datastore()
    copy = DataTransferStep("copy", uploaded(store), DataReference(store, "moved", path_on_datastore="m/n"), "adf")
    moved = copy.get_output()
    config = HyperDriveConfig(
        GridParameterSampling({"--rate": choice(0.1, 0.3)}), "acc", PrimaryMetricGoal.MAXIMIZE, 2,
        run_config=ScriptRunConfig("src", "train.py", compute_target="local"),
    )  # fmt: skip
    metrics = PipelineData(
        "metrics_data", store, pipeline_output_name="metrics", training_output=TrainingOutput("Metrics")
    )
    model = PipelineData("model", store, training_output=TrainingOutput("Model", model_file="outputs/model.txt"))
    HyperDriveStep("search", config, ["--data", moved], inputs=[moved], outputs=[metrics, model])
    estimator = Estimator("src", compute_target="local", entry_script="show.py")
    show = EstimatorStep("show", estimator, [model], inputs=[model])
    ranks = MpiStep("ranks", "src", "rank.py", [], "local", 1, 2)
    ranks.run_after(copy)
    pipeline = Pipeline(ws, [show, ranks])
    run = Experiment(ws, "e").submit(pipeline)
    assert run.wait_for_completion(show_output=False) == "Finished"
    assert "MODEL 0.3" in said(run, "show") and {"RANK 0", "RANK 1"} <= set(said(run, "ranks").splitlines())
    found = HyperDriveStepRun(run.find_step_run("search")[0])
    best = found.get_best_run_by_primary_metric()
    assert best.get_metrics() == {"acc": 0.6} and len(found.get_children_sorted_by_primary_metric()) == 2
    output = run.get_pipeline_output("metrics")
    assert output.download(".", show_progress=False) == 1
    written = json.loads(Path(output._path_on_datastore).read_text())
    assert written[best.id] == {"acc": [0.6]} and len(written) == 2
    page = run._repr_html_()
    assert "data:image/svg+xml" in page and run._states() == dict.fromkeys(run._states(), "Finished")
    again = Experiment(ws, "e").submit(pipeline)
    assert again.wait_for_completion(show_output=False) == "Finished"
    assert set(again._states().values()) == {"Reused"}
    reused = HyperDriveStepRun(again.find_step_run("search")[0])
    assert reused.get_best_run_by_primary_metric().id == best.id


def test_a_search_that_fails_says_why(ws: Workspace, src: Path) -> None:
    (src / "train.py").write_text("from azureml.core import Run\nRun.get_context().log('acc', 1)\n")
    config = HyperDriveConfig(
        GridParameterSampling({"--rate": choice(1)}), "acc", PrimaryMetricGoal.MAXIMIZE, 1,
        run_config=ScriptRunConfig("src", "train.py", compute_target="local"),
    )  # fmt: skip
    model = PipelineData("model", training_output=TrainingOutput("Model", model_file="outputs/model.txt"))
    run = Experiment(ws, "e").submit(Pipeline(ws, [HyperDriveStep("search", config, outputs=[model])]))
    assert run.wait_for_completion(show_output=False, raise_on_error=False) == "Failed"
    message = run.get_details()["error"]["error"]["message"]
    assert "Step [search] failed" in message and "has no file 'outputs/model.txt'" in message


def test_data_go_to_another_store_and_come_back(
    ws: Workspace, src: Path, tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("azurite")
    store = ws.get_default_datastore()
    with azurite.running(tmp_path) as endpoint:
        options = {"account_key": azurite.KEY, "create_if_not_exists": True, "protocol": "http", "endpoint": endpoint}
        remote = Datastore.register_azure_blob_container(ws, "remote", "moved", azurite.ACCOUNT, **options)
        there = DataReference(remote, "there", path_on_datastore="far/away")
        out = DataTransferStep("out", uploaded(store), there, "adf")
        back = DataTransferStep(
            "back", out.get_output(), DataReference(store, "home", path_on_datastore="home"), "adf", allow_reuse=False
        )
        run = Experiment(ws, "e").submit(Pipeline(ws, [back]))
        assert run.wait_for_completion(show_output=False) == "Finished"
        assert "1 of 1 files copied" in said(run, "out")
    assert store._local("home/x.csv").read_text() == "a,b\n1,2\n"


def test_a_module_is_used_twice(ws: Workspace, src: Path) -> None:
    (src / "count.py").write_text(
        "import argparse, os\np = argparse.ArgumentParser()\np.add_argument('--given')\np.add_argument('--made')\n"
        "a = p.parse_args()\nn = int(open(a.given).read() if a.given else os.environ['AML_PARAMETER_start'])\n"
        "print('COUNT', n)\nopen(a.made, 'w').write(str(n + 1))\n"
    )
    reads, writes = InputPortDef("given", is_optional=True), OutputPortDef("made")
    module = Module.create(ws, "count", "counts")
    module.publish_python_script(
        "count.py", "first", [reads], [writes], {"start": 1}, source_directory="src",
        arguments=["--given", reads, "--made", writes],
    )  # fmt: skip
    (src / "count.py").unlink()
    one, two = PipelineData("one"), PipelineData("two")
    start = PipelineParameter("start", 3)
    first = ModuleStep(
        module, outputs_map={"made": one}, arguments=["--made", one], params={"start": start},
        compute_target="local", name="first",
    )  # fmt: skip
    second = ModuleStep(module, inputs_map={"given": one}, outputs_map={"made": two}, compute_target="local")
    run = Experiment(ws, "e").submit(Pipeline(ws, [first, second]), pipeline_parameters={"start": 7})
    assert run.wait_for_completion(show_output=False) == "Finished"
    assert "COUNT 7" in said(run, "first") and "COUNT 8" in said(run, "count")
    assert run.find_step_run("count")[0].get_output_data("made").download(".", show_progress=False) == 1


def test_a_notebook_runs_as_a_step(ws: Workspace, src: Path) -> None:
    pytest.importorskip("nbclient")
    cells = ["rate, who = 1, 'x'", "import os\nprint(rate, who, os.listdir(raw))\nopen(made, 'w').write(who)"]
    told = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": ["parameters"] if n == 0 else []}, "source": text,
         "outputs": [], "execution_count": None}
        for n, text in enumerate(cells)
    ]  # fmt: skip
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": told})
    (src / "n.ipynb").write_text(text)
    made, book = PipelineData("made"), PipelineData("book")
    step = NotebookRunnerStep(
        "nb", NotebookRunConfig("src", "n.ipynb", parameters={"rate": 2}),
        params={"who": PipelineParameter("who", "me")},
        inputs=[uploaded(ws.get_default_datastore())], outputs=[made, book],
        output_notebook_pipeline_data_name="book", compute_target="local",
    )  # fmt: skip
    run = Experiment(ws, "e").submit(Pipeline(ws, [step]), pipeline_parameters={"who": "you \"q' $HOME"})
    assert run.wait_for_completion(show_output=False) == "Finished"
    assert "2 you \"q' $HOME ['x.csv']" in said(run, "nb")
    assert "outputs/n.ipynb" in run.find_step_run("nb")[0].get_file_names()
    assert run.find_step_run("nb")[0].get_output_data("book").download(".", show_progress=False) == 1


def test_automl_reads_what_another_step_made(ws: Workspace, src: Path) -> None:
    pytest.importorskip("flaml")
    from sklearn.datasets import load_iris

    frame = load_iris(as_frame=True).frame.sample(frac=1, random_state=0)
    frame.columns = ["a", "b", "c", "d", "y"]
    frame.to_csv("iris.csv", index=False)
    store = ws.get_default_datastore()
    store.upload_files(["iris.csv"], target_path="iris", show_progress=False)
    made = PipelineData("made", store)
    copy = DataTransferStep("copy", DataReference(store, "raw", path_on_datastore="iris"), made, "adf")
    config = AutoMLConfig(
        task="classification", training_data=made.as_dataset().parse_delimited_files(), label_column_name="y",
        iterations=1, validation_size=0.3, primary_metric="accuracy", compute_target="local",
        allowed_models=["LogisticRegression"],
    )  # fmt: skip
    model = PipelineData("best_model", store, pipeline_output_name="best", training_output=TrainingOutput("Model"))
    (src / "score.py").write_text("import sys, pickle\nprint('KIND', type(pickle.load(open(sys.argv[1], 'rb'))))\n")
    automl = AutoMLStep("automl step", config, outputs=[model])
    score = PythonScriptStep("score.py", "score", [model], "local", inputs=[model], source_directory="src")
    run = Experiment(ws, "e").submit(Pipeline(ws, [copy, automl, score]))
    assert run.wait_for_completion(show_output=False) == "Finished"
    assert "Pipeline" in said(run, "score")
    found = AutoMLStepRun(run.find_step_run("automl step")[0])
    best, fitted = found.get_output()
    assert best.id == f"{found.id}_0" and len(fitted.predict(frame.drop(columns="y").head())) == 5
    metrics = found.get_default_metrics_output().get_port_data_reference()
    metrics.download(".", show_progress=False)
    assert "accuracy" in json.loads(Path(metrics._path_on_datastore).read_text())[best.id]
    run.get_pipeline_output("best").download(".", show_progress=False)
    with open(run.get_pipeline_output("best")._path_on_datastore, "rb") as file:
        assert type(pickle.load(file)).__name__ == "Pipeline"
    assert os.path.isdir("azureml")

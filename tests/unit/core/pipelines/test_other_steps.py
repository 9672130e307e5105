"""Steps of estimators, searches, transfers and notebooks: what their nodes are, and what they refuse."""

from __future__ import annotations

import inspect
import json
import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from aml_nb.core.automl.config import AutoMLConfig
from aml_nb.core.data import transfer
from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.expansion import address
from aml_nb.core.estimators import Estimator
from aml_nb.core.hyperdrive.config import HyperDriveConfig, PrimaryMetricGoal
from aml_nb.core.hyperdrive.parameter_expressions import choice
from aml_nb.core.hyperdrive.sampling import GridParameterSampling, RandomParameterSampling
from aml_nb.core.pipelines import elsewhere, notebook_main, reuse, training, transferring
from aml_nb.core.pipelines.automl_step import AutoMLStep, AutoMLStepRun
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.estimator_step import EstimatorStep, MpiStep
from aml_nb.core.pipelines.graph import Node
from aml_nb.core.pipelines.hyperdrive_step import HyperDriveStep, HyperDriveStepRun
from aml_nb.core.pipelines.notebook_config import NotebookRunConfig
from aml_nb.core.pipelines.notebook_step import NotebookRunnerStep
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline import Pipeline
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.pipelines.training_output import TrainingOutput
from aml_nb.core.pipelines.transfer_step import DataTransferStep
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError


@pytest.fixture(autouse=True)
def script(home: Path) -> None:
    Path("src").mkdir()
    Path("src/a.py").write_text("print(1)\n")


def node(ws: Workspace, step: Any) -> Node:
    return next(each for each in Pipeline(ws, [step])._graph(keep=True).nodes if each.name == step.name)


def search(sampling: Any = None, **more: Any) -> HyperDriveConfig:
    script = ScriptRunConfig("src", "a.py", arguments=["--rate", 9, "--kind", "x"], compute_target="local")
    sampling = sampling or GridParameterSampling({"--rate": choice(0.1, 0.2)})
    return HyperDriveConfig(sampling, "acc", PrimaryMetricGoal.MAXIMIZE, 2, **{"run_config": script, **more})


def estimator(**more: Any) -> Estimator:
    return Estimator("src", **{"compute_target": "local", "entry_script": "a.py", **more})


def test_an_estimator_is_a_script(ws: Workspace) -> None:
    data = PipelineData("data")
    found = node(ws, EstimatorStep("est", estimator(), ["--rate", PipelineParameter("rate", 1)], outputs=[data]))
    assert (found.kind, found.settings["script"], found.target) == ("script", "a.py", "local")
    assert found.arguments == ["--rate", {"parameter": "rate"}] and found.step_type == "EstimatorStep"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: EstimatorStep("e"), "needs an estimator"),
        (lambda: EstimatorStep("e", estimator()), "needs estimator_entry_script_arguments"),
        (lambda: EstimatorStep("e", "x", []), "is an Estimator"),
        (lambda: EstimatorStep("e", estimator(script_params={"--a": 1}), []), "which would be lost"),
        (lambda: MpiStep("m", "src", "a.py", [], "local", 1), "needs process_count_per_node"),
        (lambda: MpiStep("m", "src", "a.py", [], "local", 0, 1), "a number from 1 on"),
        (lambda: MpiStep("m", "src", "a.py", [], "local", 1, 1, colour=1), "takes no 'colour'"),
        (lambda: HyperDriveStep("h", None), "needs a hyperdrive_config"),
        (lambda: HyperDriveStep("h", 3), "is a HyperDriveConfig"),
        (lambda: HyperDriveStep("h", search(), metrics_output="m"), "metrics_output is PipelineData"),
        (lambda: AutoMLStep("a", None), "needs an automl_config"),
        (lambda: AutoMLStep("a", 3), "is an AutoMLConfig"),
        (lambda: DataTransferStep("t", PipelineData("a")), "needs destination_data_reference"),
        (lambda: DataTransferStep("t", PipelineData("a"), PipelineData("b")), "needs compute_target"),
        (lambda: DataTransferStep("t", PipelineData("a"), 3, "adf"), "is a DataReference or PipelineData"),
        (lambda: DataTransferStep("t", PipelineData("a"), PipelineData("b"), "adf", "folder"), "'file' or 'directory'"),
        (lambda: NotebookRunConfig("src", "n.ipynb"), "is not there"),
        (lambda: NotebookRunnerStep("n"), "needs a notebook_run_config"),
        (lambda: NotebookRunnerStep("n", 3), "is a NotebookRunConfig"),
        (lambda: HyperDriveStepRun(None), "run of a HyperDriveStep"),
        (lambda: AutoMLStepRun(None), "run of a AutoMLStep"),
    ],
)
def test_what_is_missing_is_said(made: Any, words: str) -> None:
    with pytest.raises((PipelineError, PipelineTypeError), match=words):
        made()


def test_mpi_is_told_its_processes(ws: Workspace) -> None:
    step = MpiStep("mpi", "src", "a.py", [], "local", PipelineParameter("nodes", 1), 2, pip_packages=["numpy"])
    config = node(ws, step).settings["run_config"]
    assert config["nodeCount"] == {"parameter": "nodes"} and config["mpi"]["processCountPerNode"] == 2
    assert "numpy" in json.dumps(config["environment"])


def test_a_search_is_the_same_step_each_time(ws: Workspace) -> None:
    metrics, model = (
        PipelineData("m"),
        PipelineData("b", training_output=TrainingOutput("Model", model_file="outputs/x")),
    )
    step = HyperDriveStep("hd", search(), outputs=[model], metrics_output=metrics)
    found = node(ws, step)
    assert found.kind == "hyperdrive" and found.arguments == ["--kind", "x"]  # the space has --rate
    assert training.parts(found)["b"]["model_file"] == "outputs/x" and training.parts(found)["m"]["type"] == "Metrics"
    assert reuse.module_id(found) == reuse.module_id(node(ws, step))
    random = RandomParameterSampling({"--rate": choice(1, 2)})
    assert node(ws, HyperDriveStep("r", search(random))).settings["plan"]["seed"] is None
    seeded = RandomParameterSampling({"--rate": choice(1, 2)}, properties={"seed": 5})
    assert node(ws, HyperDriveStep("s", search(seeded))).settings["plan"]["seed"] == 5
    told = HyperDriveStep("own", search(), estimator_entry_script_arguments=["--more", 1])
    assert node(ws, told).arguments == ["--more", "1"]


def test_automl_reads_datasets_and_tables_of_other_steps(ws: Workspace) -> None:
    made = PipelineData("made")
    table = made.as_dataset().parse_delimited_files()
    pd.DataFrame({"a": [1, 2], "y": [0, 1]}).to_csv("t.csv", index=False)
    ws.get_default_datastore().upload_files(["t.csv"], target_path="t", show_progress=False)
    known = Dataset.Tabular.from_delimited_files((ws.get_default_datastore(), "t/t.csv"))
    facts: dict[str, Any] = {"task": "classification", "label_column_name": "y", "iterations": 1}
    config = AutoMLConfig(training_data=table, validation_data=known, compute_target="local", **facts)
    prepare = DataTransferStep("copy", DataReference(ws.get_default_datastore(), "raw", "t"), made, "adf")
    auto = AutoMLStep("auto ml", config)
    nodes = {each.name: each for each in Pipeline(ws, [auto, prepare])._graph(keep=True).nodes}
    found = nodes["auto ml"]
    assert found.settings["data"] == {"training_data": "made", "validation_data": "validation_data"}
    assert [port.source["kind"] for port in found.inputs] == ["step", "dataset"]
    assert list(training.parts(found)) == ["default_metrics_auto_ml", "default_model_auto_ml"]
    frame = AutoMLConfig(training_data=pd.DataFrame({"a": [1], "y": [1]}), compute_target="local", **facts)
    with pytest.raises(PipelineTypeError, match=r"Step \[x\]: training_data is a DataFrame"):
        AutoMLStep("x", frame)
    with pytest.raises(PipelineError, match="says not what part"):
        AutoMLStep("x", config, outputs=[PipelineData("o")])


def test_metrics_and_models_are_written_as_v1_does(ws: Workspace) -> None:
    training.write_metrics("m.json", {"a": {"acc": 1, "loss": [3, 2]}, "b": {}})
    assert json.loads(Path("m.json").read_text()) == {"a": {"acc": [1], "loss": [3, 2]}, "b": {}}
    run = Experiment(ws, "e").start_logging(snapshot_directory=None)
    for name in ("model/one", "model/in/two", "other"):
        Path("f").write_text(name)
        run.upload_file(f"outputs/{name}", "f")
    training.write_files(run, "outputs/other", "got")
    training.write_files(run, "outputs/model", "folder")
    assert Path("got").read_text() == "other" and Path("folder/in/two").read_text() == "model/in/two"
    with pytest.raises(PipelineError, match=r"has no file 'outputs/mod'; its outputs are: .*outputs/other"):
        training.write_files(run, "outputs/mod", "no")


class Transfer:
    """Copies within the default datastore."""

    def __init__(self, ws: Workspace) -> None:
        self.ws, self.store = ws, ws.get_default_datastore()
        for name in ("data/a.csv", "data/in/b.csv", "database"):
            path = Path("local", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        self.store.upload("local", show_progress=False)

    def place(self, path: str) -> dict[str, Any]:
        return {"path": path, "datastore": self.store.name, "workspace": address(self.ws)}

    def __call__(self, source: str, target: str, kinds: tuple[Any, Any] = (None, None)) -> list[str]:
        logged: dict[str, int] = {}
        run = SimpleNamespace(id="r", experiment=Experiment(self.ws, "e"), log=logged.__setitem__)
        before = set(transfer.names(self.store, None))
        payload = {"source": self.place(source), "target": self.place(target)}
        transferring.drive(run, {**payload, "source_type": kinds[0], "target_type": kinds[1]}, threading.Event())
        new = sorted(set(transfer.names(self.store, None)) - before)
        assert logged["files"] == len(new)
        return new


def test_folders_and_files_are_copied(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Transfer(ws)
    monkeypatch.setattr(transferring, "PART", 1)
    assert copy("data", "to") == ["to/a.csv", "to/in/b.csv"]  # and not database, whose name begins so
    assert copy("data/a.csv", "one.csv") == ["one.csv"]
    assert copy("data/a.csv", "to/in") == ["to/in/a.csv"]  # a folder is there
    assert copy("data/a.csv", "two", ("file", "directory")) == ["two/a.csv"]
    assert copy("/data/in/", "/three/") == ["three/b.csv"]
    assert Path(copy.store._local("three/b.csv")).read_text() == "data/in/b.csv"
    with pytest.raises(PipelineError, match="There is nothing to copy at 'gone'"):
        copy("gone", "x")
    with pytest.raises(PipelineError, match="nothing to copy at 'data/a.csv'"):
        copy("data/a.csv", "x", ("directory", None))
    with pytest.raises(PipelineError, match="folder of 2 files, which cannot become the file"):
        copy("data", "x", (None, "file"))


def test_a_transfer_writes_where_it_was_told(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    step = DataTransferStep("t", DataReference(store, "a", "from"), DataReference(store, "b", "to/there"), "adf")
    found = node(ws, step)
    assert found.outputs[0].entry["source"]["path"] == "to/there" and step.get_output().name == "b"
    same = DataTransferStep("t", DataReference(store, "a", "x"), DataReference(store, "a", "y"), "adf")
    assert [port.name for port in node(ws, same).inputs] == ["INPUT_a"]


def notebook(tagged: bool) -> Any:
    cells = [
        SimpleNamespace(metadata={"tags": [notebook_main.TAG] if tagged else []}, source="rate = 1"),
        SimpleNamespace(metadata={}, source="print(rate)"),
    ]
    return SimpleNamespace(cells=cells)


@pytest.mark.parametrize("tagged", [True, False])
def test_parameters_go_behind_the_tagged_cell(tagged: bool) -> None:
    found = notebook(tagged)
    made = lambda text, metadata: SimpleNamespace(source=text, metadata=metadata)  # noqa: E731
    notebook_main.put(found, {"rate": 2, "who": "y\"\n'"}, made)
    cell = found.cells.pop(1 if tagged else 0)
    values: dict[str, Any] = {}
    exec(cell.source, values)
    assert (values["rate"], values["who"]) == (2, "y\"\n'")
    notebook_main.put(found, {}, made)
    assert len(found.cells) == 2


def test_a_notebook_is_told_its_values(ws: Workspace) -> None:
    Path("src/n.ipynb").write_text("{}")
    config = NotebookRunConfig("src", "n.ipynb", parameters={"rate": 1, "kind": "x"})
    book = PipelineData("book")
    step = NotebookRunnerStep(
        "nb", config, params={"rate": PipelineParameter("rate", 2)}, outputs=[book],
        output_notebook_pipeline_data_name="book", compute_target="local",
    )  # fmt: skip
    told = node(ws, step).settings["notebook"]
    assert told["parameters"] == {"rate": {"parameter": "rate"}, "kind": "x"}
    assert (told["notebook"], told["output"], told["keep"]) == ("n.ipynb", "n.ipynb", "book")
    with pytest.raises(PipelineError, match="None of the outputs is called 'no'"):
        NotebookRunnerStep("nb", config, outputs=[book], output_notebook_pipeline_data_name="no")


def test_steps_of_elsewhere_are_refused_with_words() -> None:
    from aml_nb.azureml.pipeline import steps

    there = [name for name in os.listdir(os.path.dirname(elsewhere.__file__)) if name.endswith(".py")]
    names = ["AdlaStep", "AzureBatchStep", "DatabricksStep", "_HDInsightStep", "KustoStep", "RScriptStep"]
    assert len(there) == 9
    for name in [*names, "SynapseSparkStep"]:
        cls = getattr(steps, name)
        needed = {"name": "x", "script_name": "x", "file": "x", "compute_target": "x", "source_directory": "."}

        wanted = [p for p in inspect.signature(cls).parameters.values() if p.default is p.empty]
        with pytest.raises(NotAvailableError, match=f"A {name.lstrip('_')} runs .*, which aml_nb does not do") as told:
            cls(**{p.name: needed.get(p.name, 1) for p in wanted})
        assert told.value.hint

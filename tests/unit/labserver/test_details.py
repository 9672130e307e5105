"""Views of single objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import AmlCompute, ComputeTarget
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.environment import Environment
from aml_nb.core.model import Model
from aml_nb.core.pipelines import schedule as scheduling
from aml_nb.core.pipelines.endpoint import PipelineEndpoint
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline import Pipeline
from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.core.pipelines.schedule import Schedule
from aml_nb.core.pipelines.script_step import PythonScriptStep
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.workspace import Workspace
from aml_nb.labserver.answers import to_json
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import (
    compute,
    data,
    environments,
    files,
    logs,
    models,
    pipeline_detail,
    pipelines,
    run_detail,
    schedules,
)

BAD = "<script>alert(1)</script>"


@pytest.fixture
def run(ws: Workspace) -> Any:
    return Experiment(ws, "train").start_logging(snapshot_directory=None)


def test_a_model_knows_where_it_came_from(ws: Workspace, run: Any) -> None:
    Path("m").write_text("model")
    run.upload_file("outputs/m", "m")
    run.complete()
    run.register_model("iris", "outputs/m", tags={"a": BAD})
    Path("a.csv").write_text("x\n1\n")
    ws.get_default_datastore().upload_files(["a.csv"])
    table = Dataset.Tabular.from_delimited_files([(ws.get_default_datastore(), "a.csv")]).register(ws, "table")
    Model.register(ws, "m", "iris", datasets=[("training", table)])

    first, second = models.detail(ws, "iris:1"), models.detail(ws, "iris")

    assert (first["row"]["version"], second["row"]["version"]) == ("1", "2")
    assert [each["version"] for each in first["versions"]] == ["2", "1"]
    assert first["lineage"]["run"]["id"] == run.id and first["tags"] == {"a": BAD}
    assert second["lineage"]["run"] is None
    assert [row["id"] for row in second["lineage"]["datasets"]] == ["table:1"]
    assert second["files"] == [{"name": "m", "size": 5}]


def test_what_a_run_read_and_wrote_goes_by_its_names(ws: Workspace, run: Any) -> None:
    noted = {
        "input_datasets": [
            {
                "dataset": {"id": "gone"},
                "consumptionDetails": {"type": "RunInput", "inputName": "wines", "mechanism": "Direct"},
            }
        ],
        "output_datasets": [
            {"outputType": "RunOutput", "outputDetails": {"outputName": "clean"}, "dataset": {"id": "gone"}}
        ],
    }
    RunRecords(ws._store).change(run.id, lambda fields: fields["payload"].update(noted))

    told = run_detail.detail(ws, run.id, "ws")

    assert told["inputs"] == [{"name": "wines", "dataset": {"id": "gone"}, "mechanism": "Direct"}]
    assert told["outputs"] == [{"name": "clean", "dataset": {"id": "gone"}, "mechanism": None}]


def test_what_a_run_logged_has_its_shapes(ws: Workspace, run: Any) -> None:
    for step in range(3000):
        run.log("loss", 1 / (step + 1))
    run.log_list("list", [1, float("nan")])
    run.log_row("row", x=1, y="a")
    run.log_table("table", {"a": [1, 2], "b": [3, 4]})
    matrix = {
        "schema_type": "confusion_matrix",
        "schema_version": "1.0.0",
        "data": {"class_labels": ["0"], "matrix": [[1]]},
    }
    run.log_confusion_matrix("matrix", matrix)
    run.child_run("child").complete()

    told = run_detail.detail(ws, run.id, "a b")

    found = {each["name"]: each for each in told["metrics"]}
    assert found["loss"]["total"] == 3000 and len(found["loss"]["values"]) == len(found["loss"]["steps"]) == 2000
    assert (found["loss"]["values"][0], found["loss"]["values"][-1]) == (1.0, 1 / 3000)
    assert found["row"]["values"] == [{"x": 1, "y": "a"}]
    assert found["table"]["values"] == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]
    assert found["matrix"]["values"][0]["data"]["matrix"] == [[1]]
    assert json.loads(to_json(found["list"]))["values"] == [1, "nan"]
    assert len(told["children"]) == 1 and told["parent"] is None and told["cancel"] is None
    assert run_detail.address("a b", "r", "x/ü?.png") == "aml-nb/w/a%20b/runs/r/file?name=x%2F%C3%BC%3F.png"
    run.complete()


def test_a_runs_file_is_not_what_a_link_leads_to(ws: Workspace, run: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    folder = RunFolder(ws, run.id)
    (folder.logs / "user_logs").mkdir(parents=True)
    (folder.logs / "user_logs" / "link.txt").symlink_to(tmp_path / "secret")
    (folder.logs / "user_logs" / "std_log.txt").write_text("one\ntwo\n")
    with pytest.raises(NothingThereError):
        files.run_file(ws, run.id, "user_logs/link.txt")
    with pytest.raises(NothingThereError):
        logs.part(ws, "runs", run.id, "user_logs/link.txt", 0, 100)
    part = logs.part(ws, "runs", run.id, "user_logs/std_log.txt", -4, 100)
    assert part == {"name": "user_logs/std_log.txt", "from": 4, "to": 8, "size": 8, "text": "two\n"}
    source = logs.Source(ws, "runs", run.id, "user_logs/std_log.txt")
    assert source.file is not None and source.read(4).text == "two\n"
    run.complete()


def test_a_datasets_first_rows_are_shown_or_why_they_cannot(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    Path("a.csv").write_text("x,when\n1,2020-01-01\n,\n" + "2,2020-01-02\n" * 50)
    store.upload_files(["a.csv"])
    Dataset.Tabular.from_delimited_files([(store, "a.csv")]).register(ws, "table", description=BAD)
    Dataset.File.from_files([(store, "*.csv")]).register(ws, "files")

    table = data.detail(ws, "table:1")
    assert table["preview"]["columns"] == ["x", "when"] and len(table["preview"]["rows"]) == 20
    assert table["preview"]["rows"][1] == [None, None] and table["location"] == ["workspaceblobstore/a.csv"]
    assert table["description"] == BAD
    assert data.detail(ws, "files:1")["preview"] == {"files": ["/a.csv"]}
    assert "a.csv" in data.detail(ws, "workspaceblobstore")["preview"]["files"]

    store._local("a.csv").unlink()
    broken = data.detail(ws, "table:1")
    assert broken["preview"] is None and "a.csv" in broken["preview_error"]


def test_an_environment_has_its_specification(ws: Workspace) -> None:
    made = Environment("env")
    made.python.conda_dependencies.add_pip_package("numpy")
    made.register(ws)
    told = environments.detail(ws, "env:1")
    assert "numpy" in told["packages"] and "- numpy" in told["conda"] and not told["curated"]
    assert environments.detail(ws, "AzureML-Minimal:1")["curated"]


def test_a_cluster_says_what_can_be_done_with_it(ws: Workspace) -> None:
    ComputeTarget.create(ws, "cpu", AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=3))
    told = compute.detail(ws, "cpu")
    assert (told["min_nodes"], told["max_nodes"], told["nodes"], told["services"]) == (0, 3, [], [])
    assert told["actions"]["delete"] is None and "instances" in told["actions"]["start"]


@pytest.fixture
def published(ws: Workspace) -> Any:
    folder = Path("src")
    folder.mkdir()
    (folder / "t.py").write_text("pass")
    rate = PipelineParameter("rate", 0.5)
    first = PythonScriptStep(
        "t.py", name=BAD, source_directory="src", arguments=["--rate", rate], compute_target="local"
    )
    second = PythonScriptStep("t.py", name="second", source_directory="src", compute_target="local")
    second.run_after(first)
    return Pipeline(ws, [second]).publish("daily", "scores", "1")


def test_a_pipeline_has_a_graph_and_a_picture(ws: Workspace, published: Any) -> None:
    told = pipeline_detail.detail(ws, published.id)

    assert told["type"] == "published" and told["endpoint"] is None
    assert told["parameters"] == [{"name": "rate", "type": "float", "default": 0.5}]
    names = {node["id"]: node["name"] for node in told["graph"]["nodes"]}
    assert [[names[a], names[b]] for a, b in told["graph"]["edges"]] == [[BAD, "second"]]
    assert BAD not in told["svg"] and "&lt;script&gt;" in told["svg"]
    endpoint = PipelineEndpoint.publish(ws, "point", "d", published)
    assert pipeline_detail.detail(ws, endpoint.id)["versions"] == [
        {"version": "0", "id": published.id, "default": True}
    ]
    assert [row["type"] for row in pipelines.rows(ws)] == ["published", "endpoint"]


def test_a_pipelines_run_has_the_states_of_its_steps(ws: Workspace, published: Any) -> None:
    records = RunRecords(ws._store)
    experiment = Experiment(ws, "e")
    graph = published._graph
    payload = {"pipeline": {"graph": graph.to_dict()}, "interactive": True}
    whole = RunRecord("whole", "e", experiment.id, run_type="azureml.PipelineRun", status="Completed", payload=payload)
    node = graph.nodes[0]
    step = {"step": {"node": node.id}}
    records.create_all(
        [
            whole,
            RunRecord(
                "part", "e", experiment.id, parent_id="whole", status="Failed", payload=step, run_type="azureml.StepRun"
            ),
        ]
    )
    told = pipeline_detail.detail(ws, "whole")
    assert told["type"] == "run" and told["row"]["state"] == "Finished"
    by_name = {each["id"]: each for each in told["graph"]["nodes"]}
    assert by_name[node.id]["tone"] == "bad" and by_name[node.id]["run"] == "part"
    assert {each["state"] for each in told["graph"]["nodes"]} == {"Failed", "NotStarted"}
    assert told["actions"]["cancel"]


def test_a_schedule_that_nobody_keeps_is_in_trouble(
    ws: Workspace, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "provision", lambda workspace, change: change())
    made = Schedule.create(ws, "nightly", published.id, "e", recurrence=ScheduleRecurrence("Day", 1))

    (row,) = schedules.rows(ws)
    assert (row["state"], row["tone"]) == ("Active", "warn") and "aml-nb up" in row["about"] and row["next_run"]
    told = schedules.detail(ws, made.id)
    assert told["pipeline"] == "daily" and told["recurrence"].startswith("every") and told["runs"] == []
    made.disable()
    (row,) = schedules.rows(ws)
    assert (row["state"], row["tone"], row["next_run"]) == ("Disabled", "idle", None)


@pytest.mark.parametrize("look", [compute.detail, data.detail, environments.detail, models.detail, schedules.detail])
def test_what_is_not_there_is_said_in_words(ws: Workspace, look: Any) -> None:
    with pytest.raises(NothingThereError) as caught:
        look(ws, "nothing")
    assert caught.value.hint

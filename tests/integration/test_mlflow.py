"""MLflow itself, logging to a workspace and reading what was logged without it."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.records import RunRecords
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException
from tests.tracking import QUIET, tracked

pytestmark = QUIET


@pytest.fixture
def mlflow(require: Callable[[str], None], ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    require("mlflow")
    with tracked(ws, monkeypatch) as module:
        module.set_experiment("lab")
        yield module


@pytest.fixture
def client(mlflow: Any) -> Any:
    return mlflow.MlflowClient()


@pytest.fixture
def lab(ws: Workspace, mlflow: Any) -> Experiment:
    return Experiment(ws, "lab")


def newest(experiment: Experiment) -> Run:
    run: Run = next(experiment.get_runs())
    return run


def test_what_mlflow_logs_is_a_run_of_the_experiment(mlflow: Any, lab: Experiment) -> None:
    with mlflow.start_run(run_name="first", description="why", tags={"area": "iris"}) as active:
        mlflow.log_metric("accuracy", 0.9)
        for step in range(3):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
        mlflow.log_metrics({"auc": 1, "odd": math.nan})
        mlflow.log_param("rate", 0.1)
        mlflow.log_params({"depth": 3, "kind": None})
        assert newest(lab).get_status() == "Running"
    run = newest(lab)
    assert (run.id, run.status, run.display_name, run.description) == (
        active.info.run_id,
        "Completed",
        "first",
        "why",
    )
    metrics = run.get_metrics()
    assert math.isnan(metrics.pop("odd"))
    assert metrics == {"accuracy": 0.9, "loss": [1.0, 0.5, 1.0 / 3], "auc": 1.0}
    assert run.properties == {"rate": "0.1", "depth": "3", "kind": "None"}
    assert run.tags["area"] == "iris"
    assert run.get_details()["endTimeUtc"]


def test_what_is_logged_without_mlflow_is_seen_by_it(client: Any, lab: Experiment) -> None:
    with lab.start_logging(snapshot_directory=None, display_name="by hand", tags={"a": "b"}) as run:
        run.log("loss", 3)
        run.log("loss", 2.5)
        run.log("late", 1, step=7)
        run.log_list("all", [1, 2, 3])
        run.log_row("table", x=1, y=0.5)
        run.log("note", "good")
        run.log("sure", True)
        run.add_properties({"author": "me"})
        run.description = "why"
    seen = client.get_run(run.id)
    assert seen.info.status == "FINISHED" and seen.info.run_name == "by hand"
    assert seen.data.metrics == {"loss": 2.5, "late": 1, "all": 3, "table.x": 1, "table.y": 0.5, "sure": 1}
    assert seen.data.params == {"author": "me", "note": "good"}
    assert seen.data.tags["a"] == "b" and seen.data.tags["mlflow.note.content"] == "why"
    assert [(m.value, m.step) for m in client.get_metric_history(run.id, "loss")] == [(3, 0), (2.5, 1)]
    assert [(m.value, m.step) for m in client.get_metric_history(run.id, "late")] == [(1, 7)]
    assert client.get_metric_history(run.id, "never") == []


@pytest.mark.parametrize(
    ("ours", "theirs"), [("complete", "FINISHED"), ("fail", "FAILED"), ("cancel", "KILLED"), ("start", "RUNNING")]
)
def test_how_a_run_stands(client: Any, lab: Experiment, ours: str, theirs: str) -> None:
    run = lab.start_logging(snapshot_directory=None)
    getattr(run, ours)()
    assert client.get_run(run.id).info.status == theirs


def test_the_script_that_asks_runs(client: Any, lab: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    run = lab.start_logging(snapshot_directory=None)
    records = RunRecords(lab.workspace._store)
    assert all(records.transition(run.id, status) for status in ("Queued", "Starting"))  # no keeper said more yet
    assert client.get_run(run.id).info.status == "SCHEDULED"
    monkeypatch.setenv("AZUREML_RUN_ID", run.id)
    assert client.get_run(run.id).info.status == "RUNNING"


@pytest.mark.parametrize(("theirs", "ours"), [("FINISHED", "Completed"), ("FAILED", "Failed"), ("KILLED", "Canceled")])
def test_how_mlflow_ends_a_run(client: Any, lab: Experiment, theirs: str, ours: str) -> None:
    made = client.create_run(lab.id)
    ended = int(time.time() * 1000) - 5_000
    client.set_terminated(made.info.run_id, theirs, end_time=ended)
    assert Run.get(lab.workspace, made.info.run_id).status == ours
    info = client.get_run(made.info.run_id).info
    assert (info.status, info.end_time) == (theirs, ended)


def test_an_error_in_the_block_fails_the_run(mlflow: Any, lab: Experiment) -> None:
    with pytest.raises(ZeroDivisionError), mlflow.start_run():
        raise ZeroDivisionError
    assert newest(lab).status == "Failed"


def test_a_run_is_gone_on_with_after_its_end(mlflow: Any, client: Any, lab: Experiment) -> None:
    with mlflow.start_run() as first:
        mlflow.log_metric("a", 1)
    with mlflow.start_run(run_id=first.info.run_id):
        mlflow.log_metric("a", 2)
    assert [run.id for run in lab.get_runs()] == [first.info.run_id]
    assert newest(lab).get_metrics() == {"a": [1, 2]}


def test_a_run_of_start_logging_is_gone_on_with(mlflow: Any, lab: Experiment) -> None:
    run = lab.start_logging(snapshot_directory=None)
    with mlflow.start_run(run_id=run.id):
        mlflow.log_metric("a", 1)
    assert run.get_metrics() == {"a": 1} and run.get_status() == "Completed"


def test_a_run_of_a_killed_process_is_gone_on_with(mlflow: Any, lab: Experiment) -> None:
    code = (
        "import os, sys; from aml_nb.core.workspace import Workspace;"
        f"run = Workspace.get({lab.workspace.name!r}).experiments['lab'].start_logging(snapshot_directory=None);"
        "print(run.id, flush=True); os._exit(1)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    run = Run.get(lab.workspace, done.stdout.strip())
    assert run.status == "NotResponding"
    with mlflow.start_run(run_id=run.id):
        assert run.get_status() == "Running"
    assert run.get_status() == "Completed"


def test_nested_runs_are_children(mlflow: Any, lab: Experiment) -> None:
    with mlflow.start_run() as parent:
        for fold in range(2):
            with mlflow.start_run(run_name=f"fold {fold}", nested=True) as child:
                mlflow.log_metric("score", fold)
    run = newest(lab)
    assert run.id == parent.info.run_id
    assert [each.display_name for each in run.get_children()] == ["fold 1", "fold 0"]
    assert run.get_metrics(recursive=True)[child.info.run_id] == {"score": 1}
    found = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{run.id}'")
    assert set(found["tags.mlflow.runName"]) == {"fold 0", "fold 1"}


def test_a_child_of_ours_has_its_parent_for_mlflow(client: Any, lab: Experiment) -> None:
    with lab.start_logging(snapshot_directory=None) as run:
        child = run.child_run("part")
    assert client.get_parent_run(child.id).info.run_id == run.id


def test_searching_runs(mlflow: Any, client: Any, lab: Experiment) -> None:
    for depth in range(4):
        with mlflow.start_run(tags={"even": str(depth % 2 == 0)}):
            mlflow.log_param("depth", depth)
            mlflow.log_metric("score", depth / 10)
    found = mlflow.search_runs(
        experiment_names=["lab"],
        filter_string="metrics.score > 0 and tags.even = 'False'",
        order_by=["metrics.score DESC"],
    )
    assert list(found["params.depth"]) == ["3", "1"]
    first = client.search_runs([lab.id], max_results=3)
    rest = client.search_runs([lab.id], max_results=3, page_token=first.token)
    assert (len(first), len(rest), rest.token) == (3, 1, None)


def test_half_of_a_character_is_no_end_of_a_search(mlflow: Any, lab: Experiment) -> None:
    run = lab.start_logging(snapshot_directory=None)
    run.tag("broken\ud800", "x\ud800")
    run.add_properties({"p": "\udfff"})
    run.complete()
    found = mlflow.search_runs(experiment_names=["lab"])
    assert list(found["tags.broken\\ud800"]) == ["x\\ud800"] and list(found["params.p"]) == ["\\udfff"]


def test_a_deleted_run_is_not_listed_until_it_is_restored(mlflow: Any, client: Any, lab: Experiment) -> None:
    with mlflow.start_run() as active:
        mlflow.log_metric("a", 1)
    run_id = active.info.run_id
    client.delete_run(run_id)
    assert list(lab.get_runs()) == [] and len(client.search_runs([lab.id])) == 0
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    with pytest.raises(mlflow.MlflowException, match="active") as raised:
        client.log_metric(run_id, "a", 2)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
    client.restore_run(run_id)
    assert newest(lab).get_metrics() == {"a": 1}


def test_tags_and_names_are_changed_and_removed(mlflow: Any, client: Any, lab: Experiment) -> None:
    with mlflow.start_run() as active:
        mlflow.set_tags({"a": 1, "b": 2, "mlflow.runName": "named", "mlflow.note.content": "# why"})
        mlflow.delete_tag("a")
    run = newest(lab)
    assert (run.display_name, run.description, run.tags["b"], "a" in run.tags) == ("named", "# why", "2", False)
    with pytest.raises(mlflow.MlflowException) as raised:
        client.delete_tag(active.info.run_id, "a")
    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    client.update_run(active.info.run_id, name="again")
    assert newest(lab).display_name == "again"


def test_a_parameter_never_changes(mlflow: Any, lab: Experiment) -> None:
    with mlflow.start_run():
        mlflow.log_param("rate", 1)
        mlflow.log_param("rate", 1)
        with pytest.raises(mlflow.MlflowException, match="not allowed") as raised:
            mlflow.log_param("rate", 2)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
    assert newest(lab).properties == {"rate": "1"}
    with pytest.raises(UserErrorException):
        newest(lab).add_properties({"rate": "2"})


def test_a_thousand_metrics_at_once(mlflow: Any, client: Any, lab: Experiment) -> None:
    many = [mlflow.entities.Metric(f"m{i % 10}", i, 1_000 + i, i) for i in range(1_000)]
    took: list[float] = []
    for _ in range(3):  # a busy machine pauses at times, not at every try
        run_id = client.create_run(lab.id).info.run_id
        before = time.perf_counter()
        client.log_batch(run_id, metrics=many)
        took.append(time.perf_counter() - before)
    assert min(took) < 1
    history = client.get_metric_history(run_id, "m3")
    assert [(m.value, m.timestamp, m.step) for m in history] == [(i, 1_000 + i, i) for i in range(3, 1_000, 10)]
    assert Run.get(lab.workspace, run_id).get_metrics("m3")["m3"] == [float(i) for i in range(3, 1_000, 10)]


def test_metrics_logged_in_the_background(mlflow: Any, lab: Experiment) -> None:
    with mlflow.start_run():
        for step in range(20):
            mlflow.log_metric("a", step, step=step, synchronous=False)
        mlflow.flush_async_logging()
    assert sorted(newest(lab).get_metrics()["a"]) == list(range(20))


def test_datasets_that_a_run_had(mlflow: Any, client: Any, lab: Experiment) -> None:
    import numpy as np

    data = mlflow.data.from_numpy(np.arange(4), name="four")
    with mlflow.start_run() as active:
        mlflow.log_input(data, context="training")
        mlflow.log_input(data, context="training")
    inputs = client.get_run(active.info.run_id).inputs.dataset_inputs
    assert [(each.dataset.name, each.tags[0].value) for each in inputs] == [("four", "training")]


def test_experiments_are_ours(mlflow: Any, client: Any, ws: Workspace) -> None:
    made = mlflow.create_experiment("other", tags={"team": "a"})
    assert ws.experiments["other"].id == made and ws.experiments["other"].tags == {"team": "a"}
    with pytest.raises(mlflow.MlflowException) as raised:
        mlflow.create_experiment("other")
    assert raised.value.error_code == "RESOURCE_ALREADY_EXISTS"
    client.rename_experiment(made, "renamed")
    client.set_experiment_tag(made, "x", "y")
    assert client.get_experiment_by_name("renamed").tags == {"team": "a", "x": "y"}
    client.delete_experiment(made)
    assert "renamed" not in ws.experiments and client.get_experiment(made).lifecycle_stage == "deleted"
    assert [e.name for e in client.search_experiments()] == ["lab"]
    assert [e.name for e in client.search_experiments(view_type=mlflow.entities.ViewType.DELETED_ONLY)] == ["renamed"]
    client.restore_experiment(made)
    assert [e.name for e in client.search_experiments(filter_string="tags.team = 'a'")] == ["renamed"]


def test_what_is_wrong_is_said_with_mlflows_codes(mlflow: Any, client: Any, lab: Experiment) -> None:
    for wrong, code in [
        (lambda: client.get_run("never"), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: client.log_metric("never", "a", 1), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: client.set_tag("never", "a", 1), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: client.get_experiment("never"), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: client.create_experiment("no spaces"), "INVALID_PARAMETER_VALUE"),
        (lambda: client.search_runs([lab.id], "wrong.a = 1"), "INVALID_PARAMETER_VALUE"),
    ]:
        with pytest.raises(mlflow.MlflowException) as raised:
            wrong()
        assert raised.value.error_code == code


def test_without_an_experiment_there_is_the_default_one(
    mlflow: Any, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow.tracking.fluent, "_active_experiment_id", None)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    with mlflow.start_run():
        mlflow.log_metric("a", 1)
    assert newest(ws.experiments["Default"]).get_metrics() == {"a": 1}
    assert len(mlflow.search_runs(["0"])) == 1


def test_traces_are_not_kept_and_that_is_said(mlflow: Any, client: Any) -> None:
    with pytest.raises(mlflow.MlflowException, match="keeps no traces") as raised:
        client.set_trace_tag("tr-1", "a", "b")
    assert raised.value.error_code == "NOT_IMPLEMENTED"


def test_a_workspace_that_is_gone(mlflow: Any, client: Any, ws: Workspace) -> None:
    ws.delete()
    with pytest.raises(mlflow.MlflowException, match="does not exist"):
        client.search_experiments()

"""MLflow's files and models, which are files and models of the workspace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from tests.tracking import QUIET, tracked

pytestmark = QUIET
NEEDS = {"pip_requirements": ["scikit-learn"]}
"""Told, because MLflow takes seconds to find it out."""


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


def fitted(rate: float = 1.0) -> LogisticRegression:
    return LogisticRegression(C=rate).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])


def log_model(mlflow: Any, model: Any, **more: Any) -> Any:
    import mlflow.sklearn as flavour

    return flavour.log_model(model, "model", serialization_format="cloudpickle", **NEEDS, **more)


def test_files_both_ways(mlflow: Any, client: Any, lab: Experiment, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "b.txt").write_text("b")
    (folder / "a.txt").write_text("a")
    with mlflow.start_run() as active:
        mlflow.log_artifact(str(folder / "a.txt"))
        mlflow.log_artifacts(str(folder), "all")
        mlflow.log_text("words", "notes/one.txt")
        mlflow.log_dict({"x": 1}, "x.json")
        mlflow.log_text("other words", "notes/one.txt")
        run = newest(lab)
        run.upload_file("outputs/ours.txt", str(folder / "a.txt"))
    assert run.get_file_names() == [
        "a.txt",
        "all/a.txt",
        "all/deep/b.txt",
        "notes/one.txt",
        "outputs/ours.txt",
        "x.json",
    ]
    run.download_file("notes/one.txt", str(tmp_path / "fetched.txt"))
    assert (tmp_path / "fetched.txt").read_text() == "other words"
    listed = client.list_artifacts(active.info.run_id)
    assert [(each.path, each.is_dir, each.file_size) for each in listed] == [
        ("a.txt", False, 1),
        ("all", True, None),
        ("notes", True, None),
        ("outputs", True, None),
        ("x.json", False, len(json.dumps({"x": 1}, indent=2))),
    ]
    assert [each.path for each in client.list_artifacts(active.info.run_id, "all")] == ["all/a.txt", "all/deep"]
    assert client.list_artifacts(active.info.run_id, "a.txt") == []
    got = Path(client.download_artifacts(active.info.run_id, "all", str(tmp_path)))
    assert (got / "deep" / "b.txt").read_text() == "b"
    assert mlflow.artifacts.load_text(f"runs:/{run.id}/outputs/ours.txt") == "a"
    assert mlflow.artifacts.load_dict(active.info.artifact_uri + "/x.json") == {"x": 1}
    with pytest.raises(mlflow.MlflowException):
        client.download_artifacts(active.info.run_id, "never.txt", str(tmp_path))


def test_a_figure_is_a_file(mlflow: Any, lab: Experiment) -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    figure.add_subplot().plot([1, 2])
    with mlflow.start_run():
        mlflow.log_figure(figure, "plots/line.png")
    assert newest(lab).get_file_names() == ["plots/line.png"]


def test_a_logged_model_is_among_the_files_of_its_run(mlflow: Any, client: Any, ws: Workspace, lab: Experiment) -> None:
    with mlflow.start_run() as active:
        info = log_model(mlflow, fitted())
    run = newest(lab)
    assert {"model/MLmodel", "model/model.pkl", "model/requirements.txt"} <= set(run.get_file_names())
    listed = [each.path for each in client.list_artifacts(active.info.run_id, "model")]
    assert sorted(listed) == [name for name in run.get_file_names() if name.count("/") == 1]
    for uri in (info.model_uri, f"runs:/{run.id}/model", f"{active.info.artifact_uri}/model"):
        assert list(mlflow.pyfunc.load_model(uri).predict([[0.0], [3.0]])) == [0, 1]
    model = run.register_model("iris", "model", tags={"by": "run"})
    assert (model.run_id, model.version) == (run.id, 1)
    assert list(mlflow.sklearn.load_model("models:/iris/1").predict([[0.0], [3.0]])) == [0, 1]
    folder = Path(model.download("got"))
    assert (folder / "MLmodel").is_file() and folder.name == "model"


def test_a_model_logged_again_takes_the_place_in_the_run(mlflow: Any, lab: Experiment) -> None:
    if not hasattr(mlflow, "search_logged_models"):
        pytest.skip("MLflow 2 has one model of a name in a run")
    with mlflow.start_run():
        first = log_model(mlflow, fitted(0.1), input_example=[[1.0]])
        second = log_model(mlflow, fitted(10.0))
    run = newest(lab)
    assert "model/input_example.json" not in run.get_file_names()
    assert mlflow.sklearn.load_model(first.model_uri).C == 0.1
    assert mlflow.sklearn.load_model(second.model_uri).C == 10.0
    assert mlflow.sklearn.load_model(f"runs:/{run.id}/model").C == 10.0
    found = mlflow.search_logged_models(filter_string="name = 'model'", output_format="list")
    assert {each.model_id for each in found} == {first.model_id, second.model_id}


def test_metrics_of_a_model_are_logged_once(mlflow: Any, client: Any, lab: Experiment) -> None:
    if not hasattr(mlflow, "search_logged_models"):
        pytest.skip("MLflow 2 has no metrics of models")
    with mlflow.start_run():
        info = log_model(mlflow, fitted())
        mlflow.log_metric("accuracy", 0.5, model_id=info.model_id)
        with mlflow.start_run(nested=True):
            mlflow.log_metric("accuracy", 0.7)
            again = log_model(mlflow, fitted())
    assert [metric.value for metric in client.get_logged_model(info.model_id).metrics] == [0.5]
    assert [metric.value for metric in client.get_logged_model(again.model_id).metrics] == [0.7]
    assert newest(lab).get_metrics() == {"accuracy": 0.5}
    assert next(newest(lab).get_children()).get_metrics() == {"accuracy": 0.7}


def test_registering_with_mlflow(mlflow: Any, client: Any, ws: Workspace, lab: Experiment) -> None:
    with mlflow.start_run() as active:
        info = log_model(mlflow, fitted())
    made = mlflow.register_model(f"runs:/{active.info.run_id}/model", "iris", tags={"area": "flowers"})
    assert (made.name, made.version, made.run_id, made.status) == ("iris", "1", active.info.run_id, "READY")
    model = Model(ws, "iris")
    assert (model.version, model.tags, model.run_id) == (1, {"area": "flowers"}, active.info.run_id)
    assert model.run.id == active.info.run_id and model.experiment_name == "lab"
    assert mlflow.register_model(info.model_uri, "iris").version == "2"
    assert {path for path, _ in Model(ws, "iris", version=2)._files()} == {path for path, _ in model._files()}
    with pytest.raises(mlflow.MlflowException):
        client.create_model_version("iris", f"runs:/{active.info.run_id}/never", active.info.run_id)
    assert [each.version for each in client.search_model_versions("name = 'iris'")] == ["2", "1"]


def test_what_was_registered_without_mlflow(mlflow: Any, client: Any, ws: Workspace) -> None:
    Path("plain.txt").write_text("bytes")
    Model.register(ws, "plain.txt", "plain", tags={"a": "b"}, description="why")
    mlflow.sklearn.save_model(fitted(), "saved", **NEEDS, serialization_format="cloudpickle")
    Model.register(ws, "saved", "flowers")
    assert {each.name for each in client.search_registered_models()} == {"plain", "flowers"}
    version = client.get_model_version("plain", 1)
    assert (version.tags, version.description, version.current_stage) == ({"a": "b"}, "why", "None")
    got = mlflow.artifacts.download_artifacts("models:/plain/1", dst_path="got")
    assert Path(got, "plain.txt").read_text() == "bytes"
    assert list(mlflow.pyfunc.load_model("models:/flowers/latest").predict([[3.0]])) == [1]


def test_a_model_from_a_folder_of_this_machine(mlflow: Any, client: Any, ws: Workspace) -> None:
    mlflow.sklearn.save_model(fitted(), "saved", **NEEDS, serialization_format="cloudpickle")
    client.create_registered_model("flowers", tags={"team": "a"}, description="all of them")
    client.create_model_version("flowers", Path("saved").absolute().as_uri(), description="first")
    assert Model(ws, "flowers").description == "first"
    assert list(mlflow.pyfunc.load_model("models:/flowers/1").predict([[3.0]])) == [1]
    known = client.get_registered_model("flowers")
    assert (known.tags, known.description, known.latest_versions[0].version) == ({"team": "a"}, "all of them", "1")


def test_stages_and_aliases_are_tags(mlflow: Any, client: Any, ws: Workspace) -> None:
    Path("m.txt").write_text("1")
    for _ in range(3):
        Model.register(ws, "m.txt", "m")
    client.set_registered_model_alias("m", "champion", 1)
    client.set_registered_model_alias("m", "champion", 2)
    assert client.get_model_version_by_alias("m", "champion").version == "2"
    assert client.get_registered_model("m").aliases == {"champion": "2"}
    assert Model(ws, "m", version=2).tags == {"mlflow.alias.champion": ""}
    client.transition_model_version_stage("m", 1, "Production")
    client.transition_model_version_stage("m", 3, "production", archive_existing_versions=True)
    assert {each.version: each.current_stage for each in client.search_model_versions("name = 'm'")} == {
        "1": "Archived",
        "2": "None",
        "3": "Production",
    }
    assert [each.version for each in client.get_latest_versions("m", ["Production"])] == ["3"]
    assert Model.list(ws, tags=[["mlflow.stage", "Production"]])[0].version == 3
    client.delete_registered_model_alias("m", "champion")
    client.set_model_version_tag("m", "2", "x", "y")
    assert Model(ws, "m", version=2).tags == {"x": "y"}
    client.delete_model_version("m", 3)
    assert Model(ws, "m").version == 2
    with pytest.raises(mlflow.MlflowException, match="no other name"):
        client.rename_registered_model("m", "n")
    client.delete_registered_model("m")
    assert ws.models == {}
    with pytest.raises(mlflow.MlflowException) as raised:
        client.get_registered_model("m")
    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_versions_are_numbers_when_they_are_sorted(mlflow: Any, client: Any, ws: Workspace) -> None:
    Path("m.txt").write_text("1")
    for _ in range(11):
        Model.register(ws, "m.txt", "m")
    found = client.search_model_versions("name = 'm'", order_by=["version_number ASC"])
    assert [each.version for each in found] == [str(number) for number in range(1, 12)]
    page = client.search_model_versions("name = 'm'", max_results=8)
    rest = client.search_model_versions("name = 'm'", max_results=8, page_token=page.token)
    assert (len(page), len(rest)) == (8, 3)


def test_the_functions_of_azureml_mlflow(mlflow: Any, ws: Workspace, lab: Experiment) -> None:
    from aml_nb.azureml.mlflow import get_portal_url, register_model

    with mlflow.start_run() as active:
        mlflow.log_text("w", "weights/w.txt")
    assert register_model(active, "w", "weights", tags={"a": "b"}).tags == {"a": "b"}
    assert register_model(newest(lab), "w", "weights/w.txt").version == 2
    assert get_portal_url(active) == newest(lab).get_portal_url()


def test_a_deleted_experiment_takes_its_logged_models_along(mlflow: Any, ws: Workspace, lab: Experiment) -> None:
    with mlflow.start_run():
        mlflow.log_text("x", "a.txt")
        log_model(mlflow, fitted())
    assert list(ws._artifacts)
    Experiment.delete(ws, lab.id)
    assert list(ws._artifacts) == [] and ws._store.records("logged-model").list() == []

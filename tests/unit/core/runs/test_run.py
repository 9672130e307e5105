"""Run: what v1's user does with one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.model import Model
from aml_nb.core.runs import kinds
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.errors import (
    ModelPathNotFoundException,
    NameTakenError,
    ServiceException,
    SnapshotException,
    UserErrorException,
)

MATRIX = {
    "schema_type": "confusion_matrix",
    "schema_version": "1.0.0",
    "data": {"class_labels": ["0", "1"], "matrix": [[3, 1], [0, 4]]},
}


def test_metrics_come_back_as_v1_gives_them(run: Run) -> None:
    run.log("accuracy", 0.5)
    run.log("loss", 3, step=1)
    run.log("loss", 2, "with a description", 2)
    run.log_list("all", range(300))
    run.log_row("curve", x=1, y=0.1)
    run.log_row("curve", x=2, y=0.2)
    run.log_table("table", {"a": [1, 2], "b": ["x", "y"]})
    run.log("a/b", "text")
    assert run.get_metrics() == {
        "accuracy": 0.5,
        "loss": [3, 2],
        "all": list(range(300)),
        "curve": {"x": [1, 2], "y": [0.1, 0.2]},
        "table": {"a": [1, 2], "b": ["x", "y"]},
        "a/b": "text",
    }
    assert run.get_metrics("loss") == {"loss": [3, 2]}
    assert run.get_metrics(name="nothing") == {}
    run.flush()


def test_a_list_is_no_metric_for_log(run: Run) -> None:
    for value in ([1, 2], range(3), (n for n in (1, 2))):
        with pytest.raises(UserErrorException, match="one value at a time"):
            run.log("m", value)
    assert run.get_metrics() == {}


def test_a_document_is_a_file_to_which_the_metric_points(run: Run) -> None:
    run.log_confusion_matrix("confusion", MATRIX)
    run.log_residuals("residuals", json.dumps({"schema_type": "residuals", "schema_version": "v1", "data": {}}))
    run.log_confusion_matrix("confusion", MATRIX)
    where = f"aml://artifactId/ExperimentRun/dcid.{run.id}/"
    first, second = run.get_metrics("confusion")["confusion"]
    assert first == f"{where}confusion"
    assert second.startswith(where)
    assert first != second
    assert run.get_metrics("residuals", populate=True)["residuals"]["schema_type"] == "residuals"
    assert run.get_metrics("confusion", populate=True)["confusion"] == [MATRIX, MATRIX]
    run.download_file("confusion", "matrix.json")
    assert json.loads(Path("matrix.json").read_text()) == MATRIX
    for wrong in ("no json", [1], {"schema_type": "confusion_matrix"}, {**MATRIX, "schema_type": "residuals"}):
        with pytest.raises(UserErrorException, match="confusion_matrix 'm'"):
            run.log_confusion_matrix("m", wrong)


class Figure:
    """A figure as matplotlib has it."""

    def savefig(self, stream: Any, format: str) -> None:
        stream.write(f"drawn as {format}".encode())


def test_an_image_is_drawn_or_taken_from_a_file(run: Run) -> None:
    Path("roc.jpg").write_bytes(b"jpeg")
    run.log_image("roc", plot=Figure())
    run.log_image("roc", path="roc.jpg")
    run.log_image("roc", plot=Figure())
    names = run.get_file_names()
    assert sorted(name.rsplit(".", 1)[1] for name in names) == ["jpg", "png", "png"]
    assert all(name.startswith("roc_") for name in names)
    assert [address.rsplit("/", 1)[1] for address in run.get_metrics()["roc"]] != []
    for arguments in ({}, {"path": "roc.jpg", "plot": Figure()}, {"path": "nowhere.png"}, {"plot": 3}):
        with pytest.raises(UserErrorException):
            run.log_image("roc", **arguments)


def test_pyplot_and_its_figures_are_drawn(run: Run) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2])
    for plot in (pyplot, figure, axes):
        run.log_image("roc/curve", plot=plot)
    pyplot.close(figure)
    for name in run.get_file_names():
        assert name.startswith("roc/curve_")
        with run._files.open(name) as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    assert len(run.get_metrics()["roc/curve"]) == 3


def test_files_go_up_once_and_come_down(run: Run) -> None:
    Path("data/deep").mkdir(parents=True)
    Path("data/a.txt").write_text("a")
    Path("data/deep/b.txt").write_text("b")
    uploaded = run.upload_file("outputs/a.txt", "data/a.txt")
    assert list(uploaded.artifacts) == ["outputs/a.txt"]
    run.upload_file("stream.bin", io.BytesIO(b"streamed"))
    run.upload_folder("folder", "data")
    artifacts = run.upload_files(["x", "y"], ["data/a.txt", "data/deep/b.txt"], return_artifacts=True)
    assert artifacts["x"].artifact_id == f"ExperimentRun/dcid.{run.id}/x"
    assert run.get_file_names() == ["folder/a.txt", "folder/deep/b.txt", "outputs/a.txt", "stream.bin", "x", "y"]
    with pytest.raises(UserErrorException, match=r"Resource Conflict: .*outputs/a.txt already exists"):
        run.upload_file("./outputs//a.txt", "data/a.txt")
    with pytest.raises(UserErrorException, match="already exists"):
        run.upload_files(["new", "x"], ["data/a.txt", "data/a.txt"])
    assert "new" not in run.get_file_names()
    run.download_file("stream.bin")
    assert Path("stream.bin").read_bytes() == b"streamed"
    run.download_file("outputs/a.txt", output_file_path="down/")
    assert Path("down/a.txt").read_text() == "a"
    run.download_files(prefix="folder", output_directory="all")
    assert Path("all/folder/deep/b.txt").read_text() == "b"
    run.download_files(prefix="folder/", output_directory="flat", append_prefix=False)
    assert Path("flat/deep/b.txt").read_text() == "b"
    run.download_files("stream", output_paths=["other.bin"])
    assert Path("other.bin").read_bytes() == b"streamed"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda run: run.upload_file("a", "nowhere.txt"), "no file"),
        (lambda run: run.upload_file("a", "."), "no file"),
        (lambda run: run.upload_file("../a", "here.txt"), "no name"),
        (lambda run: run.upload_file("a\0b", "here.txt"), "no name"),
        (lambda run: run.upload_file("half\ud800", "here.txt"), "no name"),
        (lambda run: run.upload_file("a/" + "ä" * 128, "here.txt"), "no name"),
        (lambda run: run.upload_folder("a", "nowhere"), "no folder"),
        (lambda run: run.upload_files(["a"], []), "1 names and 0 paths"),
        (lambda run: run.upload_files("a", ["here.txt"]), "must be a list"),
        (lambda run: run.download_file("nothing"), "File with path nothing was not found"),
        (lambda run: run.download_files(output_paths=["a", "b"]), "2 paths for 0 files"),
    ],
)
def test_a_file_that_cannot_travel_is_told(run: Run, call: Callable[[Run], Any], text: str) -> None:
    Path("here.txt").write_text("x")
    with pytest.raises(UserErrorException, match=text) as caught:
        call(run)
    assert caught.value.hint


def test_the_longest_name_comes_down(run: Run) -> None:
    Path("here.txt").write_text("x")
    run.upload_file("a" * 255, "here.txt")
    run.download_files(output_directory="down")
    assert Path("down", "a" * 255).read_text() == "x"


def test_sizes_leave_out_what_goes_meanwhile(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path("here.txt").absolute()
    here.write_text("x")
    monkeypatch.setattr(type(run._files), "_live", lambda _: iter([("outputs/a", here), ("outputs/b", Path("gone"))]))
    assert run._files.sizes() == {"outputs/a": 1}


def test_what_a_script_writes_is_there_while_it_writes(run: Run) -> None:
    folder = RunFolder(run._workspace, run.id)
    (folder.work / "outputs").mkdir(parents=True)
    (folder.work / "outputs" / "model.pkl").write_text("old")
    (folder.work / "outputs" / "broken").symlink_to("nowhere")
    (folder.logs / "user_logs").mkdir(parents=True)
    (folder.logs / "user_logs" / "std_log.txt").write_text("epoch 1\n")
    assert run.get_file_names() == ["outputs/model.pkl", "user_logs/std_log.txt"]
    assert run.get_details_with_logs()["logFiles"] == {"user_logs/std_log.txt": "epoch 1\n"}
    assert run.get_all_logs("logs") == ["logs/user_logs/std_log.txt"]
    run._files.collect()
    (folder.work / "outputs" / "model.pkl").write_text("new")
    run._files.collect()
    assert run.register_model("m", "outputs/model.pkl").id == "m:1"
    (folder.work / "outputs" / "model.pkl").unlink()
    run.download_file("outputs/model.pkl", "model.pkl")
    assert Path("model.pkl").read_text() == "new"


def test_tags_change_and_properties_do_not(run: Run) -> None:
    run.tag("quality", "good")
    run.tag("flag")
    run.set_tags({"n": 3, "quality": "better"})
    assert run.get_tags() == run.tags == {"quality": "better", "flag": None, "n": "3"}
    run.remove_tags(["flag", "not there"])
    assert run.tags == {"quality": "better", "n": "3"}
    run.add_properties({"author": "me"})
    run.add_properties({"author": "me", "more": "1"})
    with pytest.raises(UserErrorException, match="immutable"):
        run.add_properties({"author": "you", "other": "1"})
    assert run.get_properties() == run.properties == {"author": "me", "more": "1"}
    with pytest.raises(UserErrorException, match="tags must be a dictionary"):
        run.set_tags(["a"])  # type: ignore[arg-type]


def test_names_and_descriptions_are_kept(run: Run, ws: Workspace) -> None:
    assert run.display_name == run.id
    run.display_name, run.description = "best", "a note"
    again = Run.get(ws, run.id)
    assert (again.display_name, again.description, again.number) == ("best", "a note", 1)
    assert run.name == "best"
    run.description = "half\ud800"
    assert run.description == "half?"


def test_text_and_table_say_what_the_run_is(run: Run) -> None:
    text = f"Run(Experiment: train,\nId: {run.id},\nType: None,\nStatus: Running)"
    assert str(run) == repr(run) == text
    html = run._repr_html_()
    assert "Details Page" in html
    assert run.get_portal_url() in html
    assert run.id in html


def test_details_have_v1s_keys(run: Run) -> None:
    details = run.get_details()
    assert set(details) == {
        *("runId", "target", "status", "startTimeUtc", "services", "properties"),
        *("inputDatasets", "outputDatasets", "logFiles", "submittedBy"),
    }
    run.fail("bad data", error_code="Mine")
    details = run.get_details()
    assert (details["status"], details["error"]["error"]["message"]) == ("Failed", "bad data")
    assert details["error"]["error"]["code"] == "Mine"
    assert details["endTimeUtc"].endswith("Z")
    assert run.get_detailed_status() == {"status": "Failed", "details": ["bad data"]}


def test_a_block_completes_or_fails_its_run(experiment: Experiment) -> None:
    with experiment.start_logging(snapshot_directory=None) as good:
        good.log("a", 1)
    with pytest.raises(ZeroDivisionError), experiment.start_logging(snapshot_directory=None) as bad:
        print(1 / 0)
    assert (good.get_status(), bad.status) == ("Completed", "Failed")
    error = bad.get_details()["error"]["error"]
    assert "ZeroDivisionError: division by zero" in error["message"]
    assert "print(1 / 0)" in error["debugInfo"]["stackTrace"]
    good.fail("too late")
    good.complete()
    good.cancel()
    assert good.get_status() == "Completed"


def test_children_belong_and_end_with_their_parent(run: Run) -> None:
    child = run.child_run("fold 1")
    assert child.parent is not None
    assert (child.name, child.parent.id, child.get_status()) == ("fold 1", run.id, "Running")
    child.log("a", 1)
    grandchild = child.child_run(run_id="grandchild")
    tagged = run.create_children(tag_key="fold", tag_values=["1", "2", "3"])
    assert [one.tags for one in tagged] == [{"fold": "1"}, {"fold": "2"}, {"fold": "3"}]
    tagged[0].fail("no data")
    assert [one.id for one in run.get_children()] == [one.id for one in (*reversed(tagged), child)]
    assert next(run.get_children(tags={"fold": "2"})).id == tagged[1].id
    assert len(list(run.get_children(recursive=True))) == 5
    assert [one.id for one in child.get_children(recursive=True)] == ["grandchild"]
    assert [one.id for one in run.get_children(status="Failed")] == [tagged[0].id]
    assert list(run.get_children(type="hyperdrive")) == []
    metrics = run.get_metrics(recursive=True)
    assert metrics[child.id] == {"a": 1}
    assert len(metrics) == 6
    run.complete()
    assert [child.get_status(), grandchild.get_status(), tagged[0].get_status()] == ["Completed", "Completed", "Failed"]
    with pytest.raises(NameTakenError):
        run.child_run(run_id="grandchild")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"count": 101},
        {"count": 0},
        {"tag_key": "a"},
        {"tag_values": ["1"]},
        {"count": 3, "tag_key": "a", "tag_values": ["1"]},
    ],
)
def test_children_are_at_most_a_hundred_and_tagged_alike(run: Run, arguments: dict[str, Any]) -> None:
    with pytest.raises(UserErrorException):
        run.create_children(**arguments)
    assert list(run.get_children()) == []


def test_outputs_are_kept_when_the_run_ends(experiment: Experiment) -> None:
    Path("outputs").mkdir()
    run = experiment.start_logging(outputs="outputs", snapshot_directory=None)
    Path("outputs/model.pkl").write_text("weights")
    Path("first.txt").write_text("first")
    run.upload_file("outputs/first.txt", "first.txt")
    Path("outputs/first.txt").write_text("second")
    run.complete()
    assert run.get_file_names() == ["outputs/first.txt", "outputs/model.pkl"]
    run.download_file("outputs/first.txt", "got.txt")
    assert Path("got.txt").read_text() == "first"


def test_a_model_knows_its_run(run: Run, ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    Path("model.pkl").write_text("weights")
    run.upload_file("outputs/model.pkl", "model.pkl")
    run.upload_file("outputs/deep/labels.txt", "model.pkl")
    capsys.readouterr()
    model = run.register_model(
        "iris", "outputs/model.pkl", tags={"a": "b"}, model_framework=Model.Framework.SCIKITLEARN, description="d"
    )
    assert capsys.readouterr().out == ""
    assert (model.run_id, model.experiment_name, model.run.id) == (run.id, "train", run.id)
    assert (model.tags, model.model_framework, model.description) == ({"a": "b"}, "ScikitLearn", "d")
    assert Path(model.download("one")).name == "model.pkl"
    whole = run.register_model("whole", "outputs/")
    assert {p.name for p in Path(whole.download("two")).rglob("*.*")} == {"model.pkl", "labels.txt"}
    assert Path("two/outputs/deep/labels.txt").exists()
    run.upload_file("plain", "model.pkl")
    assert run.register_model("plain").version == 1
    assert [found.name for found in Model.list(ws, run_id=run.id)] == ["plain", "whole", "iris"]
    with pytest.raises(ModelPathNotFoundException, match=r"outputs/deep/labels.txt, outputs/model.pkl") as caught:
        run.register_model("m", "model.pkl")
    assert caught.value.hint == "model_path='outputs/model.pkl'"
    assert Model(ws, "iris").run is not None


def test_snapshots_are_given_back_as_a_zip(run: Run) -> None:
    import zipfile

    assert run.get_snapshot_id() is None
    Path("src/sub").mkdir(parents=True)
    for name in ("train.py", "secret.key", "sub/util.py"):
        Path("src", name).write_text(name)
    Path("src/.amlignore").write_text("*.key\n")
    snapshot = run.take_snapshot("src")
    assert run.get_snapshot_id() == snapshot == run.properties["ContentSnapshotId"]
    path = run.restore_snapshot(path="back")
    assert path == f"back/{snapshot}.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [".amlignore", "sub/util.py", "train.py"]
    with pytest.raises(SnapshotException, match="no file or folder"):
        run.take_snapshot("nowhere")
    with pytest.raises(SnapshotException, match="no snapshot none"):
        run.restore_snapshot("none")


def test_a_run_without_the_notebooks_folder_goes_on_without_a_snapshot(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("aml_nb.core.runs.submitting.sources.MAX_FILES", 1)
    for name in "ab":
        Path(name).write_text(name)
    run = experiment.start_logging()
    assert run.get_snapshot_id() is None
    assert "No snapshot was taken" in capsys.readouterr().out
    with pytest.raises(SnapshotException, match="more than 1 files"):
        experiment.start_logging(snapshot_directory=".")
    run.complete()


def test_runs_are_found_by_id_and_listed(experiment: Experiment, ws: Workspace) -> None:
    runs = [experiment.start_logging(snapshot_directory=None, tags={"n": str(n)}) for n in range(3)]
    runs[0].child_run("child")
    runs[1].complete()
    assert [run.id for run in experiment.get_runs()] == [run.id for run in reversed(runs)]
    assert len(list(experiment.get_runs(include_children=True))) == 4
    assert [run.id for run in Run.list(experiment, status="Completed")] == [runs[1].id]
    assert [run.id for run in experiment.get_runs(tags={"n": 2})] == [runs[2].id]
    assert list(experiment.get_runs(properties="x")) == []
    assert Run.get(ws, runs[0].id).id == ws.get_run(runs[0].id).id == Run(experiment, runs[0].id).id
    for call in (lambda: Run.get(ws, "nobody"), lambda: Run(experiment, "nobody")):
        with pytest.raises(ServiceException, match="nobody was not found") as caught:
            call()
        assert caught.value.status_code == 404
    with pytest.raises(UserErrorException, match="tags must be a key"):
        list(experiment.get_runs(tags=["n"]))  # type: ignore[arg-type]
    for run in runs:
        run.complete()


def test_types_have_their_own_classes(experiment: Experiment, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    class Special(Run):
        pass

    monkeypatch.setattr(kinds, "_providers", {})
    Run.add_type_provider("my.type", lambda experiment, run: Special(experiment, run.run_id))
    RunRecords(ws._store).create(
        RunRecord("mine", "train", experiment.id, run_type="My.Type", status="Completed", target="cpu")
    )
    assert type(Run.get(ws, "mine")) is Special
    assert [type(run) for run in experiment.get_runs(type="my.type")] == [Special]
    assert type(next(Run.list(experiment, _rehydrate_runs=False))) is Run
    with pytest.raises(UserErrorException, match="cannot be called"):
        Run.add_type_provider("x", "no function")  # type: ignore[arg-type]

    class Cluster:
        name, workspace = "cpu", ws

    assert [run.id for run in Run.list_by_compute(Cluster())] == ["mine"]
    assert list(Run.list_by_compute(Cluster(), status="Failed")) == []


def test_secrets_come_from_the_keyvault(run: Run, ws: Workspace) -> None:
    ws.get_default_keyvault().set_secret("pin", "1234")
    assert run.get_secret("pin") == "1234"
    assert run.get_secrets(["pin"]) == {"pin": "1234"}


def test_an_interactive_run_has_no_environment(run: Run) -> None:
    with pytest.raises(UserErrorException, match="has no environment"):
        run.get_environment()


def test_cleaning_keeps_the_files(run: Run) -> None:
    work = RunFolder(run._workspace, run.id).work
    (work / "outputs").mkdir(parents=True)
    (work / "outputs" / "a.txt").write_text("a")
    (work / "big.bin").write_text("b")
    with pytest.raises(UserErrorException, match="still going"):
        run.clean()
    run.complete()
    assert sorted(Path(path).name for path in run.clean()) == ["a.txt", "big.bin"]
    assert run.clean() == []
    assert run.get_file_names() == ["outputs/a.txt"]


@pytest.mark.parametrize("run_id", ["../up", "a/b", "", ".hidden", "a b"])
def test_an_id_is_no_path(experiment: Experiment, run_id: str) -> None:
    if run_id:
        with pytest.raises(UserErrorException, match="no id for a run"):
            experiment.start_logging(snapshot_directory=None, run_id=run_id)
    assert list(experiment.get_runs()) == []

"""Inputs and outputs of runs: described, prepared and collected as the keeper does it, with no process started."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.output_config import (
    HDFSOutputDatasetConfig,
    LinkFileOutputDatasetConfig,
    OutputDatasetConfig,
    OutputFileDatasetConfig,
)
from aml_nb.core.data.datasets.placing import Stopped
from aml_nb.core.data.datasets.type_definitions import PromoteHeadersBehavior
from aml_nb.core.runs import bindings
from aml_nb.core.runs.bindings.in_script import InputDatasets, OutputDatasets
from aml_nb.core.runs.run_configuration.data import Data, DataLocation, DataPath, DataReferenceConfiguration
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException

RUN = "train_1_0000abcd"


@pytest.fixture
def store(ws: Workspace) -> Any:
    for name in ("data/1.csv", "data/b/2.csv"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(f"name\n{name}\n")
    store = ws.get_default_datastore()
    store.upload("data", target_path="data", show_progress=False)
    return store


@pytest.fixture
def files(store: Any) -> Any:
    return Dataset.File.from_files((store, "data/**"))


@pytest.fixture
def one(store: Any) -> Any:
    return Dataset.File.from_files((store, "data/1.csv"))


@pytest.fixture
def work(ws: Workspace) -> Path:
    folder: Path = ws._folder / "runs" / RUN / "work"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def script(ws: Workspace, work: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Describe arguments, carry that over as JSON, prepare, and be in the script's environment."""

    def start(*arguments: Any, **named: Any) -> Any:
        bound = json.loads(json.dumps(bindings.describe(arguments, workspace=ws, **named).to_dict()))
        prepared = bindings.prepare(ws, bound, work, RUN)
        for name, value in prepared.environment.items():
            monkeypatch.setenv(name, value)

        def end(succeeded: bool = True) -> Any:
            return bindings.shown(ws, json.loads(json.dumps(bindings.collect(ws, bound, work, RUN, succeeded))))

        return SimpleNamespace(
            arguments=prepared.arguments,
            end=end,
            bound=bound,
            inputs=InputDatasets(lambda: ws),
            outputs=OutputDatasets(lambda: ws),
        )

    return start


def test_a_run_without_data_needs_nothing(ws: Workspace, work: Path) -> None:
    bound = bindings.describe(["--n", 1, 2.5, True, Path("x")], workspace=ws)
    assert (bound.arguments, bool(bound)) == (["--n", "1", "2.5", "True", "x"], False)
    assert bindings.prepare(ws, bound, work).environment == {}
    assert (bindings.used(bound), bindings.collect(ws, bound, work, RUN, True)) == ([], [])
    assert os.listdir(work.parent) == ["work"]


@pytest.mark.parametrize("way", ["as_mount", "as_download"])
def test_files_arrive_as_an_argument_and_by_name(script: Any, files: Any, work: Path, way: str) -> None:
    run = script("--data", getattr(files.as_named_input("training"), way)())
    path = run.arguments[1]
    assert run.inputs["training"] == run.inputs.get("training") == os.environ["training"] == path
    assert sorted(str(found.relative_to(path)) for found in Path(path).rglob("*.csv")) == ["1.csv", "b/2.csv"]
    assert os.listdir(work) == []
    assert Path(path, "1.csv").is_symlink() == (way == "as_mount")
    assert run.end() == []
    assert not os.path.exists(path)


def test_one_file_arrives_as_its_path(script: Any, one: Any, files: Any) -> None:
    run = script(one.as_mount(), one.as_download(), files.take(1).as_mount())
    assert [os.path.basename(path) for path in run.arguments[:2]] == ["1.csv", "1.csv"]
    assert Path(run.arguments[0]).read_text() == Path(run.arguments[1]).read_text() == "name\ndata/1.csv\n"
    assert os.listdir(run.arguments[2]) == ["1.csv"]


def test_a_table_arrives_as_itself_and_its_id_as_the_argument(script: Any, store: Any, ws: Workspace) -> None:
    table = Dataset.Tabular.from_delimited_files((store, "data/**"))
    run = script("--id", table.as_named_input("table"))
    assert Dataset.get_by_id(ws, run.arguments[1]).to_pandas_dataframe().shape == (2, 1)
    assert run.inputs["table"] is run.inputs["table"]
    assert list(run.inputs["table"].to_pandas_dataframe()["name"]) == ["data/1.csv", "data/b/2.csv"]
    assert [value.id for value in run.inputs.values()] == [run.arguments[1]]
    with pytest.raises(KeyError, match="there is: table"):
        run.inputs["other"]
    assert "other" not in run.inputs


def test_places_on_the_compute_target(script: Any, files: Any, work: Path, tmp_path: Path) -> None:
    absolute = tmp_path / "abs" / "data"
    run = script(files.as_mount("in/a"), files.as_download("in/b"), files.as_named_input("x").as_mount(str(absolute)))
    assert run.arguments == [str(work / "in/a"), str(work / "in/b"), str(absolute)]
    assert all(Path(path, "b/2.csv").is_file() for path in run.arguments)
    run.end()
    again = script(files.as_named_input("x").as_mount(str(absolute)))
    assert (Path(again.arguments[0]) / "1.csv").is_file()


def test_a_link_of_the_users_at_that_place_stays(script: Any, files: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    link = tmp_path / "data"
    link.symlink_to(tmp_path / "mine")
    with pytest.raises(UserErrorException, match="it is a link to"):
        script(files.as_mount(str(link)))
    assert os.readlink(link) == str(tmp_path / "mine")


@pytest.mark.parametrize("path", ["../x", "a/../../x", "", " ", "a\0b"])
def test_a_place_does_not_lead_out_of_the_run(files: Any, path: str) -> None:
    for way in (files.as_mount, files.as_download, files.as_named_input("x").as_mount):
        with pytest.raises(UserErrorException, match="path_on_compute"):
            way(path)


def test_a_link_in_the_snapshot_does_not_lead_out_either(script: Any, files: Any, work: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (work / "in").symlink_to(tmp_path / "outside")
    with pytest.raises(UserErrorException, match="leads out of the run's folder"):
        script(files.as_download("in/x"))
    assert list((tmp_path / "outside").iterdir()) == []


def test_files_of_a_user_are_never_mounted_over(script: Any, files: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for place in (tmp_path / "mine", tmp_path):
        with pytest.raises(UserErrorException, match="Nothing can be mounted"):
            script(files.as_mount(str(place)))
    assert (tmp_path / "mine").read_text() == "mine"


def test_data_references(script: Any, store: Any, work: Path, ws: Workspace) -> None:
    mounted, copied = store.path("data").as_mount(), store.path("data/b").as_download("copy")
    run = script("--data-folder", store.as_mount(), mounted, f"{copied}/2.csv", copied)
    root = store._local()
    assert run.arguments[1:3] == [str(root), str(root / "data")]
    assert run.arguments[3:] == [str(work / "copy/2.csv"), str(work / "copy")]
    assert Path(run.arguments[3]).is_file()
    assert os.environ["AZUREML_DATAREFERENCE_workspaceblobstore"] == str(root)
    assert run.end() == []
    other = DataReferenceConfiguration("workspaceblobstore", "download", "data/1.csv")
    named = script("x/$AZUREML_DATAREFERENCE_ref", "$AZUREML_DATAREFERENCE_none", data_references={"ref": other})
    assert Path(named.arguments[0][2:]).read_text() == "name\ndata/1.csv\n"
    assert named.arguments[1] == "$AZUREML_DATAREFERENCE_none"


def test_what_a_run_uploads(script: Any, store: Any) -> None:
    run = script(store.path("up").as_upload("made"))
    Path(run.arguments[0], "sub").mkdir(parents=True)
    Path(run.arguments[0], "sub", "x").write_text("x")
    run.end()
    assert store._local("up/sub/x").read_text() == "x"


def test_inputs_of_a_run_configuration(script: Any, files: Any, ws: Workspace) -> None:
    files.register(ws, "d")
    location = DataLocation(data_path=DataPath("workspaceblobstore", "data/b"))
    data = {
        "registered": Data.create(ws.datasets["d"].as_named_input("registered").as_mount()),
        "place": Data(location, mechanism="download"),
        "object": files.as_named_input("object").as_download(),
        "unsaved": Data.create(files.take(1).as_named_input("unsaved").as_mount()),
    }
    run = script("--d", "DatasetConsumptionConfig:registered", data=data)
    assert sorted(os.listdir(run.arguments[1])) == ["1.csv", "b"]
    assert os.listdir(run.inputs["place"]) == ["2.csv"]
    assert os.listdir(run.inputs["unsaved"]) == ["1.csv"]
    assert sorted(run.inputs) == ["object", "place", "registered", "unsaved"]


def test_what_get_details_shows(files: Any, ws: Workspace) -> None:
    made = files.register(ws, "d")
    bound = bindings.describe([made.as_named_input("a").as_mount("/tmp/a"), made.as_named_input("b")], workspace=ws)
    first, second = bindings.shown(ws, bindings.used(bound))
    assert (first["dataset"].name, first["dataset"].version) == ("d", 1)
    assert first["consumptionDetails"] == {
        "type": "RunInput",
        "inputName": "a",
        "mechanism": "Mount",
        "pathOnCompute": "/tmp/a",
    }
    assert second["consumptionDetails"] == {"type": "RunInput", "inputName": "b", "mechanism": "Direct"}
    assert bindings.shown(ws, [{"dataset": {"id": "gone"}}]) == [{"dataset": {"id": "gone"}}]


def test_what_cannot_be_an_input(files: Any, one: Any, store: Any, ws: Workspace) -> None:
    for bad in ([files], [one.as_named_input("x"), files.as_named_input("x")]):
        with pytest.raises(UserErrorException, match="cannot be an argument|have the name 'x'"):
            bindings.describe(bad, workspace=ws)
    for data in ([files], [object()], {"x": object()}):
        with pytest.raises(UserErrorException):
            bindings.describe([], data=data, workspace=ws)
    with pytest.raises(UserErrorException, match="needs a pipeline"):
        bindings.describe([OutputFileDatasetConfig().as_input("x")], workspace=ws)
    table = Dataset.Tabular.from_delimited_files((store, "data/**"))
    for way in ("as_mount", "as_download"):
        with pytest.raises(UserErrorException, match="rows, not files"):
            getattr(table.as_named_input("x"), way)()


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "ü", None, "a\n"])
def test_names_that_are_none(files: Any, name: Any) -> None:
    with pytest.raises(UserErrorException, match="Invalid input name"):
        files.as_named_input(name)
    if name is not None:
        with pytest.raises(UserErrorException, match="Invalid output name"):
            OutputFileDatasetConfig(name)


def test_a_name_that_the_system_has_works_and_is_warned_of(script: Any, files: Any) -> None:
    before = os.environ["PATH"]
    with pytest.warns(UserWarning, match="environment variable"):
        named = files.as_named_input("PATH").as_mount()
    with pytest.warns(UserWarning):
        run = script(named)
    assert os.environ["PATH"] == before
    assert run.inputs["PATH"] == run.arguments[0]


def test_files_that_vanished_before_the_run(script: Any, files: Any, store: Any, work: Path) -> None:
    for path in store._local("data").rglob("*.csv"):
        path.unlink()
    with pytest.raises(UserErrorException, match=r"data 'x' of the run.*data/\*\* of the datastore|'x'.*has no file"):
        script(files.as_named_input("x").as_mount())
    assert os.listdir(work.parent) == ["work"]


def test_an_output_is_where_it_is_said_and_is_registered(script: Any, store: Any, ws: Workspace) -> None:
    output = OutputFileDatasetConfig("prepared", (store, "out/{run-id}/{output-name}"))
    run = script("--out", output.register_on_complete("prepared files", "d", {"a": "b"}))
    assert run.outputs["prepared"] == run.arguments[1] == str(store._local(f"out/{RUN}/prepared"))
    Path(run.arguments[1], "x.csv").write_text("a\n1\n")
    (shown,) = run.end()
    assert shown["outputDetails"] == {"outputName": "prepared"}
    made = ws.datasets["prepared files"]
    assert (made.id, made.description, made.tags) == (shown["dataset"].id, "d", {"a": "b"})
    assert made.to_path() == ["/x.csv"]
    again = script("--out", output.register_on_complete("prepared files"))
    Path(again.arguments[1], "y.csv").write_text("a\n1\n")
    again.end()
    assert (ws.datasets["prepared files"].version, len(ws.datasets["prepared files"].to_path())) == (2, 2)


def test_a_failed_run_registers_nothing_and_keeps_what_it_wrote(script: Any, store: Any, ws: Workspace) -> None:
    run = script(OutputFileDatasetConfig("o").as_upload().register_on_complete("o"))
    Path(run.arguments[0], "x").write_text("x")
    (shown,) = run.end(succeeded=False)
    assert list(ws.datasets) == []
    assert shown["dataset"].to_path() == ["/x"]


def test_an_uploaded_output(script: Any, store: Any, work: Path) -> None:
    output = OutputFileDatasetConfig("o", (store, "out"), source="made/here")
    run = script(output.as_upload(overwrite=True, source_globs="**/*.csv"))
    assert run.arguments == [str(work / "made/here")]
    for name in ("a.csv", "b/c.csv", "b/d.txt"):
        Path(run.arguments[0], name).parent.mkdir(exist_ok=True)
        Path(run.arguments[0], name).write_text(name)
    assert not store._local("out").exists()
    (shown,) = run.end()
    assert shown["dataset"].to_path() == ["/a.csv", "/b/c.csv"]


@pytest.mark.parametrize("there", [False, True])
def test_a_mounted_output_with_a_place_of_its_own(script: Any, store: Any, work: Path, there: bool) -> None:
    if there:
        (work / "made").mkdir()
        (work / "made" / "old").write_text("old")
    run = script(OutputFileDatasetConfig("o", (store, "out"), source="made"))
    Path(run.arguments[0], "new").write_text("new")
    (shown,) = run.end()
    assert run.arguments == [str(work / "made")]
    assert shown["dataset"].to_path() == ["/new", "/old"][: 1 + there]


def test_an_output_read_as_a_table(script: Any, ws: Workspace) -> None:
    output = OutputFileDatasetConfig("t").read_delimited_files(
        separator=";", header=PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS, path_glob="*.csv"
    )
    run = script(output.keep_columns(["a", "b"]).drop_columns("b").register_on_complete("table"))
    Path(run.arguments[0], "x.csv").write_text("a;b;c\n1;2;3\n4;5;6\n")
    Path(run.arguments[0], "readme.txt").write_text("no table")
    run.end()
    frame = ws.datasets["table"].to_pandas_dataframe()
    assert (list(frame.columns), list(frame["a"])) == (["a"], [1, 4])


def test_a_split_output(script: Any) -> None:
    first, rest = OutputFileDatasetConfig("t").read_parquet_files().random_split(0.5, seed=1)
    assert [first.name, rest.name, first.mode] == ["t", "t", "mount"]
    assert first.as_upload(overwrite=True)._upload_options.overwrite
    assert first.as_mount().mode == "mount"


def test_a_linked_output(script: Any, files: Any) -> None:
    run = script(LinkFileOutputDatasetConfig("linked"), OutputFileDatasetConfig("o"), LinkFileOutputDatasetConfig("no"))
    with pytest.raises(UserErrorException, match="takes a dataset"):
        run.outputs["linked"].link("data")
    run.outputs["linked"].link(files.take(1))
    assert isinstance(run.outputs["o"], str)
    shown = {each["outputDetails"]["outputName"]: each["dataset"] for each in run.end()}
    assert shown.keys() == {"linked", "o"}
    assert shown["linked"].to_path() == ["/1.csv"]


def test_output_configurations() -> None:
    output = OutputFileDatasetConfig()
    assert output.name.startswith("output_")
    assert (output.mode, output.arg_val) == ("mount", f"DatasetOutputConfig:{output.name}")
    upload = output.as_upload(source_globs=["*.csv"])
    assert (upload.mode, output.mode, upload.name) == ("upload", "mount", output.name)
    assert isinstance(output.as_input("x"), DatasetConsumptionConfig)
    assert (output.as_input("x").mode, output.read_delimited_files().as_input("x").mode) == ("mount", "direct")
    assert HDFSOutputDatasetConfig("h").mode == "hdfs"
    for wrong in ("folder", (None, "x"), ("a", "b", "c")):
        with pytest.raises(UserErrorException, match="destination"):
            OutputFileDatasetConfig(destination=wrong)
    with pytest.raises(UserErrorException, match="no name"):
        output.register_on_complete(" ")
    with pytest.raises(NotImplementedError):
        OutputDatasetConfig("mount", "x").as_input()
    upload.name = "other"
    assert upload.arg_val == "DatasetOutputConfig:other"


def test_a_path_is_one_word_of_a_command(ws: Workspace, files: Any, work: Path) -> None:
    bound = bindings.describe(
        ["cat DatasetConsumptionConfig:x/1.csv | wc", "y"],
        data=[files.as_named_input("x").as_mount("a b")],
        workspace=ws,
    )
    assert bindings.prepare(ws, bound, work, RUN, quote=True).arguments == [f"cat '{work}/a b'/1.csv | wc", "y"]


@pytest.mark.parametrize("way", ["as_mount", "as_download"])
def test_a_run_that_is_cancelled_while_its_data_is_prepared(ws: Workspace, files: Any, work: Path, way: str) -> None:
    bound = bindings.describe([getattr(files, way)()], workspace=ws)
    asked = iter([False, True])
    with pytest.raises(Stopped):
        bindings.prepare(ws, bound, work, RUN, stopped=lambda: next(asked))
    assert os.listdir(work.parent) == ["work"]


def test_a_run_that_is_cancelled_meanwhile_brings_no_more_files(ws: Workspace, work: Path) -> None:
    store = ws.get_default_datastore()
    output = OutputFileDatasetConfig("many", destination=(store, "many")).as_upload(overwrite=True)
    bound = bindings.describe([output], workspace=ws)
    folder = Path(bindings.prepare(ws, bound, work, RUN).arguments[0])
    for number in range(250):
        (folder / f"{number:03d}.txt").touch()
    asked = iter([False, True])
    with pytest.raises(Stopped):
        bindings.collect(ws, bound, work, RUN, True, lambda: next(asked))
    there = store._local("many")
    assert there is not None and len(os.listdir(there)) == 100

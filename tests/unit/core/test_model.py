from __future__ import annotations

import json
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aml_nb.core.inference import ResourceConfiguration
from aml_nb.core.model import Model
from aml_nb.core.model import rows as model_rows
from aml_nb.core.workspace import Workspace
from aml_nb.errors import StoreError, UserErrorException, WebserviceException


@pytest.fixture
def files(ws: Workspace) -> Iterator[Path]:
    """The current folder, with a file and a folder to register."""
    Path("model.pkl").write_bytes(b"weights")
    for name in ("saved/model.h5", "saved/vocab/words.txt", "saved/vocab/.hidden"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)
    yield Path.cwd()


def tree(folder: str | Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in Path(folder).rglob("*") if p.is_file())


def stored(ws: Workspace) -> int:
    return len(list(ws._artifacts))


def test_register_and_get(ws: Workspace, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = datetime.now(timezone.utc) - timedelta(seconds=1)
    made = Model.register(
        ws,
        "model.pkl",
        "iris",
        tags={"area": "flowers", "n": 1},
        properties={"acc": "0.9"},
        description="A model",
        model_framework=Model.Framework.SCIKITLEARN,
        model_framework_version="1.4",
    )
    assert capsys.readouterr().out == "Registering model iris\n"
    for model in (made, Model(ws, "iris"), Model(ws, id="iris:1"), Model(ws, "iris", version=1), ws.models["iris"]):
        assert (model.name, model.version, model.id) == ("iris", 1, "iris:1")
        assert model.tags == {"area": "flowers", "n": "1"}
        assert model.properties == {"acc": "0.9"}
        assert model.description == "A model"
        assert (model.model_framework, model.model_framework_version) == ("ScikitLearn", "1.4")
        assert model.url == "aml://asset/iris:1"
        assert model.mime_type == "application/x-python"
        assert before < model.created_time < datetime.now(timezone.utc)
        assert model.workspace._id == ws._id
    assert repr(made) == (
        f"Model(workspace={ws!r}, name=iris, id=iris:1, version=1, "
        "tags={'area': 'flowers', 'n': '1'}, properties={'acc': '0.9'})"
    )


def test_versions_count_up_and_never_come_back(ws: Workspace, files: Path) -> None:
    models = [Model.register(ws, "model.pkl", "iris") for _ in range(3)]
    assert [model.version for model in models] == [1, 2, 3]
    models[2].delete()
    assert Model(ws, "iris").version == 2
    assert Model.register(ws, "model.pkl", "iris").version == 4


def test_a_file_is_kept_under_its_own_name_and_a_folder_under_its(ws: Workspace, files: Path) -> None:
    Model.register(ws, str(files / "model.pkl"), "one").download("one")
    Model.register(ws, "saved/", "two").download("two")
    Model.register(ws, "saved", "three", child_paths=["vocab"]).download("three")
    Model.register(ws, "saved", "four", child_paths=["saved/model.h5", "vocab/.hidden"]).download("four")
    assert tree("one") == ["model.pkl"]
    assert tree("two") == ["saved/model.h5", "saved/vocab/.hidden", "saved/vocab/words.txt"]
    assert tree("three") == ["saved/vocab/.hidden", "saved/vocab/words.txt"]
    assert tree("four") == ["saved/model.h5", "saved/vocab/.hidden"]
    assert Path("two/saved/model.h5").read_text() == "saved/model.h5"


def test_a_model_outside_the_current_folder_can_be_registered(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "far.pkl").write_text("x")
    assert Model.register(ws, tmp_path / "far.pkl", "far").version == 1  # type: ignore[arg-type]
    assert Model.register(ws, "../far.pkl", "far").version == 2


@pytest.mark.parametrize("caught_as", [WebserviceException, FileNotFoundError])
def test_a_missing_path_is_either_of_v1s_errors(ws: Workspace, files: Path, caught_as: type[Exception]) -> None:
    with pytest.raises(caught_as, match="cannot be found") as caught:
        Model.register(ws, "modle.pkl", "iris")
    assert "model.pkl" in str(caught.value)
    with pytest.raises(caught_as, match="cannot be found") as caught:
        Model.register(ws, "", "iris")
    assert "model.pkl" in str(caught.value)
    assert Model.list(ws) == []


@pytest.mark.parametrize(
    ("arguments", "gist"),
    [
        ({"model_name": "a b"}, "provided model name is invalid"),
        ({"tags": ["area"]}, "tags must be a dict"),
        ({"properties": "x"}, "properties must be a dict"),
        ({"model_framework_version": "1"}, "model_framework"),
        ({"child_paths": ["nope"]}, "child path"),
        ({"child_paths": ["../model.pkl"]}, "child path"),
        ({"datasets": ["x"]}, "pairs"),
        ({"sample_input_dataset": object()}, "no registered dataset"),
    ],
)
def test_what_register_refuses(ws: Workspace, files: Path, arguments: dict[str, object], gist: str) -> None:
    with pytest.raises(WebserviceException, match=gist):
        Model.register(**{"workspace": ws, "model_path": "saved", "model_name": "iris", **arguments})  # type: ignore[arg-type]
    assert Model.list(ws) == []


def test_an_empty_folder_is_no_model(ws: Workspace, files: Path) -> None:
    Path("empty/er").mkdir(parents=True)
    with pytest.raises(WebserviceException, match="holds no files"):
        Model.register(ws, "empty", "iris")


def test_a_pipe_is_no_model(ws: Workspace, files: Path) -> None:
    os.mkfifo("pipe")
    with pytest.raises(WebserviceException, match="neither"):
        Model.register(ws, "pipe", "iris")


def test_a_folder_with_a_link_to_a_secret_is_refused(ws: Workspace, files: Path) -> None:
    Path("saved/link").symlink_to("/etc/hosts")
    with pytest.raises(UserErrorException, match="symbolic link"):
        Model.register(ws, "saved", "iris")
    assert Model.list(ws) == []


def test_what_else_can_be_said_of_a_model(ws: Workspace, files: Path) -> None:
    Model.register(
        ws,
        "model.pkl",
        "iris",
        datasets=[("train", SimpleNamespace(id="d1")), ("train", SimpleNamespace(id="d2"))],
        sample_input_dataset=SimpleNamespace(id="in"),
        resource_configuration=ResourceConfiguration(cpu=2, memory_in_gb=1.5),
    )
    model = Model(ws, "iris")
    assert model.datasets == {"train": ["d1", "d2"]}
    assert model.sample_input_dataset == "in"
    assert (model.resource_configuration.cpu, model.resource_configuration.memory_in_gb) == (2, 1.5)
    assert [m.id for m in Model.list(ws, dataset_id="d2")] == ["iris:1"]
    assert Model.list(ws, dataset_id="d3") == []
    model.add_dataset_references([("test", SimpleNamespace(id="d3"))])
    assert Model(ws, "iris").datasets == {"train": ["d1", "d2"], "test": ["d3"]}


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ({}, ["b:1", "a:3", "a:2", "a:1"]),
        ({"name": "a"}, ["a:3", "a:2", "a:1"]),
        ({"latest": True}, ["b:1", "a:3"]),
        ({"name": "a", "latest": True}, ["a:3"]),
        ({"tags": ["x"]}, ["a:2", "a:1"]),
        ({"tags": [["x", "1"]]}, ["a:1"]),
        ({"tags": [["x", "1"], "y"]}, []),
        ({"tags": ["x"], "properties": [["p", "q"]]}, ["a:2"]),
        ({"model_framework": "Onnx"}, ["b:1"]),
        ({"run_id": "no-run"}, []),
        ({"name": "zzz"}, []),
    ],
)
def test_list_filters(ws: Workspace, files: Path, arguments: dict[str, object], ids: list[str]) -> None:
    Model.register(ws, "model.pkl", "a", tags={"x": "1"})
    Model.register(ws, "model.pkl", "a", tags={"x": "2"}, properties={"p": "q"})
    Model.register(ws, "model.pkl", "a")
    Model.register(ws, "model.pkl", "b", model_framework=Model.Framework.ONNX)
    assert [model.id for model in Model.list(ws, **arguments)] == ids  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [{"tags": {"a": "b"}}, {"tags": "a"}, {"page_count": 5}, {"tags": [["a", 1, 2]]}])
def test_what_list_refuses(ws: Workspace, arguments: dict[str, object]) -> None:
    with pytest.raises(UserErrorException):
        Model.list(ws, **arguments)  # type: ignore[arg-type]


def test_the_getter_takes_the_newest_that_matches(ws: Workspace, files: Path) -> None:
    Model.register(ws, "model.pkl", "iris", tags={"stage": "prod"})
    Model.register(ws, "model.pkl", "iris", tags={"stage": "dev"})
    assert Model(ws, "iris").version == 2
    assert Model(ws, "iris", tags=[["stage", "prod"]]).version == 1
    assert Model(ws, "iris", tags=["stage"]).version == 2
    assert Model(ws, "iris", version="1").version == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "gist"),
    [
        ({}, "name or id"),
        ({"name": "irys"}, r"^ModelNotFound: Model with name irys.*iris"),
        ({"name": "iris", "version": 7}, "versions 1"),
        ({"id": "iris:9"}, "ModelNotFound"),
        ({"id": "iris"}, "name:version"),
        ({"name": "iris", "version": "x"}, "int"),
        ({"name": "iris", "tags": ["no"]}, "ModelNotFound"),
    ],
)
def test_what_the_getter_does_not_find(ws: Workspace, files: Path, arguments: dict[str, object], gist: str) -> None:
    Model.register(ws, "model.pkl", "iris")
    with pytest.raises(WebserviceException) as caught:
        Model(ws, **arguments)  # type: ignore[arg-type]
    assert __import__("re").search(gist, caught.value.message, 16)
    assert caught.value.hint


def test_download_does_not_overwrite_unless_told(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "saved", "iris")
    assert model.download("out") == "out/saved"
    Path("out/saved/mine.txt").write_text("mine")
    with pytest.raises(WebserviceException, match="File already exists. To overwrite, set exist_ok to True"):
        model.download("out")
    assert tree("out/saved") == ["mine.txt", "model.h5", "vocab/.hidden", "vocab/words.txt"]
    Path("out/saved/model.h5").write_text("mine")
    model.download("out", exist_ok=True)
    assert tree("out/saved") == ["mine.txt", "model.h5", "vocab/.hidden", "vocab/words.txt"]
    assert Path("out/saved/model.h5").read_text() == "saved/model.h5"
    with pytest.raises(WebserviceException, match="deprecated"):
        model.download("out", exists_ok=True)


def test_a_download_to_a_file_is_refused(ws: Workspace, files: Path) -> None:
    with pytest.raises(WebserviceException, match="is a file"):
        Model.register(ws, "saved", "iris").download("model.pkl")


def test_a_download_can_be_changed_without_harm(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "model.pkl", "iris")
    with open(model.download("one"), "ab") as file:
        file.write(b"more")
    assert Path(model.download("two")).read_bytes() == b"weights"


def test_serialize_has_v1s_keys_and_comes_back(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "model.pkl", "iris", tags={"a": "b"}, datasets=[("t", SimpleNamespace(id="1"))])
    data = model.serialize()
    assert (
        list(data)
        == (
            "createdTime createdBy description id mimeType name framework frameworkVersion tags properties unpack url "
            "version experimentName runId runDetails datasets resourceConfiguration sampleInputDatasetId "
            "sampleOutputDatasetId"
        ).split()
    )
    again = Model.deserialize(ws, json.loads(json.dumps(data)))
    assert again.serialize() == data
    assert vars(again) == vars(model)
    with pytest.raises(WebserviceException, match="payload"):
        Model.deserialize(ws, {"name": "x"})


def test_tags_and_properties_change_as_in_v1(ws: Workspace, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = Model.register(ws, "model.pkl", "iris", tags={"a": "1"}, properties={"p": "1"})
    capsys.readouterr()
    model.add_tags({"a": "2", "b": "3"})
    model.remove_tags(["b", "zz"])
    model.add_properties({"q": "2"})
    assert capsys.readouterr().out.splitlines() == [
        "Replacing tag a -> 1 with a -> 2",
        "Model tag add operation complete.",
        "Tag with key zz not found.",
        "Model tag remove operation complete.",
        "Model properties add operation complete.",
    ]
    again = Model(ws, "iris")
    assert again.tags == model.tags == {"a": "2"}
    assert again.properties == {"p": "1", "q": "2"}


def test_a_property_is_never_changed_and_then_nothing_is(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "model.pkl", "iris", properties={"p": "1"})
    with pytest.raises(WebserviceException, match="cannot be changed"):
        model.update_tags_properties(add_tags={"x": "y"}, add_properties={"p": "2", "q": "3"})
    assert (Model(ws, "iris").tags, Model(ws, "iris").properties) == ({}, {"p": "1"})


def test_update_replaces(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "model.pkl", "iris", tags={"a": "1"}, description="old")
    model.update(tags={"b": "2"}, resource_configuration=ResourceConfiguration(cpu=1))
    again = Model(ws, "iris")
    assert (again.tags, again.description, again.resource_configuration.cpu) == ({"b": "2"}, "old", 1)
    model.update(description="new")
    assert (Model(ws, "iris").tags, Model(ws, "iris").description) == ({"b": "2"}, "new")


def test_a_model_changed_by_two_keeps_both_changes(ws: Workspace, files: Path) -> None:
    Model.register(ws, "model.pkl", "iris")
    one, other = Model(ws, "iris"), Model(Workspace.get(ws.name), "iris")
    one.add_tags({"a": "1"})
    other.add_tags({"b": "2"})
    assert Model(ws, "iris").tags == {"a": "1", "b": "2"}


def test_equal_bytes_are_kept_once_and_as_long_as_needed(ws: Workspace, files: Path) -> None:
    shutil.copy("model.pkl", "saved/copy.pkl")
    first = Model.register(ws, "model.pkl", "one")
    second = Model.register(ws, "saved", "two")
    assert stored(ws) == 4
    first.delete()
    assert stored(ws) == 4
    second.download("out")
    assert Path("out/saved/copy.pkl").read_bytes() == b"weights"
    second.delete()
    assert stored(ws) == 0


def test_a_model_in_use_is_not_deleted(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "model.pkl", "iris")
    services = ws._store.records("webservice")
    services.create("svc", {"name": "svc", "modelIds": ["iris:1"]})
    with pytest.raises(WebserviceException, match="svc") as caught:
        model.delete()
    assert caught.value.status_code == 412
    assert Model(ws, "iris").version == 1
    services.delete("svc")
    model.delete()
    assert ws.models == {}


def test_a_deleted_model_says_so(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "model.pkl", "iris")
    Model(ws, "iris").delete()
    for act in (lambda: model.add_tags({"a": "b"}), lambda: model.update(description="x")):
        with pytest.raises(WebserviceException, match="deleted meanwhile"):
            act()
    with pytest.raises(WebserviceException, match="deleted meanwhile"):
        model._materialise(Path("out"))


def test_a_file_that_vanishes_while_it_is_registered_is_kept_again(
    ws: Workspace, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process deletes the last model with these bytes between the staging and the commit."""
    other = Model.register(ws, "model.pkl", "other")
    collect, calls = ws._artifacts.add_file, []

    def then_deleted(path: str | Path) -> object:
        digest = collect(path)
        if not calls:
            other.delete()
        calls.append(path)
        return digest

    monkeypatch.setattr(ws._artifacts, "add_file", then_deleted)
    model = Model.register(ws, "model.pkl", "iris")
    assert len(calls) == 2
    for _, digest in model._files():
        ws._artifacts.verify(digest)


def test_lost_bytes_are_told(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "model.pkl", "iris")
    ws._artifacts.remove(model._files()[0][1].sha256)
    with pytest.raises(StoreError, match="gone"):
        model.download("out")
    assert not Path("out/model.pkl").exists()


def test_the_urls_of_its_files_can_be_read(ws: Workspace, files: Path) -> None:
    urls = Model.register(ws, "model.pkl", "iris").get_sas_urls()
    assert list(urls) == ["model.pkl"]
    with urllib.request.urlopen(urls["model.pkl"]) as answer:
        assert answer.read() == Path("model.pkl").read_bytes()


class RegistryMachine(RuleBasedStateMachine):
    """The registry against a dict of (name, version)."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        os.environ["AML_NB_HOME"] = str(self.home)
        self.ws = Workspace.create("machine", show_output=False)
        self.models: dict[tuple[str, int], tuple[bytes, dict[str, str]]] = {}
        self.last: dict[str, int] = {}

    def teardown(self) -> None:
        self.ws._store.close()
        shutil.rmtree(self.home)

    @rule(name=st.sampled_from("ab"), data=st.sampled_from([b"", b"1", b"22"]), tag=st.sampled_from("xy"))
    def register(self, name: str, data: bytes, tag: str) -> None:
        (self.home / "file").write_bytes(data)
        model = Model.register(self.ws, str(self.home / "file"), name, tags={tag: "1"})
        self.last[name] = self.last.get(name, 0) + 1
        assert model.version == self.last[name]
        self.models[name, model.version] = (data, {tag: "1"})

    @precondition(lambda self: self.models)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name, version = data.draw(st.sampled_from(sorted(self.models)))
        Model(self.ws, name, version=version).delete()
        del self.models[name, version]

    @precondition(lambda self: self.models)
    @rule(data=st.data(), key=st.sampled_from("xyz"), value=st.text(max_size=5))
    def tag(self, data: st.DataObject, key: str, value: str) -> None:
        name, version = data.draw(st.sampled_from(sorted(self.models)))
        Model(self.ws, name, version=version).add_tags({key: value})
        self.models[name, version][1][key] = value

    @rule()
    def open_again(self) -> None:
        self.ws = Workspace.get("machine")

    @invariant()
    def the_registry_is_what_it_should_be(self) -> None:
        listed = {(m.name, m.version): m for m in Model.list(self.ws)}
        assert {key: m.tags for key, m in listed.items()} == {key: tags for key, (_, tags) in self.models.items()}
        assert {m.name: m.version for m in self.ws.models.values()} == {n: v for n, v in sorted(self.models)}
        assert len(list(self.ws._artifacts)) == len({data for data, _ in self.models.values()})
        for key, (data, _) in self.models.items():
            ((path, digest),) = listed[key]._files()
            assert path == "file"
            with self.ws._artifacts.open(digest) as file:
                assert file.read() == data


RegistryMachine.TestCase.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
TestRegistryMachine = RegistryMachine.TestCase


def test_garbage_is_what_no_model_has(ws: Workspace, files: Path) -> None:
    model = Model.register(ws, "model.pkl", "iris")
    ws._artifacts.add_file("saved/model.h5")
    assert model_rows.registry(ws).collect_garbage() == 1
    assert stored(ws) == 1
    ws._artifacts.verify(model._files()[0][1])

"""Registered datasets: names, versions, tags, what is found and what is not, and what models and runs refer to."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datasets import registry
from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.file_dataset import FileDataset
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException


@pytest.fixture
def dataset(ws: Workspace) -> FileDataset:
    Path("data").mkdir()
    Path("data/1.csv").write_text("a\n1\n")
    store = ws.get_default_datastore()
    store.upload("data", target_path="data", show_progress=False)
    return Dataset.File.from_files((store, "data/*.csv"))


def test_a_registered_dataset_is_found_again(ws: Workspace, dataset: FileDataset) -> None:
    assert (dataset.id, dataset.name, dataset.version, dataset.description, dataset.tags) == (None,) * 5
    made = dataset.register(ws, "iris files", "what it is", {"format": "CSV", "n": 1})  # type: ignore[dict-item]
    for found in (
        made,
        Dataset.get_by_name(ws, "iris files"),
        Dataset.get_by_name(ws, name="iris files", version=1),
        Dataset.get_by_name(ws, "iris files", "1"),
        Dataset.get_by_id(ws, made.id),
        ws.datasets["iris files"],
        Dataset.get_all(ws)["iris files"],
        ws.datasets.get("iris files"),
    ):
        assert isinstance(found, FileDataset)
        assert (found.id, found.name, found.version) == (made.id, "iris files", 1)
        assert (found.description, found.tags) == ("what it is", {"format": "CSV", "n": "1"})
        assert found.to_path() == ["/1.csv"]
    assert dict(ws.datasets).keys() == {"iris files"}
    assert "other" not in ws.datasets
    assert ws.datasets.get("other") is None
    assert dataset.name is None


def test_versions(ws: Workspace, dataset: FileDataset) -> None:
    first = dataset.register(ws, "d")
    with pytest.raises(UserErrorException, match="create_new_version=True"):
        dataset.register(ws, "d")
    second = dataset.take(1).register(workspace=ws, name="d", create_new_version=True)
    assert (first.version, second.version, ws.datasets["d"].version) == (1, 2, 2)
    assert first.id != second.id
    assert Dataset.get_by_name(ws, "d", version=1)._definition == dataset._definition
    assert Dataset.get_by_name(ws, "d", version="latest")._definition == dataset.take(1)._definition
    assert dataset.register(ws, "new", create_new_version=True).version == 1


@pytest.mark.parametrize("version", ["newest", -1, 1.5, True, ""])
def test_versions_that_are_none(ws: Workspace, dataset: FileDataset, version: Any) -> None:
    dataset.register(ws, "d")
    with pytest.raises(UserErrorException, match="version"):
        Dataset.get_by_name(ws, "d", version)


def test_what_is_not_there_is_told_with_what_is(ws: Workspace, dataset: FileDataset) -> None:
    dataset.register(ws, "diabetes dataset")
    with pytest.raises(UserErrorException, match="Cannot find dataset registered with name") as caught:
        Dataset.get_by_name(ws, "diabetes datasets")
    assert "'diabetes dataset'" in str(caught.value.hint)
    with pytest.raises(KeyError):
        ws.datasets["x"]
    with pytest.raises(UserErrorException, match=r"version 7.*There is: 1"):
        Dataset.get_by_name(ws, "diabetes dataset", 7)
    with pytest.raises(UserErrorException, match="id nothing"):
        Dataset.get_by_id(ws, "nothing")
    with pytest.raises(TypeError, match="square brackets"):
        ws.datasets("x")  # type: ignore[operator]


@pytest.mark.parametrize("name", ["", " ", "a" * 256, "a\nb", None, 7, " a"])
def test_names_that_are_none(ws: Workspace, dataset: FileDataset, name: Any) -> None:
    with pytest.raises(UserErrorException, match="Dataset name"):
        dataset.register(ws, name)
    assert list(ws.datasets) == []


def test_description_and_tags_change(ws: Workspace, dataset: FileDataset) -> None:
    made = dataset.register(ws, "d", "old", {"a": "1"})
    assert made.update(description="new") is made
    assert (made.description, made.tags) == ("new", {"a": "1"})
    made.add_tags({"b": "2", "a": "3"})
    made.remove_tags(["a", "nothing"])
    assert made.tags == ws.datasets["d"].tags == {"b": "2"}
    made.update(tags={})
    assert (ws.datasets["d"].tags, ws.datasets["d"].description) == ({}, "new")
    with pytest.raises(UserErrorException, match="tags must be a dict"):
        made.update(tags="x")  # type: ignore[arg-type]


def test_an_unregistered_dataset_gets_the_error_as_the_result(ws: Workspace, dataset: FileDataset) -> None:
    for result in (dataset.update(description="x"), dataset.add_tags({"a": "b"}), dataset.remove_tags(["a"])):
        assert isinstance(result, UserErrorException)
        assert "must be registered" in result.message


def test_unregistering_leaves_what_refers_to_it(ws: Workspace, dataset: FileDataset) -> None:
    made = dataset.register(ws, "d")
    dataset.register(ws, "d", create_new_version=True).unregister_all_versions()
    assert list(ws.datasets) == []
    assert Dataset.get_by_id(ws, made.id).to_path() == ["/1.csv"]
    assert Dataset.get_by_id(ws, made.id).name is None
    with pytest.raises(UserErrorException, match="not registered"):
        dataset.unregister_all_versions()
    assert dataset.register(ws, "d").version >= 1


def test_a_dataset_keeps_its_definition_not_its_data(ws: Workspace, dataset: FileDataset) -> None:
    dataset.register(ws, "d")
    Path("data/2.csv").write_text("b")
    store = ws.get_default_datastore()
    store.upload("data", target_path="data", show_progress=False)
    assert ws.datasets["d"].to_path() == ["/1.csv", "/2.csv"]
    for path in store._local("data").iterdir():
        path.unlink()
    with pytest.raises(DatasetExecutionError, match=r"'data/\*\.csv' of the datastore workspaceblobstore"):
        ws.datasets["d"].to_path()
    assert ws.datasets["d"].data_changed_time is None


def test_when_the_data_changed(ws: Workspace, dataset: FileDataset) -> None:
    path = ws.get_default_datastore()._local("data/1.csv")
    assert dataset.data_changed_time is not None
    assert dataset.data_changed_time.timestamp() == pytest.approx(path.stat().st_mtime, abs=0.01)


def test_a_datastore_of_another_workspace(ws: Workspace, dataset: FileDataset) -> None:
    other = Workspace.create("other", show_output=False)
    dataset.register(other, "d")
    assert Workspace.get("other").datasets["d"].to_path() == ["/1.csv"]
    assert list(ws.datasets) == []


def test_equal_definitions_are_kept_once(ws: Workspace, dataset: FileDataset) -> None:
    first, again, other = dataset, dataset.skip(0).skip(0), dataset.skip(0).skip(0)
    assert registry.save(again, ws) == registry.save(other, ws) == again.id
    assert registry.save(first, ws) != again.id
    assert Dataset.get_by_id(ws, str(again.id))._definition == again._definition
    registered = dataset.register(ws, "d")
    assert registry.save(registered, ws) == registered.id
    assert again.tags is None


def _register(home: str, number: int, out: Any) -> None:
    import os

    os.environ["AML_NB_HOME"] = home
    workspace = Workspace.get("test-ws")
    dataset = Dataset.File.from_files((workspace.get_default_datastore(), f"data/{number}"), validate=False)
    versions = [dataset.register(workspace, "raced", create_new_version=True).version for _ in range(10)]
    try:
        dataset.register(workspace, "once")
        out.put((versions, True))
    except UserErrorException:
        out.put((versions, False))


def test_processes_that_register_at_once_get_versions_of_their_own(ws: Workspace, home: Path) -> None:
    context = multiprocessing.get_context("fork")
    out = context.Queue()
    racers = [context.Process(target=_register, args=(str(home), number, out)) for number in range(3)]
    for racer in racers:
        racer.start()
    results = [out.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join()
    out.close()
    out.join_thread()
    assert sorted(version for versions, _ in results for version in versions) == list(range(1, 31))
    assert sum(first for _, first in results) == 1
    assert ws.datasets["once"].version == 1


def test_a_models_datasets_are_datasets(ws: Workspace, dataset: FileDataset) -> None:
    Path("m.pkl").write_text("m")
    made = dataset.register(ws, "d")
    model = Model.register(
        ws,
        "m.pkl",
        "m",
        datasets=[(Dataset.Scenario.TRAINING, made), (Dataset.Scenario.VALIDATION, dataset.take(1))],
        sample_input_dataset=made,
    )
    assert [found.name for found in model.datasets["training"]] == ["d"]
    assert Model(ws, "m").datasets["validation"][0]._definition == dataset.take(1)._definition
    assert Model(ws, "m").sample_input_dataset.id == made.id
    assert Model(ws, "m").sample_output_dataset is None
    assert [found.name for found in Model.list(ws, dataset_id=made.id)] == ["m"]
    model.add_dataset_references([("test", made)])
    assert Model(ws, "m").datasets["test"][0].version == 1
    made.unregister_all_versions()
    assert Model(ws, "m").datasets["test"][0].to_path() == ["/1.csv"]


def test_the_ways_of_v1s_first_releases(ws: Workspace, dataset: FileDataset) -> None:
    made = dataset.register(ws, "d")
    with pytest.warns(DeprecationWarning, match="get_by_name"):
        assert Dataset.get(ws, "d").id == made.id
    with pytest.warns(DeprecationWarning, match="get_by_name"):
        assert Dataset(None, ws, id=made.id).name == "d"
    with pytest.warns(DeprecationWarning, match="get_all"):
        assert [found.name for found in Dataset.list(ws)] == ["d"]
    with pytest.warns(DeprecationWarning), pytest.raises(UserErrorException, match="name or an id"):
        Dataset.get(ws)
    with pytest.warns(DeprecationWarning, match=r"File\.from_files"):
        assert isinstance(Dataset.from_binary_files((ws.get_default_datastore(), "data")), AbstractDataset)

"""Where the files of datasets are: patterns, sources, what is shared by paths, partitions, and definitions as JSON."""

from __future__ import annotations

import glob
import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.data.datapath import DataPath
from aml_nb.core.data.datasets import globs
from aml_nb.core.data.datasets.definition import FILE, Definition, Source, expand
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.partitions import PartitionFormat
from aml_nb.core.data.datasets.sources import read_sources
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException

NAMES = st.sampled_from(["a", "b", "a.csv", "b.csv", "x y", "ü", "a[1]"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.sampled_from(["*", "**", "a", "*.csv", "?", "[ab]", "[!a].csv", "x*y"])


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")


def shown(*paths: str) -> list[str]:
    return [file.display for file in expand(None, Definition(FILE, tuple(Source(path) for path in paths)))]


@settings(max_examples=60, deadline=None)
@given(st.sets(PATHS, max_size=8), st.lists(PARTS, min_size=1, max_size=4).map("/".join))
def test_patterns_mean_what_they_mean_to_glob(names: set[str], pattern: str) -> None:
    with tempfile.TemporaryDirectory() as root:
        for name in sorted(names, key=len):
            try:
                make(Path(root), name)
            except (NotADirectoryError, IsADirectoryError, FileExistsError):
                continue
        found = {name for name in globs.walk(root, globs.depth(pattern)) if globs.compile_pattern(pattern).match(name)}
        found = {name for name in found if globs.compile_pattern(pattern).fullmatch(name)}
        wanted = glob.glob(pattern, root_dir=root, recursive=True)
        assert found == {name for name in wanted if os.path.isfile(os.path.join(root, name))}


def test_paths_are_relative_to_what_all_of_them_share(tmp_path: Path) -> None:
    make(tmp_path, "a/1.csv", "a/b/2.csv", "c/3.csv")
    root = str(tmp_path)
    assert shown(f"{root}/**/*.csv") == ["/a/1.csv", "/a/b/2.csv", "/c/3.csv"]
    assert shown(f"{root}/a") == ["/1.csv", "/b/2.csv"]
    assert shown(f"{root}/a/") == ["/1.csv", "/b/2.csv"]
    assert shown(f"{root}/a/*.csv") == ["/1.csv"]
    assert shown(f"{root}/a/1.csv") == ["/1.csv"]
    assert shown(f"{root}/a/1.csv", f"{root}/c/3.csv") == ["/a/1.csv", "/c/3.csv"]
    assert shown("https://host/d/../x.gz", "http://host/y.gz") == ["/https/host/d/x.gz", "/http/host/y.gz"]


def test_a_name_with_brackets_is_that_file_where_it_is_there(tmp_path: Path) -> None:
    make(tmp_path, "a[1].csv", "a1.csv")
    assert shown(f"{tmp_path}/a[1].csv") == ["/a[1].csv"]
    make(tmp_path, "*.csv")
    assert shown(f"{tmp_path}/*.csv") == ["/*.csv", "/a1.csv", "/a[1].csv"]
    (tmp_path / "a[1].csv").unlink()
    assert shown(f"{tmp_path}/a[1].csv") == ["/a1.csv"]


def test_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    make(tmp_path, "a/1.csv")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "other").symlink_to(tmp_path / "a")
    assert shown(str(tmp_path)) == ["/a/1.csv", "/other/1.csv"]


def test_what_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    for path in ("nothing", "nothing/*.csv", "*.csv"):
        with pytest.raises(DatasetExecutionError, match="has no file") as caught:
            shown(f"{tmp_path}/{path}")
        assert str(tmp_path) in caught.value.message
        assert isinstance(caught.value.inner_exception, FileNotFoundError)


def test_every_form_of_a_path(ws: Workspace, tmp_path: Path) -> None:
    store = ws.get_default_datastore()
    address = f"{ws.subscription_id}/{ws.resource_group}/{ws.name}"
    on_store = Source("a/*.csv", "workspaceblobstore", address)
    assert read_sources((store, "/a/*.csv")) == ((on_store,), store.workspace)
    assert read_sources([DataPath(store, "a/*.csv")]).sources == (on_store,)
    assert read_sources([(store, "a/*.csv"), (store, ["b", "c"])]).sources[2].path == "c"
    assert read_sources(store.path("a/*.csv")).sources == (on_store,)
    assert read_sources("https://host/x").sources == (Source("https://host/x"),)
    assert read_sources(tmp_path / "x").sources == (Source(str(tmp_path / "x")),)
    assert read_sources(f"file://{tmp_path}/x%20y").sources == (Source(f"{tmp_path}/x y"),)


@pytest.mark.parametrize("path", ["", [], " ", None, 7, [None], ("a", "b", 3)])
def test_what_is_no_path(path: Any) -> None:
    with pytest.raises(UserErrorException):
        read_sources(path)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "..", 7])
def test_a_path_does_not_lead_out_of_its_datastore(ws: Workspace, path: Any) -> None:
    with pytest.raises(UserErrorException):
        read_sources((ws.get_default_datastore(), path))


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda below: st.lists(below, max_size=3))


@given(
    st.lists(st.builds(Source, st.text(min_size=1), st.none() | st.text(), st.none() | st.text()), max_size=3),
    st.dictionaries(st.text(), JSON, max_size=3),
    st.lists(st.dictionaries(st.text(), JSON, max_size=2), max_size=3),
)
def test_a_definition_is_json(sources: list[Source], read: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    definition = Definition(FILE, tuple(sources), read, tuple(operations))
    assert Definition.from_json(definition.to_json()) == definition
    assert Definition.from_dict(json.loads(json.dumps(definition.then("take", count=1).to_dict()))).operations[-1] == {
        "do": "take",
        "count": 1,
    }


@pytest.mark.parametrize(
    ("text", "path", "values"),
    [
        (
            "/{dept}/{day:yyyy/MM/dd}/data.csv",
            "/x/HR/2019/01/31/data.csv",
            {"dept": "HR", "day": datetime(2019, 1, 31)},
        ),
        ("{user}/*.wav", "/sound/ann/1.wav", {"user": "ann"}),
        ("{a}-{b}.csv", "/1-2.csv", {"a": "1", "b": "2"}),
        ("{t:yyyyMMdd_HHmmss}.csv", "/20200229_235958.csv", {"t": datetime(2020, 2, 29, 23, 59, 58)}),
        ("/{y:yyyy}/**", "/d/2021/a.csv", {"y": datetime(2021, 1, 1)}),
    ],
)
def test_values_in_paths(text: str, path: str, values: dict[str, Any]) -> None:
    form = PartitionFormat(text)
    assert (form.values(path), form.keys) == (values, list(values))
    assert [form.is_time(key) for key in form.keys] == [isinstance(value, datetime) for value in values.values()]


@pytest.mark.parametrize("path", ["/HR/2019/13/31/data.csv", "/HR/data.csv", "/2019/01/31/data.csvx", ""])
def test_a_path_of_another_form_is_told(path: str) -> None:
    with pytest.raises(DatasetExecutionError, match="partition_format|the form"):
        PartitionFormat("/{dept}/{day:yyyy/MM/dd}/data.csv").values(path)


@pytest.mark.parametrize("text", ["data.csv", "{a}/{a}.csv", "{t:yyyy/yyyy}", "{}"])
def test_formats_that_are_none(text: str) -> None:
    with pytest.raises(UserErrorException, match="partition_format"):
        PartitionFormat(text)

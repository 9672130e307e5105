"""Where mini-batches come from: every item once, in the same order each time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.engines.batch import BatchError, BatchSpec
from aml_nb.engines.batch import sources as sources_module
from aml_nb.engines.batch.sources import FolderSource, PathsSource, open_source

NAME = st.binary(min_size=1, max_size=12).filter(lambda name: b"\0" not in name)


@settings(max_examples=80, deadline=None)
@given(
    groups=st.lists(st.lists(NAME, max_size=7), max_size=5),
    size=st.integers(1, 5),
    block=st.integers(1, 30),
    ended=st.booleans(),
)
def test_a_list_of_paths_is_cut_by_size_and_at_empty_paths(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[bytes]], size: int, block: int, ended: bool
) -> None:
    path = tmp_path_factory.mktemp("list") / "items"
    data = b"\0".join(b"".join(name + b"\0" for name in group) for group in groups)
    path.write_bytes(data if ended else data.removesuffix(b"\0"))
    wanted = [group[start : start + size] for group in groups for start in range(0, len(group), size)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources_module, "_BLOCK", block)
        source = PathsSource(path, size)
        found = list(source.batches(()))
        assert [[os.fsencode(name) for name in batch.payload] for batch in found] == wanted
        assert [batch.number for batch in found] == list(range(len(wanted)))
        assert source.counted() == (sum(map(len, groups)), len(wanted))
        assert [batch.number for batch in source.batches({0, 2})] == [n for n in range(len(wanted)) if n not in (0, 2)]


def test_a_folder_is_listed_in_order_once_with_any_name(tmp_path: Path) -> None:
    top = tmp_path / "data"
    (top / "b" / "deep").mkdir(parents=True)
    (top / "empty").mkdir()
    names = ["z.csv", "a\nb.csv", " .csv", os.fsdecode(b"\xff.csv")]
    for name in names:
        (top / name).touch()
    (top / "b" / "deep" / "x.csv").touch()
    (top / "b" / "x.txt").touch()
    (top / "link").symlink_to(top / "b", target_is_directory=True)
    (top / "b" / "round").symlink_to(top, target_is_directory=True)
    (top / "broken").symlink_to("nowhere")
    source = FolderSource(str(top), "*.csv", tmp_path / "items", 3)
    listed = [path for batch in source.batches(()) for path in batch.payload]
    here = [str(top / name) for name in sorted(names, key=os.fsencode)]
    assert listed == [*here, str(top / "b/deep/x.csv"), str(top / "link/deep/x.csv")]
    (top / "new.csv").touch()
    again = FolderSource(str(top), "*.csv", tmp_path / "items", 3)
    assert [path for batch in again.batches(()) for path in batch.payload] == listed


def test_a_listing_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").touch()
    (tmp_path / "items.staged").write_bytes(b"/half")
    assert FolderSource(str(tmp_path / "data"), "*", tmp_path / "items", 3).counted() == (1, 1)


def spec(source: dict[str, object]) -> BatchSpec:
    return BatchSpec(source=source, entry_script="score.py", source_directory="/nowhere", mini_batch_size=4)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"kind": "paths", "file": "/nowhere/items"}, "no list of paths"),
        ({"kind": "folder", "path": "/nowhere/data"}, "cannot be read: No such file"),
        ({"kind": "parquet"}, "no kind of source 'parquet'"),
    ],
)
def test_a_source_that_is_not_there_is_named(tmp_path: Path, source: dict[str, object], said: str) -> None:
    with pytest.raises(BatchError, match=said):
        open_source(spec(source), tmp_path)


def made(facts: dict[str, object], spec: BatchSpec) -> PathsSource:
    return PathsSource(str(facts["file"]), spec.mini_batch_size)


def test_a_source_may_be_a_function_of_others(tmp_path: Path) -> None:
    (tmp_path / "items").write_bytes(b"a\0b\0")
    found = open_source(spec({"kind": f"{__name__}:made", "file": str(tmp_path / "items")}), tmp_path)
    assert found.counted() == (2, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mini_batch_size": 0}, "mini_batch_size is 0; it is 1 at least"),
        ({"run_max_try": 0}, "run_max_try is 0"),
        ({"error_threshold": -2}, "error_threshold is -2; it is -1 at least"),
        ({"run_invocation_timeout": 0}, "run_invocation_timeout is 0"),
        ({"allowed_failed_percent": 101}, "between 0 and 100"),
        ({"output_action": "append"}, "'append_row' or 'summary_only'"),
    ],
)
def test_a_specification_that_no_job_can_be_made_of_is_refused(change: dict[str, object], said: str) -> None:
    facts = {**spec({"kind": "folder", "path": "."}).to_dict(), **change}
    with pytest.raises(BatchError, match=said):
        BatchSpec.from_dict(facts).check()

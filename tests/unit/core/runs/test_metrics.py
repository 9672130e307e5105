"""The journal of metrics: whatever is appended is read back, whoever else appends and whatever was torn."""

from __future__ import annotations

import math
import os
import resource
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.runs import metrics
from aml_nb.core.runs.metrics import Entry, Journal, summary
from aml_nb.errors import StoreError

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text()
ENTRIES = st.lists(
    st.builds(
        Entry,
        st.text(min_size=1),
        st.sampled_from([metrics.SCALAR, metrics.LIST, metrics.ROW]),
        SCALARS | st.lists(SCALARS) | st.dictionaries(st.text(), SCALARS),
        st.none() | st.integers(),
        st.integers(0, 2**50),
    ),
    max_size=8,
)


def same(one: Any, other: Any) -> bool:
    """Equality that takes a NaN for a NaN."""
    return repr(one) == repr(other)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journals")


def fresh(folder: Path) -> Journal:
    return Journal(folder / os.urandom(8).hex() / "metrics.jsonl")


@settings(max_examples=60, deadline=None)
@given(entries=ENTRIES)
def test_what_is_appended_is_read_back(folder: Path, entries: list[Entry]) -> None:
    journal = fresh(folder)
    for entry in entries:
        journal.append(entry.name, entry.kind, entry.value, entry.step, entry.time)
    read, offset = journal.read()
    assert same(read, entries)
    assert journal.read(offset) == ([], offset)
    journal.close()


@settings(max_examples=60, deadline=None)
@given(entries=ENTRIES.filter(bool), data=st.data())
def test_a_torn_journal_gives_every_whole_line(folder: Path, entries: list[Entry], data: st.DataObject) -> None:
    journal = fresh(folder)
    ends = []
    for entry in entries:
        journal.extend([entry])
        ends.append(journal.path.stat().st_size)
    cut = data.draw(st.integers(0, ends[-1] - 1))
    os.truncate(journal.path, cut)
    whole = [entry for entry, end in zip(entries, ends, strict=True) if end <= cut]
    read, offset = journal.read()
    assert same(read, whole) or same(read, entries[: len(whole) + 1])
    # Whoever goes on after the tear loses nothing, and no torn line is taken for a whole one.
    journal.append("next", metrics.SCALAR, 1, at=5)
    assert journal.read(offset)[0][-1] == Entry("next", metrics.SCALAR, 1, None, 5)
    assert same(journal.read()[0][: len(whole)], whole)
    journal.close()


@settings(max_examples=60, deadline=None)
@given(garbage=st.binary(max_size=40), entries=ENTRIES)
def test_garbage_between_the_lines_is_passed_over(folder: Path, garbage: bytes, entries: list[Entry]) -> None:
    journal = fresh(folder)
    journal.append("first", metrics.SCALAR, 0, at=1)
    with journal.path.open("ab") as file:
        file.write(garbage.replace(b"\n", b"") + b"\x00")
    journal.extend(entries)
    read, _ = journal.read()
    assert read[0].name == "first"
    assert same(read[1:], entries)
    journal.close()


def test_reading_goes_on_where_it_ended(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "metrics.jsonl")
    assert journal.read() == ([], 0)
    journal.append("a", metrics.SCALAR, 1)
    first, offset = journal.read()
    journal.append("b", metrics.SCALAR, 2, step=7)
    second, _ = journal.read(offset)
    assert [(entry.name, entry.step) for entry in first + second] == [("a", None), ("b", 7)]


def test_threads_and_processes_append_side_by_side(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "metrics.jsonl")

    def work(name: str) -> None:
        for number in range(200):
            journal.append(name, metrics.LIST, [number] * 50)

    children = []
    for child in range(3):
        pid = os.fork()
        if not pid:
            try:
                work(f"process {child}")
            finally:
                os._exit(0)
        children.append(pid)
    threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pid in children:
        os.waitpid(pid, 0)
    found = summary(journal.read()[0])
    assert len(found) == 6
    assert all(values == [n for n in range(200) for _ in range(50)] for values in found.values())


def test_a_full_disk_is_told_and_the_lines_before_and_after_are_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "metrics.jsonl")
    journal.append("before", metrics.SCALAR, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.path.stat().st_size + 20, hard))
    try:
        with pytest.raises(StoreError, match="no room left"):
            journal.append("torn", metrics.SCALAR, "x" * 100)
        with pytest.raises(StoreError, match="no room left"):
            journal.append("none", metrics.SCALAR, "x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    journal.append("after", metrics.SCALAR, 2)
    assert summary(journal.read()[0]) == {"before": 1, "after": 2}


def test_a_run_that_was_deleted_takes_no_more(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "runs" / "r" / "metrics.jsonl")
    (tmp_path / "runs").mkdir()
    journal.append("a", metrics.SCALAR, 1)
    journal.path.unlink()
    journal.path.parent.rmdir()
    (tmp_path / "runs").rmdir()
    tmp_path.rmdir()
    with pytest.raises(StoreError, match="was deleted meanwhile"):
        journal.append("a", metrics.SCALAR, 2)
    assert not tmp_path.exists()
    tmp_path.mkdir()


def entry(name: str, kind: str, value: Any) -> Entry:
    return Entry(name, kind, value, None, 0)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("a", "scalar", 1)], {"a": 1}),
        ([("a", "scalar", 1), ("a", "scalar", 2)], {"a": [1, 2]}),
        ([("a", "scalar", 1), ("b", "scalar", 2), ("a", "scalar", 1)], {"a": [1, 1], "b": 2}),
        ([("l", "list", [1])], {"l": [1]}),
        ([("l", "list", [])], {"l": []}),
        ([("l", "list", [1, 2]), ("l", "list", [3])], {"l": [1, 2, 3]}),
        ([("l", "scalar", 0), ("l", "list", [1, 2])], {"l": [0, 1, 2]}),
        ([("r", "row", {"x": 1, "y": "a"})], {"r": {"x": 1, "y": "a"}}),
        ([("r", "row", {"x": 1}), ("r", "row", {"x": 2, "y": 3})], {"r": {"x": [1, 2], "y": 3}}),
        ([("t", "table", {"x": [1, 2], "y": [3, 4]})], {"t": {"x": [1, 2], "y": [3, 4]}}),
        ([("t", "table", {"x": [1]}), ("t", "table", {"x": [2, 3]})], {"t": {"x": [1, 2, 3]}}),
        ([], {}),
    ],
)
def test_summary_is_what_v1_makes_of_it(entries: list[tuple[str, str, Any]], expected: dict[str, Any]) -> None:
    assert summary(entry(*each) for each in entries) == expected


def test_what_is_no_number_survives(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "metrics.jsonl")
    for value in (math.nan, math.inf, -math.inf, -0.0, 5e-324):
        journal.append("v", metrics.SCALAR, value)
    values = summary(journal.read()[0])["v"]
    assert [str(value) for value in values] == ["nan", "inf", "-inf", "-0.0", "5e-324"]

"""A log that is read as it grows: no line twice, none left out, whatever is turned over meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.display import log_stream
from aml_nb.display.log_stream import beyond
from aml_nb.errors import AmlError

LINES = st.lists(st.sampled_from(["a", "b", "rows 1", ""]), max_size=12)


@given(before=LINES.filter(bool), new=LINES, lost=st.integers(0, 11))
def test_lines_that_go_on_from_a_window_are_the_new_ones(before: list[str], new: list[str], lost: int) -> None:
    now = (before + new)[min(lost, len(before) - 1) :]
    found = beyond(before, now)
    assert found is not None
    assert now[len(now) - len(found) :] == found
    assert len(found) <= len(new), "a line that was there is not told again"


@given(before=LINES.filter(bool), new=st.lists(st.sampled_from(["x", "y"]), max_size=5))
def test_other_lines_are_exactly_those_that_came(before: list[str], new: list[str]) -> None:
    assert beyond(before, before + new) == new


def test_nothing_in_common_is_said() -> None:
    assert beyond([], ["a"]) == ["a"]
    assert beyond(["a"], ["b", "c"]) is None
    assert beyond(["a"], []) is None


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "svc"
    folder.mkdir()
    return folder / "service.log"


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_whole_lines_come_once(log: Path) -> None:
    file = log_stream._File(log)
    assert file.read() == []
    add(log, "one\ntwo\nthr")
    assert file.read() == ["one", "two"]
    assert file.read() == []
    add(log, "ee\n\x1b[31mred\x1b[0m\x07\n")
    assert file.read() == ["three", "red "]


def test_a_file_that_is_turned_over_loses_no_line(log: Path) -> None:
    file = log_stream._File(log)
    add(log, "one\n")
    assert file.read() == ["one"]
    add(log, "two\n")
    os.replace(log, f"{log}.1")
    add(log, "three\n")
    assert file.read() == ["two", "three"]
    log.write_text("new\n")
    assert file.read() == ["new"], "one that is shorter was begun anew"


def test_of_a_long_log_only_the_end_is_read(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_stream, "_MOST_BYTES", 1000)
    add(log, "".join(f"line {number:04d}\n" for number in range(10_000)))
    found = log_stream._File(log).read()
    assert found[-1] == "line 9999" and 90 <= len(found) <= 100
    assert all(line.startswith("line ") for line in found)


def test_a_service_that_is_gone_is_said(log: Path) -> None:
    file = log_stream._File(log)
    log.parent.rmdir()
    with pytest.raises(AmlError, match="was deleted"):
        file.read()

"""Parts of logs: they join without a gap, and end where lines end."""

from __future__ import annotations

import io
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aml_nb.labserver import ranges


@given(st.text(alphabet="aé€😀\n", max_size=300), st.integers(4, 40))
def test_parts_join_to_the_whole(text: str, most: int) -> None:
    data = text.encode()
    file, at, found = io.BytesIO(data), 0, ""
    while at < len(data):
        part = ranges.read(file, at, most)
        assert part.start == at and part.end > at and part.size == len(data)
        assert "�" not in part.text
        assert part.end == len(data) or part.text.endswith("\n") or "\n" not in part.text
        at, found = part.end, found + part.text
    assert found == text


@given(st.text(alphabet="ab€\n", max_size=200), st.integers(1, 250))
def test_the_end_begins_with_a_whole_line(text: str, back: int) -> None:
    data = text.encode()
    part = ranges.read(io.BytesIO(data), -back, 10_000)
    assert part.end == len(data) and part.start >= len(data) - back or part.start == 0
    behind_a_line = part.start == 0 or data[part.start - 1 : part.start] == b"\n"
    assert behind_a_line or b"\n" not in data[len(data) - back : -1]


def test_a_log_that_was_begun_anew_is_read_from_its_beginning() -> None:
    part = ranges.read(io.BytesIO(b"new\n"), 5000)
    assert (part.start, part.end, part.text) == (0, 4, "new\n")


def test_a_character_that_is_not_whole_yet_waits() -> None:
    data = "ab€".encode()
    assert ranges.read(io.BytesIO(data[:-1]), 0).text == "ab"
    assert ranges.read(io.BytesIO(data), 2).text == "€"
    assert ranges.read(io.BytesIO(b"\xff\xfe"), 0).text == "��"


def test_the_end_of_a_huge_log_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "huge.log"
    with path.open("wb") as file:
        file.truncate(500 * 2**20)  # takes no room on the disk
        file.seek(0, io.SEEK_END)
        file.write(b"\nthe end\n")
    began = time.process_time()
    with path.open("rb") as file:
        part = ranges.read(file, -100)
        assert part.text == "the end\n" and part.size == 500 * 2**20 + 9
    assert time.process_time() - began < 0.5

"""The last lines of a log in parts."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aml_nb.engines.tail import tail


def test_older_parts_are_read_where_the_newest_has_too_few(tmp_path: Path) -> None:
    (tmp_path / "s.log").write_text("5\n6\n")
    (tmp_path / "s.log.1").write_text("3\n4\n")
    (tmp_path / "s.log.2").write_text("1\n2\n")
    assert tail(tmp_path / "s.log", 1) == "6\n"
    assert tail(tmp_path / "s.log", 3) == "4\n5\n6\n"
    assert tail(tmp_path / "s.log", 99) == "1\n2\n3\n4\n5\n6\n"
    assert tail(tmp_path / "s.log", 0) == ""


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert tail(tmp_path / "s.log", 10) == ""


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "s.log").write_bytes(b"caf\xe9\n")
    assert tail(tmp_path / "s.log", 1) == "caf\ufffd\n"


@given(lines=st.lists(st.text("ab", max_size=40_000), max_size=8), wanted=st.integers(0, 10))
def test_it_gives_what_reading_all_gives(tmp_path_factory: object, lines: list[str], wanted: int) -> None:
    path = tmp_path_factory.mktemp("tail") / "s.log"  # type: ignore[attr-defined]
    path.write_text("".join(f"{line}\n" for line in lines))
    expected = "".join(f"{line}\n" for line in lines[-wanted:]) if wanted else ""
    assert tail(path, wanted) == expected


def test_long_lines_are_read_once(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_bytes(b"first\n" + b"x" * 300_000 + b"\nlast\n")
    assert tail(log, 2) == "x" * 300_000 + "\nlast\n"
    assert tail(log, 9) == log.read_text()

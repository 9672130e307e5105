from __future__ import annotations

import os
from pathlib import Path

from aml_nb.scoring.logfile import LogFile
from aml_nb.scoring.telemetry import WorkerLog


def test_a_log_is_turned_over_and_old_ones_go(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "service.log", max_bytes=100, kept=2)
    for number in range(10):
        log.write(b"%d" % number * 60)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["service.log", "service.log.1", "service.log.2"]
    assert (tmp_path / "service.log").read_bytes() == b"9" * 60
    assert (tmp_path / "service.log.2").read_bytes() == b"7" * 60


def test_a_log_is_continued(tmp_path: Path) -> None:
    for part in (b"one\n", b"two\n"):
        LogFile(tmp_path / "service.log").write(part)
    assert (tmp_path / "service.log").read_text() == "one\ntwo\n"
    assert (tmp_path / "service.log").stat().st_mode & 0o077 == 0


def test_lines_are_written_together() -> None:
    reader, writer = os.pipe()
    log = WorkerLog(handle=writer)
    log.add("I", "one")
    log.add("D", "not shown")
    log.add("E", "two \ud800")
    log.flush()
    lines = os.read(reader, 10_000).decode().splitlines()
    assert [line.split(" - ")[1] for line in lines] == ["one", "two \\ud800"]
    os.close(reader)
    log.add("I", "nobody reads")
    log.flush()
    os.close(writer)


def test_a_log_whose_folder_is_gone_loses_lines_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    log = LogFile(folder / "service.log", max_bytes=10)
    log.write(b"0123456789")
    folder.rename(tmp_path / "away")
    for _ in range(5):
        log.write(b"lost or kept")
    (tmp_path / "away").rename(folder)
    for _ in range(3):
        log.write(b"here again\n")
    assert (folder / "service.log").read_bytes() == b"here again\n"

"""A run's log: whole while it is small, its beginning and end when it is not."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.runs.keeper.logs import Log, Pump, limit


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.binary(min_size=1, max_size=60), max_size=30), most=st.integers(2, 400))
def test_nothing_is_lost_but_the_middle(pieces: list[bytes], most: int) -> None:
    whole = b"".join(pieces)
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder, "a", "log.txt"), most)
        for piece in pieces:
            log.write(piece)
        assert log.last(7) == whole[-7:] or len(whole) > most // 2
        log.close()
        kept = log.path.read_bytes()
    head = most // 2
    assert log.size == len(whole)
    if len(whole) <= head:
        assert kept == whole
        return
    assert kept.startswith(whole[:head])
    rest = whole[head:]
    tail = rest[-(most - head) :]
    assert kept.endswith(tail)
    gone = len(rest) - len(tail)
    assert (f"[{gone:,} bytes are left out".encode() in kept) == (gone > 0)
    assert len(kept) <= most + 400


def test_what_was_shown_never_changes(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.txt", 100)
    seen = b""
    for number in range(100):
        log.write(b"%05d\n" % number)
        now = log.path.read_bytes()
        assert now.startswith(seen)
        seen = now
    log.close()
    assert log.path.read_bytes().startswith(seen) and log.path.read_bytes().endswith(b"00099\n")


def test_a_full_disk_does_not_stop_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    log = Log(tmp_path / "log.txt", 1000)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        log.write(b"0123456789")
    log.write(b"again")
    log.close()
    assert log.lost == 10 and log.path.read_bytes() == b"again"


def test_a_pump_ends_with_the_last_writer(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    log = Log(tmp_path / "log.txt", 1000)
    pump = Pump(reader, log)
    pump.start()
    other = os.dup(writer)
    os.write(writer, b"one ")
    os.close(writer)
    os.write(other, b"two")
    assert pump.is_alive()
    os.close(other)
    pump.join(5)
    log.close()
    assert log.path.read_bytes() == b"one two"


@pytest.mark.parametrize("text, expected", [("", 32 << 20), ("1", 1 << 20), ("0.5", 1 << 19), ("many", 32 << 20)])
def test_the_limit_is_the_users(monkeypatch: pytest.MonkeyPatch, text: str, expected: int) -> None:
    monkeypatch.setenv("AML_NB_RUN_LOG_MB", text)
    assert limit() == expected

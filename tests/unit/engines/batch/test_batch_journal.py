"""The journal: whatever becomes of its end, what it gives back is what was written, in whole records."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.engines.batch.journal import DONE, FAILED, Journal, Numbers
from aml_nb.errors import StoreError

ROWS = st.lists(st.binary(max_size=80), min_size=1, max_size=6)


def written(path: Path, rows: list[bytes]) -> list[int]:
    """A journal of these rows; where each record ends."""
    journal, ends = Journal(path), []
    for number, data in enumerate(rows):
        journal.append(DONE, {"number": number}, data)
        ends.append(path.stat().st_size)
    journal.close()
    return ends


def read(path: Path) -> tuple[list[int], bytes]:
    journal, target = Journal(path), io.BytesIO()
    numbers = [record.facts["number"] for record in journal.recover()]
    journal.copy_rows(target)
    journal.close()
    return numbers, target.getvalue()


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, share=st.floats(0, 1))
def test_a_journal_cut_anywhere_has_its_whole_records(
    tmp_path_factory: pytest.TempPathFactory, rows: list[bytes], share: float
) -> None:
    path = tmp_path_factory.mktemp("cut") / "journal"
    ends = written(path, rows)
    at = int(share * ends[-1])
    os.truncate(path, at)
    whole = sum(end <= at for end in ends)
    assert read(path) == (list(range(whole)), b"".join(rows[:whole]))
    assert path.stat().st_size == (ends[whole - 1] if whole else 0)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_record_that_was_changed_and_what_follows_it_is_cut_off(
    tmp_path_factory: pytest.TempPathFactory, rows: list[bytes], place: float, bit: int
) -> None:
    path = tmp_path_factory.mktemp("bent") / "journal"
    ends = written(path, rows)
    at = int(place * ends[-1])
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)
    whole = sum(end <= at for end in ends)
    assert read(path) == (list(range(whole)), b"".join(rows[:whole]))


def test_what_is_appended_after_a_recovery_follows_what_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, [b"a\n", b"b\n"])
    with path.open("ab") as file:
        file.write(b"\x1eaml\0\0")
    journal = Journal(path)
    assert len(list(journal.recover())) == 2
    journal.append(DONE, {"number": 2}, b"c\n")
    journal.close()
    assert read(path) == ([0, 1, 2], b"a\nb\nc\n")


def test_rows_of_a_mini_batch_are_written_once_and_those_of_failed_ones_never(tmp_path: Path) -> None:
    journal, target = Journal(tmp_path / "journal"), io.BytesIO()
    journal.append(DONE, {"number": 0}, b"first\n")
    journal.append(DONE, {"number": 0}, b"second\n")
    journal.append(FAILED, {"number": 1}, b"")
    journal.copy_rows(target)
    journal.close()
    assert target.getvalue() == b"first\n"


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.append(DONE, {"number": 0}, b"a\n")
    real = os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) > 10:
            return real(handle, bytes(data[:10]))
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, data: full(handle, data) if len(data) > 60 else _raise())
        with pytest.raises(StoreError, match="No space left"):
            journal.append(DONE, {"number": 1}, b"b" * 100)
    journal.append(DONE, {"number": 1}, b"b\n")
    journal.close()
    assert read(path) == ([0, 1], b"a\nb\n")


def _raise() -> int:
    raise OSError(28, "No space left on device")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5000)), max_size=60))
def test_numbers_are_a_set(steps: list[tuple[bool, int]]) -> None:
    numbers, model = Numbers(), set()
    for add, number in steps:
        (numbers.add if add else numbers.discard)(number)
        (model.add if add else model.discard)(number)
    assert numbers.count == len(model)
    assert all((number in numbers) == (number in model) for _, number in steps)

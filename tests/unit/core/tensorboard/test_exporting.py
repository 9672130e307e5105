"""Metrics as event files: the records are read back by the letter of the format."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.tensorboard.events import EventFile, crc32c
from aml_nb.core.tensorboard.exporting import curves, export_to_tensorboard
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException


def fields(message: bytes) -> dict[int, Any]:
    """The fields of a protocol buffer, by number."""
    found: dict[int, Any] = {}
    while message:
        key, wire = message[0] >> 3, message[0] & 7
        message = message[1:]
        if wire in (1, 5):
            size = 8 if wire == 1 else 4
            found[key], message = struct.unpack("<d" if wire == 1 else "<f", message[:size])[0], message[size:]
            continue
        number, shift = 0, 0
        while True:
            byte, message = message[0], message[1:]
            number, shift = number | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                break
        found[key] = number
        if wire == 2:
            found[key], message = message[:number], message[number:]
    return found


def records(path: Path) -> list[dict[int, Any]]:
    data, found = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        for part, told in ((data[:8], data[8:12]), (data[12 : 12 + length], data[12 + length : 16 + length])):
            crc = crc32c(part)
            assert struct.unpack("<I", told)[0] == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
        found.append(fields(data[12 : 12 + length]))
        data = data[16 + length :]
    return found


def numbers(folder: Path) -> list[tuple[str, int, float]]:
    (path,) = folder.glob("events.out.tfevents.*")
    found = []
    for event in records(path)[1:]:
        told = fields(fields(event[5])[1])
        found.append((told[1].decode(), event[2], told[2]))
    return found


def test_the_checksum_is_that_of_castagnoli() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_records_are_framed_and_begin_with_the_version(tmp_path: Path) -> None:
    with EventFile(tmp_path) as file:
        file.scalar("lé", -1.5, 300, 12.25)
        file.scalar("big", 1e300, 0, 1.0)
    version, event, big = records(file.path)
    assert version[3] == b"brain.Event:2"
    assert (event[1], event[2], fields(fields(event[5])[1])) == (12.25, 300, {1: "lé".encode(), 2: -1.5})
    assert fields(fields(big[5])[1])[2] == math.inf


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (3, [("m", [(0, 3.0)])]),
        ([1, "x", 2.5], [("m", [(0, 1.0), (2, 2.5)])]),
        ({"a": [1, 2], "b": ["x"], "c": 4}, [("m/a", [(0, 1.0), (1, 2.0)]), ("m/c", [(0, 4.0)])]),
        ("text", []),
    ],
)
def test_curves_of_a_metric(value: Any, told: Any) -> None:
    assert list(curves("m", value)) == told


def test_a_run_is_exported_with_those_below_it(ws: Workspace, tmp_path: Path) -> None:
    run = Experiment(ws, "export").start_logging(snapshot_directory=None)
    child = run.child_run("child")
    for value in (1, 2):
        child.log("mse", value)
    run.log("best", 3)
    for _ in range(2):  # what was exported before is replaced
        export_to_tensorboard(run, str(tmp_path / "logs"))
    assert numbers(tmp_path / "logs" / child.id) == [("mse", 0, 1.0), ("mse", 1, 2.0)]
    assert numbers(tmp_path / "logs" / run.id) == [("best", 0, 3.0)]
    export_to_tensorboard([run], str(tmp_path / "alone"), recursive=False)
    assert [each.name for each in (tmp_path / "alone").iterdir()] == [run.id]
    run.complete()


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserErrorException, match="takes a run"):
        export_to_tensorboard("a run", str(tmp_path))  # type: ignore[arg-type]
    (tmp_path / "file").write_text("")
    with pytest.raises(UserErrorException, match="is no folder"):
        export_to_tensorboard([], str(tmp_path / "file"))

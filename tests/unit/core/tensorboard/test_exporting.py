"""Metrics as event files, read back as TensorBoard reads them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.tensorboard.exporting import curves, export_to_tensorboard
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException


def numbers(folder: Path) -> list[tuple[str, int, float]]:
    """What TensorBoard itself reads of a folder."""
    (path,) = folder.glob("events.out.tfevents.*")
    return [
        (told.tag, event.step, told.tensor.float_val[0] if told.HasField("tensor") else told.simple_value)
        for event in EventFileLoader(str(path)).Load()
        for told in event.summary.value
    ]


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
    run.log("best", 1e300)
    for _ in range(2):  # what was exported before is replaced
        export_to_tensorboard(run, str(tmp_path / "logs"))
    assert numbers(tmp_path / "logs" / child.id) == [("mse", 0, 1.0), ("mse", 1, 2.0)]
    assert numbers(tmp_path / "logs" / run.id) == [("best", 0, math.inf)]
    export_to_tensorboard([run], str(tmp_path / "alone"), recursive=False)
    assert [each.name for each in (tmp_path / "alone").iterdir()] == [run.id]
    run.complete()


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserErrorException, match="takes a run"):
        export_to_tensorboard("a run", str(tmp_path))  # type: ignore[arg-type]
    (tmp_path / "file").write_text("")
    with pytest.raises(UserErrorException, match="is no folder"):
        export_to_tensorboard([], str(tmp_path / "file"))

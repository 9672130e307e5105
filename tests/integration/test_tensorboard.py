"""TensorBoard beside a notebook."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.tensorboard import viewer
from aml_nb.core.tensorboard.exporting import export_to_tensorboard
from aml_nb.core.tensorboard.viewer import Tensorboard
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def run(ws: Workspace, tmp_path: Path) -> Any:
    made = Experiment(ws, "boards").start_logging(snapshot_directory=None)
    (tmp_path / "events").write_bytes(b"one")
    made.upload_file("logs/train/events.out.tfevents.1", str(tmp_path / "events"))
    made.log("mse", 1)
    made.upload_file("outputs/model.pkl", str(tmp_path / "events"))
    yield made
    made.complete()


def test_it_shows_the_event_files_of_a_run_until_it_is_stopped(
    run: Any, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer, "EVERY", 1.0)
    export_to_tensorboard(run, str(tmp_path / "shown"))
    board = Tensorboard([run], local_root=str(tmp_path / "shown"), port=port)
    address = board.start()
    assert address == board.start() == f"http://localhost:{port}/"
    files = {path.name for path in (tmp_path / "shown" / run.id).rglob("logs/train/*")}
    assert files == {"events.out.tfevents.1"}
    until(
        lambda: (
            asked(f"{address}data/plugin/scalars/tags").get(run.id) == {"mse": {"displayName": "", "description": ""}}
        )
    )
    with pytest.raises(UserErrorException, match=f"port {port} is taken"):
        Tensorboard([], port=port).start()
    board.stop()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address)
    assert (tmp_path / "shown" / run.id).is_dir()


def asked(address: str) -> Any:
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


def until(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_whether_a_run_is_over_is_asked_before_its_files(run: Any, tmp_path: Path) -> None:
    assert not viewer.fetch(run, tmp_path / "got")
    run.complete()
    assert viewer.fetch(run, tmp_path / "got")
    assert (tmp_path / "got" / "logs" / "train" / "events.out.tfevents.1").read_bytes() == b"one"


def test_what_keeps_it_from_starting_is_said(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(UserErrorException, match="did not start: (.|\n)*encodings"):
        Tensorboard([], port=port).start()
    with pytest.raises(UserErrorException, match="list of runs"):
        Tensorboard("run")  # type: ignore[arg-type]


def test_without_the_program_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserErrorException, match="not installed") as caught:
        Tensorboard([]).start()
    assert caught.value.hint == "pip install 'aml_nb[tensorboard]'"

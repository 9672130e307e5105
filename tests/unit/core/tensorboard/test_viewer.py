"""TensorBoard beside a notebook; a small program of the same command line stands for it."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.tensorboard import viewer
from aml_nb.core.tensorboard.viewer import Tensorboard
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException

PROGRAM = """
import functools, http.server, sys
told = dict(zip(sys.argv[1::2], sys.argv[2::2]))
if told["--port"] == "1":
    sys.exit("no such luck")
serve = functools.partial(http.server.SimpleHTTPRequestHandler, directory=told["--logdir"])
http.server.ThreadingHTTPServer((told["--host"], int(told["--port"])), serve).serve_forever()
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "tensorboard"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "main.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setattr(viewer, "_installed", lambda: True)


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
    made.upload_file("outputs/model.pkl", str(tmp_path / "events"))
    yield made
    made.complete()


def test_it_shows_the_event_files_of_a_run_until_it_is_stopped(
    program: None, run: Any, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer, "EVERY", 0.05)
    board = Tensorboard([run], local_root=str(tmp_path / "shown"), port=port)
    address = board.start()
    assert address == board.start() == f"http://localhost:{port}/"
    files = [path.name for path in (tmp_path / "shown" / run.id).rglob("*") if path.is_file()]
    assert files == ["events.out.tfevents.1"]
    with urllib.request.urlopen(f"{address}{run.id}/logs/train/events.out.tfevents.1") as answer:
        assert answer.read() == b"one"
    with pytest.raises(UserErrorException, match=f"port {port} is taken"):
        Tensorboard([], port=port).start()
    board.stop()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address)
    assert (tmp_path / "shown" / run.id).is_dir()


def test_whether_a_run_is_over_is_asked_before_its_files(run: Any, tmp_path: Path) -> None:
    assert not viewer.fetch(run, tmp_path / "got")
    run.complete()
    assert viewer.fetch(run, tmp_path / "got")
    assert (tmp_path / "got" / "logs" / "train" / "events.out.tfevents.1").read_bytes() == b"one"


def test_what_keeps_it_from_starting_is_said(program: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "_check", lambda port: None)
    with pytest.raises(UserErrorException, match="did not start: no such luck"):
        Tensorboard([], port=1).start()
    with pytest.raises(UserErrorException, match="list of runs"):
        Tensorboard("run")  # type: ignore[arg-type]


def test_without_the_program_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "_installed", lambda: False)
    with pytest.raises(UserErrorException, match="not installed") as caught:
        Tensorboard([]).start()
    assert caught.value.hint == "pip install tensorboard"

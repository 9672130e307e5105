"""When the process that keeps a service's containers is started again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines import supervisor as supervised
from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import naming
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet_service import MODULE, FleetService
from aml_nb.engines.folder import ServiceFolder


@pytest.mark.parametrize(
    ("state", "code", "lived", "again"),
    [
        ("Healthy", None, 60.0, True),
        ("Failed", "crashed", 60.0, True),
        ("Failed", "crashed", 1.0, False),
        ("Failed", "init-failed", 60.0, False),
        ("Stopped", None, 60.0, False),
    ],
)
def test_one_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, code: str | None, lived: float, again: bool
) -> None:
    folder = ServiceFolder(tmp_path, "svc")
    folder.path.mkdir()
    folder.service_file.write_text("{}")
    error = None if code is None else {"code": code, "message": "why"}
    told = {
        "state": state,
        "pid": 0,
        "error": error,
        "replicas": {},
        "revision": 1,
        "started": 5.0,
        "updated": 5 + lived,
    }
    folder.state_file.write_text(json.dumps(told))
    started: list[Any] = []
    monkeypatch.setattr(supervised, "spawn", lambda where, module: started.append(module))

    FleetService(folder).status()

    assert started == ([MODULE] if again else [])


def test_a_revision_counts_as_submitted_from_its_first_file_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ServiceFolder(tmp_path, "svc")
    folder.path.mkdir()
    first = ServiceSpec("svc", "svc", "ACI", "score.py", "")
    naming.server_config(first).write(folder.service_file)
    Deployment(replace(first, revision=2), "image:2").write(folder.path)  # and its writer was killed
    told = {"state": "Healthy", "pid": 0, "error": None, "replicas": {}, "revision": 1, "pending": None}
    folder.state_file.write_text(json.dumps(told))
    signals: list[int] = []
    monkeypatch.setattr(ServiceFolder, "alive", lambda _: True)
    monkeypatch.setattr(supervised, "signal", lambda where, number, module: signals.append(number))

    now = FleetService(folder).status()
    assert (now.revision, now.submitted) == (1, 2)
    with folder.exclusive():
        FleetService(folder).remind()
    assert signals == []  # somebody is at it
    FleetService(folder).remind()
    assert signals == [signal.SIGHUP] and supervised.submitted(folder) == 2


def test_one_that_is_told_something_before_it_obeys_does_not_end_by_it(tmp_path: Path) -> None:
    folder = tmp_path / "svc"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-m", MODULE, str(folder)], stderr=subprocess.PIPE) as process:
        limit = time.monotonic() + 60
        while not (folder / "state.json").exists() and time.monotonic() < limit:
            time.sleep(0.001)
        process.send_signal(signal.SIGHUP)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 1 and b"never set up" in told

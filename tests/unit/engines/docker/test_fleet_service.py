"""When the process that keeps a service's containers is started again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines import supervisor as supervised
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

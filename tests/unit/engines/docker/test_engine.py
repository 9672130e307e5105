"""What the Docker engine refuses before anything is touched, without a daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker.engine import DockerEngine
from aml_nb.engines.folder import Keys
from aml_nb.engines.front import FrontError


def test_what_serves_is_left_alone_where_there_is_no_haproxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any) -> None:
        raise AssertionError("the daemon was asked")

    monkeypatch.setattr(clients, "connect", connect)
    monkeypatch.setenv("AML_NB_HAPROXY", "/nowhere/haproxy")
    engine = DockerEngine(tmp_path, lambda digest, path: None)
    serving = engine.folder("svc").path
    serving.mkdir()
    with pytest.raises(FrontError, match="/nowhere/haproxy"):
        engine.start(ServiceSpec("svc", "svc", "ACI", "score.py", ""), Keys.make())
    assert list(tmp_path.iterdir()) == [serving]

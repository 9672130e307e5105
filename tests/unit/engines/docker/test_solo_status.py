"""What is told of a local service whose container has gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines.docker import solo_status
from aml_nb.engines.docker.deployment import Solo
from aml_nb.engines.folder import ServiceFolder


def test_it_is_on_its_way_while_somebody_deploys_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solo_status, "find", lambda *_: None)
    folder, solo, client = ServiceFolder(tmp_path, "svc@local"), Solo("1a2b", "aml-svc", 8890, "image"), Any

    alone = solo_status.status(client, folder, solo)
    assert (alone.state, alone.error and alone.error.code) == ("Failed", "container-removed")
    with folder.exclusive():
        assert solo_status.status(client, folder, solo).state == "Transitioning"

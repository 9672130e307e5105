"""A service's files are damaged; the engine that looks after it copes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aml_nb.engines import supervisor as supervised
from aml_nb.engines.folder import ServiceFolder
from tests.integration.serving import Service

SCRIPT = "def init(): pass\ndef run(raw_data): return raw_data\n"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "handle", SCRIPT)
    service.settled()
    yield service
    service.close()


@pytest.mark.parametrize(
    "damage", ["[]", "{", '{"state": 5, "replicas": [], "revision": "x", "error": "y", "pid": "z"}']
)
def test_a_state_that_cannot_be_read_hides_no_service(
    service: Service, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "_START_GRACE_S", 0.2)
    folder = ServiceFolder(tmp_path, "handle")
    folder.state_file.write_text(damage)
    assert not supervised.status(folder).serving
    supervised.end(folder)
    assert not folder.alive() and service.process.wait(5) == 0


def test_a_service_without_its_settings_can_be_ended(service: Service, tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "handle")
    folder.service_file.unlink()
    supervised.end(folder)
    assert not folder.alive()

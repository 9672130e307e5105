"""Which certificate a service on processes speaks, without HAProxy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aml_nb.engines import fronted, supervisor
from aml_nb.engines.base import Certificate, ServiceSpec, ServiceStatus
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.front import FrontConfig

OWN, OTHER = Certificate("own.pem", "own.key", "own"), Certificate("other.pem", "other.key", "other")
SPEC = ServiceSpec("svc", "svc", "ACI", "score.py", "")
SERVES = ServiceStatus("Healthy", port=5001, revision=1)


class NoFront:
    """Remembers what it is told."""

    config: FrontConfig | None = None
    port: int | None = None
    refuses = False

    def start(self, config: FrontConfig) -> int:
        if self.refuses:
            raise OSError("no room")
        self.config, self.port = config, 443
        return 443

    def alive(self) -> bool:
        return self.config is not None

    def stop(self) -> None:
        self.config = self.port = None


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> NoFront:
    made = NoFront()
    monkeypatch.setattr(fronted, "_front", lambda folder: made)
    monkeypatch.setattr(fronted.binary, "find", lambda: "haproxy")
    return made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, front: NoFront) -> ServiceFolder:
    """That of a service whose first revision speaks TLS."""
    made = ServiceFolder(tmp_path, "svc")
    made.staging.mkdir()
    fronted.prepare(made, replace(SPEC, certificate=OWN))
    made.adopt_staging()
    fronted.stand(made, replace(SPEC, certificate=OWN), SERVES)
    monkeypatch.setattr(supervisor, "status", lambda folder: SERVES)
    return made


def look(folder: ServiceFolder, monkeypatch: pytest.MonkeyPatch, **changes: object) -> ServiceStatus:
    status = replace(SERVES, **changes)  # type: ignore[arg-type]
    monkeypatch.setattr(supervisor, "status", lambda folder: status)
    return fronted.seen(folder, status)


def spoken(front: NoFront) -> Certificate | None:
    return front.config.certificate if front.config else None


def test_a_certificate_is_spoken_once_its_revision_serves(
    folder: ServiceFolder, front: NoFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fronted.announced(folder, replace(SPEC, revision=2, certificate=OTHER), 1):
        assert look(folder, monkeypatch).scheme == "https" and spoken(front) == OWN
    assert look(folder, monkeypatch).port == 443 and spoken(front) == OWN  # and for as long as that does not start
    with fronted.announced(folder, replace(SPEC, revision=3), 1):
        pass
    assert look(folder, monkeypatch, revision=2).scheme == "https" and spoken(front) == OTHER
    assert look(folder, monkeypatch, revision=3) == replace(SERVES, revision=3) and spoken(front) is None
    with fronted.announced(folder, replace(SPEC, revision=4, certificate=OWN), 3):
        assert look(folder, monkeypatch, revision=3).port == 5001
    assert look(folder, monkeypatch, revision=4).port == 443 and spoken(front) == OWN


def test_one_that_cannot_be_had_at_once_is_not_tried_again(
    folder: ServiceFolder, front: NoFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.refuses = True
    with pytest.raises(OSError, match="no room"), fronted.announced(folder, replace(SPEC, certificate=OTHER), 1):
        fronted.follow(folder, SERVES)
    front.refuses = False
    assert look(folder, monkeypatch).state == "Healthy" and spoken(front) == OWN


def test_a_service_that_was_deployed_before_certificates_belonged_to_revisions(
    folder: ServiceFolder, front: NoFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.path / "tls.json").unlink()
    assert look(folder, monkeypatch).port == 443 and spoken(front) == OWN
    with fronted.announced(folder, replace(SPEC, revision=2), 1):
        pass
    assert look(folder, monkeypatch).port == 443 and spoken(front) == OWN
    assert look(folder, monkeypatch, revision=2).port == 5001 and spoken(front) is None


def test_nobody_who_looks_has_one_listen_again_that_is_being_removed(
    folder: ServiceFolder, front: NoFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    fronted.end(folder)
    assert look(folder, monkeypatch) == SERVES and spoken(front) is None
    folder.discard()
    assert look(folder, monkeypatch) == SERVES and spoken(front) is None

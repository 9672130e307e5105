"""What is told of a local service whose container has gone, or whose update was cut short."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines.base import ServiceSpec, ServiceStatus
from aml_nb.engines.docker import containers, naming, removal, solo_status
from aml_nb.engines.docker.deployment import Revision, Solo
from aml_nb.engines.docker.observing import Observation
from aml_nb.engines.folder import ServiceFolder


def test_it_is_on_its_way_while_somebody_deploys_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solo_status, "find", lambda *_: None)
    folder, solo, client = ServiceFolder(tmp_path, "svc@local"), Solo("1a2b", "aml-svc", 8890, "image"), Any

    alone = solo_status.status(client, folder, solo)
    assert (alone.state, alone.error and alone.error.code) == ("Failed", "container-removed")
    with folder.exclusive():
        assert solo_status.status(client, folder, solo).state == "Transitioning"


SPEC = ServiceSpec("svc@local", "svc", "LOCAL", "score.py", "")


@pytest.fixture
def cut_short(tmp_path: Path) -> ServiceFolder:
    """A local service whose revision 2 was noted, by somebody who was killed."""
    folder = ServiceFolder(tmp_path, "svc@local")
    folder.path.mkdir()
    told = {number: asdict(naming.server_config(replace(SPEC, revision=number))) for number in (1, 2)}
    revisions = {number: Revision(f"image:{number}", "/app", None, config) for number, config in told.items()}
    Solo("1a2b", "aml-svc", 8890, "image:1", revisions=revisions).write(folder.path)
    submit(folder, 1)
    return folder


def submit(folder: ServiceFolder, revision: int) -> None:
    naming.server_config(replace(SPEC, revision=revision)).write(folder.service_file)


@pytest.mark.parametrize(
    ("serves", "submitted", "base"), [(1, 1, 1), (1, 2, 2), (2, 1, 2)], ids=["noted", "submitted", "handed over"]
)
def test_an_update_goes_on_from_a_revision_that_came_to_be(
    cut_short: ServiceFolder, monkeypatch: pytest.MonkeyPatch, serves: int, submitted: int, base: int
) -> None:
    submit(cut_short, submitted)
    now = ServiceStatus("Healthy", port=8890, revision=serves, submitted=submitted)
    monkeypatch.setattr(solo_status, "status", lambda *_: now)
    solo, client, container = Solo.read(cut_short.path), Any, Any
    assert solo is not None
    assert solo_status.serving_revision(client, cut_short, solo, container) == base


@pytest.mark.parametrize(
    ("submitted", "told", "heard"),
    [
        (1, {"revision": 1, "pending": None}, []),
        (2, {"revision": 1, "pending": None}, [2]),
        (2, {"revision": 1, "pending": 2}, []),
        (2, {"revision": 2, "pending": None}, []),
    ],
)
def test_a_submitted_revision_reaches_the_container(
    cut_short: ServiceFolder, monkeypatch: pytest.MonkeyPatch, submitted: int, told: Any, heard: list[int]
) -> None:
    submit(cut_short, submitted)
    put: list[int] = []
    monkeypatch.setattr(solo_status, "find", lambda *_: SimpleNamespace(status="running"))
    monkeypatch.setattr(solo_status, "state_file", lambda _: told)
    monkeypatch.setattr(containers, "put_config", lambda _, config: put.append(config.revision))
    monkeypatch.setattr(containers, "signal", lambda *_: None)
    client = Any

    with cut_short.exclusive():
        solo_status.remind(client, cut_short)
    assert put == []
    solo_status.remind(client, cut_short)
    assert put == heard


@pytest.mark.parametrize(("leaving", "busy", "started"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_a_container_comes_back_that_was_stopped_for_one_that_never_took_over(
    cut_short: ServiceFolder, monkeypatch: pytest.MonkeyPatch, leaving: bool, busy: bool, started: int
) -> None:
    container, starts, gone = SimpleNamespace(id="1a2b", status="exited"), [], []
    container.start, container.reload = (lambda: starts.append(1)), (lambda: None)
    monkeypatch.setattr(solo_status, "find", lambda *_: container)
    monkeypatch.setattr(solo_status, "observe", lambda *_, **__: Observation("exited"))
    monkeypatch.setattr(removal, "remove_containers", lambda *_, but: gone.append(but))
    solo, client = Solo.read(cut_short.path), Any
    assert solo is not None
    solo = replace(solo, leaving=leaving)
    solo.write(cut_short.path)

    with cut_short.exclusive() if busy else nullcontext():
        solo_status.status(client, cut_short, solo)
    assert (len(starts), gone) == (started, ["1a2b"] * started)
    after = Solo.read(cut_short.path)
    assert after is not None and after.leaving is (leaving and busy)

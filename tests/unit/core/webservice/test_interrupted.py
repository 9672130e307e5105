"""A kernel that is killed in the middle of a deployment or an update: the next look mends what it left half done."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from aml_nb.core.webservice import services
from aml_nb.core.webservice.interrupted import REPLACES, UNTOLD, replacing
from aml_nb.core.workspace import Workspace
from aml_nb.engines.base import Change, ServiceSpec, ServiceStatus
from aml_nb.engines.process import ProcessEngine
from aml_nb.errors import WebserviceException


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Change]]:
    """What the engine was told: numbers of replicas, and how much changes."""
    calls: list[tuple[int, Change]] = []
    monkeypatch.setattr(ProcessEngine, "status", lambda *_: ServiceStatus("Healthy", port=1, revision=1, submitted=1))
    monkeypatch.setattr(ProcessEngine, "update", lambda _, spec, change: calls.append((spec.replicas, change)))
    return calls


def record_of(ws: Workspace, tags: dict[str, str], replicas: int = 1, **marks: Any) -> services.Payload:
    spec = ServiceSpec("svc", "svc", "AKS", "score.py", "", replicas=replicas)
    own = {"name": "svc", "handle": "svc", "computeType": services.AKS, "engine": "process", "kvTags": tags}
    record = {**own, "spec": spec.to_dict(), **marks}
    services.records(ws).put("svc", record)
    return record


def look(ws: Workspace) -> services.Payload:
    found = services.records(ws).get("svc")
    assert found is not None
    settled, _ = services.settle(ws, found)
    assert services.records(ws).get("svc") == settled
    return settled


@pytest.mark.parametrize("came", [True, False])
def test_a_record_goes_with_the_service_that_is_there(
    ws: Workspace, told: list[Any], came: bool, deploy_over: Callable[[], None]
) -> None:
    deploy_over()
    folder = services.engine_of(ws, {"engine": "process"}).folder("svc")
    with folder.exclusive():
        assert REPLACES in look(ws)  # somebody is at it
    if came:
        folder.staging.mkdir()
        folder.adopt_staging()
    after = look(ws)
    assert after["kvTags"] == {"which": "new" if came else "old"}
    assert REPLACES not in after and told == []


@pytest.fixture
def deploy_over(ws: Workspace) -> Callable[[], None]:
    """Begins a deployment over another, and is killed."""

    def begin() -> None:
        old = record_of(ws, {"which": "old"})
        folder = services.engine_of(ws, old).folder("svc")
        os.makedirs(folder.path)
        record_of(ws, {"which": "new"}, **replacing(old, folder))

    return begin


def test_another_number_of_replicas_reaches_the_engine(ws: Workspace, told: list[Any]) -> None:
    marked = record_of(ws, {}, replicas=3, **{UNTOLD: True})
    with services.engine_of(ws, marked).exclusive("svc"):
        assert UNTOLD in look(ws)
    assert told == []
    assert UNTOLD not in look(ws)
    look(ws)
    assert told == [(3, Change.SETTINGS)]


def test_it_is_tried_again_where_the_engine_cannot_be_told(
    ws: Workspace, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise WebserviceException("Docker does not answer.")

    record_of(ws, {}, replicas=3, **{UNTOLD: True})
    with monkeypatch.context() as patched:
        patched.setattr(ProcessEngine, "update", away)
        assert UNTOLD in look(ws)
    assert UNTOLD not in look(ws)
    assert told == [(3, Change.SETTINGS)]

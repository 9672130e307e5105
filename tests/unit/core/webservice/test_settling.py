"""What is written down of an update that has come to its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.webservice import services
from aml_nb.core.webservice.key_access import KeyAccess
from aml_nb.engines.base import ServiceError, ServiceStatus
from aml_nb.engines.folder import Keys

WHY = ServiceError("init-failed", "not this one", revision=2)
KEYS = {revision: Keys.make() for revision in (0, 2)}


class Records(dict[str, Any]):
    def modify(self, handle: str, change: Callable[[Any], Any]) -> Any:
        self[handle] = change(self[handle])
        return self[handle]


class Folder:
    """Of a service whose second revision brings keys of its own."""

    def __init__(self) -> None:
        self.kept: set[int] = set()

    def keys(self, revision: int) -> Keys:
        return KEYS[revision]

    def forget_keys(self, but: dict[int, Keys]) -> None:
        self.kept = set(but)

    def busy(self) -> bool:
        return False


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    folder = Folder()
    made = SimpleNamespace(folder=lambda handle: folder, remind=lambda handle: None, rekeyed=[])
    made.exclusive = lambda handle: nullcontext()
    made.rekey = lambda handle, keys: made.rekeyed.append(list(keys.items()))
    pending = {"revision": 2, "changes": {"keysRevision": 2}, "before": {"keysRevision": None}}
    records = Records(svc={"handle": "svc", "computeType": "ACI", "engine": "process", "pending": pending})
    monkeypatch.setattr(services, "engine_of", lambda *_: made)
    monkeypatch.setattr(services, "records", lambda *_: records)
    return made


@pytest.fixture
def service(tmp_path: Any, engine: Any) -> Any:
    made: Any = KeyAccess()
    made.workspace, made.name, made._record = SimpleNamespace(_folder=tmp_path), "svc", {"handle": "svc"}
    return made


@pytest.mark.parametrize(
    ("status", "keys"),
    [
        (ServiceStatus("Healthy", port=1, revision=1, submitted=2), 0),  # it is under way
        (ServiceStatus("Healthy", port=1, revision=2, submitted=2), 2),
        (ServiceStatus("Healthy", port=1, revision=1, submitted=2, error=WHY), 0),
        (ServiceStatus("Unhealthy", port=1, revision=1, submitted=2, error=WHY), 0),  # a replica is restarting
        (ServiceStatus("Transitioning", port=1, revision=1, submitted=2, error=WHY), 0),
        (ServiceStatus("Healthy", port=1, revision=1, submitted=1), 0),  # it was never handed over
        (ServiceStatus("Failed", revision=1, submitted=2, error=WHY), 2),  # nothing goes on
    ],
)
def test_the_keys_are_those_of_what_goes_on(engine: Any, service: Any, status: ServiceStatus, keys: int) -> None:
    engine.status = lambda handle: status
    assert service.get_keys() == (KEYS[keys].primary, KEYS[keys].secondary)


@pytest.mark.parametrize(("serving", "written"), [(1, [2, 0]), (2, [2])])
def test_a_key_made_anew_is_written_to_what_is_to_come_first(
    engine: Any, service: Any, serving: int, written: list[int]
) -> None:
    engine.status = lambda handle: ServiceStatus("Healthy", port=1, revision=serving, submitted=2)
    service.regen_key("Secondary", "anew")
    ((*told,),) = engine.rekeyed
    assert [revision for revision, _ in told] == written
    for revision, keys in told:
        assert (keys.primary, keys.secondary) == (KEYS[revision].primary, "anew")
    assert engine.folder("svc").kept == set(written)

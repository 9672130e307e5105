"""What a fleet knows of its revisions and its load, without Docker."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("docker")

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet.balance import Balance, Meter
from aml_nb.engines.docker.fleet.generation import Generation, Memory
from aml_nb.engines.docker.fleet.replica import Replica, State
from aml_nb.engines.front.runtime import Load, Stats
from aml_nb.scoring.scaling import Scaling

SPEC = ServiceSpec("svc", "svc", "AKS", "score.py", "", replicas=2, concurrency=2)
DEPLOYMENT = Deployment(SPEC, "image:1")


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({"replicas": 5}, True),
        ({"tags": {"a": "b"}}, True),
        ({"scaling": Scaling()}, True),
        ({"memory_gb": 2.0}, False),
        ({"concurrency": 3}, False),
        ({"environment_variables": {"A": "1"}}, False),
        ({"auth": "key"}, False),
        ({"keys_revision": 2}, False),
    ],
)
def test_which_changes_need_no_new_containers(change: dict[str, object], fits: bool) -> None:
    changed = Deployment(replace(SPEC, revision=2, **change), "image:1")  # type: ignore[arg-type]
    assert Generation.of(DEPLOYMENT).fits(changed) is fits
    assert not Generation.of(DEPLOYMENT).fits(Deployment(SPEC, "image:2"))


def test_how_many_a_service_starts_with() -> None:
    assert Generation.of(DEPLOYMENT).least() == 2
    scaled = replace(SPEC, replicas=1, scaling=Scaling(minimum=3, maximum=5))
    assert Generation.of(Deployment(scaled, "image:1")).least() == 3


def test_what_is_remembered_comes_back(tmp_path: Path) -> None:
    assert Memory.read(tmp_path) == Memory()
    memory = Memory(DEPLOYMENT, 1, True, 3, {"code": "user-script", "message": "no", "revision": 3})
    memory.write(tmp_path)
    assert Memory.read(tmp_path) == memory
    assert (tmp_path / "fleet.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "fleet.json").write_text("{half")
    assert Memory.read(tmp_path) == Memory()


class Told(Balance):
    """A front that says what it is given to say."""

    def __init__(self, busy: int, queued: int) -> None:
        self._stats = Stats({"service": {"a": Load(busy, 9, True)}}, {"service": queued})

    def stats(self) -> Stats:
        return self._stats


def ready() -> Replica:
    return Replica(Generation.of(DEPLOYMENT), "a", state=State.READY)


def measured(meter: Meter, told: Told, wanted: int, seconds: float) -> int:
    for _ in range(round(seconds / 0.01)):  # however long a busy machine takes for each
        wanted = meter.measure(told, [ready()], wanted)
        time.sleep(0.01)
    return meter.measure(told, [ready()], wanted)


def test_a_busy_replica_with_a_queue_asks_for_another() -> None:
    assert measured(Meter(Scaling(1, 4, 0.1, 0.7)), Told(2, 3), 1, 0.15) == 2


def test_a_replica_that_could_compute_more_asks_for_none() -> None:
    """One of two requests at once: half of a replica is busy."""
    assert measured(Meter(Scaling(1, 4, 0.1, 0.7)), Told(1, 0), 1, 0.3) == 1


def test_an_idle_fleet_shrinks_when_it_was_idle_for_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_SCALE_DOWN_SECONDS", "0.2")
    assert measured(Meter(Scaling(1, 4, 0.05, 0.7)), Told(0, 0), 3, 0.6) == 1

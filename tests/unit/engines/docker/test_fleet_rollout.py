"""What a fleet does when another update comes while one is rolled out, without Docker."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet.crew import Crew
from aml_nb.engines.docker.fleet.fleet import Fleet
from aml_nb.engines.docker.fleet.generation import Memory
from aml_nb.engines.docker.fleet.hands import Hands
from aml_nb.engines.docker.fleet.replica import Facts, Replica, Seen, State, Up
from aml_nb.engines.docker.fleet.report import Report
from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.scoring.scaling import Scaling
from aml_nb.scoring.state import StateFile

SPEC = ServiceSpec("svc", "svc", "AKS", "score.py", "", replicas=1, scaling=Scaling(1, 3))
KEYS = Keys.make()


class NoHands(Hands):
    """Starts and removes nothing, at once."""

    def start(self, replica: Replica, keys: Keys) -> None:
        replica.keys = keys

    def retire(self, replica: Replica, grace_s: float | None) -> None:
        pass

    def rekey(self, replica: Replica, keys: Keys) -> None:
        replica.keys = keys


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """One that serves revision 1 with one replica, and may scale."""
    (tmp_path / "svc").mkdir()
    folder = ServiceFolder(tmp_path, "svc")
    crew = Crew(folder, lambda event: None)
    crew.hands = NoHands(folder, lambda event: None)
    report = Report(folder, StateFile(lambda data: None))
    report.recall(Memory(was_healthy=True))
    folder.write_keys(KEYS)
    fleet = Fleet(folder, crew, report, Memory(), Deployment(SPEC, "image:1"))
    step(fleet)
    step(fleet)
    assert [replica.state for replica in crew.replicas] == [State.READY]
    return fleet


def step(fleet: Fleet) -> None:
    """What the controller does once it has heard that all replicas are up."""
    for replica in fleet._crew.replicas:
        fleet.up(Up(replica, ("127.0.0.1", 5001)))
    fleet.take_over()
    fleet.keep_up()


def submit(fleet: Fleet, **change: Any) -> None:
    fleet.submit(Deployment(replace(SPEC, **change), "image:1"))


def test_more_replicas_asked_for_during_a_rollout_are_started(fleet: Fleet) -> None:
    submit(fleet, revision=2, app_insights=True)
    submit(fleet, revision=3, app_insights=True, scaling=None, replicas=2)
    step(fleet)
    assert fleet.pending is None
    assert fleet.serving.spec.revision == 3
    assert len(fleet._crew.of(fleet.serving, State.READY)) == 2


def test_more_replicas_that_turn_out_to_be_wanted_during_a_rollout_are_started(fleet: Fleet) -> None:
    submit(fleet, revision=2, app_insights=True)
    fleet.wanted = 3
    step(fleet)
    step(fleet)
    assert fleet.pending is None
    assert len(fleet._crew.of(fleet.serving, State.READY)) == 3


def test_nothing_is_measured_during_a_rollout(fleet: Fleet) -> None:
    """A date that has passed and stays would keep the controller from ever waiting."""
    assert fleet.measure_at < math.inf
    submit(fleet, revision=2, app_insights=True)
    assert fleet.measure_at == math.inf
    step(fleet)
    assert fleet.pending is None
    assert fleet.measure_at < math.inf


def test_a_container_that_somebody_else_removed_as_it_ended_is_forgotten(fleet: Fleet) -> None:
    (replica,) = fleet._crew.replicas
    replica.id = "c"
    fleet._crew.retire(replica)
    there = Seen({"c": Facts(replica.name, "removing", 1, None)}, time.monotonic())
    fleet.look(there)
    assert fleet._crew.replicas == [replica]
    fleet.look(Seen({}, time.monotonic()))
    assert fleet._crew.replicas == []


def keys_of(fleet: Fleet) -> list[tuple[int, Keys | None]]:
    return [(replica.generation.spec.revision, replica.keys) for replica in fleet._crew.replicas]


def test_a_revision_with_other_keys_has_containers_of_its_own(fleet: Fleet) -> None:
    other = Keys.make()
    fleet._folder.write_keys(other, revision=2)
    submit(fleet, revision=2, keys_revision=2)
    assert keys_of(fleet) == [(1, KEYS), (2, other)]  # what serves is opened by what opened it before
    step(fleet)
    assert fleet.serving.spec.revision == 2
    submit(fleet, revision=3, keys_revision=2, replicas=2, scaling=None)
    step(fleet)
    assert fleet.pending is None
    assert [keys for _, keys in keys_of(fleet)][-2:] == [other, other]


def test_keys_made_anew_reach_the_revisions_that_they_are_for(fleet: Fleet) -> None:
    other = Keys.make()
    fleet._folder.write_keys(other, revision=2)
    submit(fleet, revision=2, keys_revision=2)
    newer, newest = replace(KEYS, primary="newer"), replace(other, primary="newer")
    fleet._folder.write_keys(newer)
    fleet._folder.write_keys(newest, revision=2)
    fleet.read_keys()
    assert keys_of(fleet) == [(1, newer), (2, other)]  # the second is being made still
    for replica in fleet._crew.replicas:
        fleet.up(Up(replica, ("127.0.0.1", 5001)))
    assert keys_of(fleet) == [(1, newer), (2, newest)]
    fleet._folder.forget_keys(but={2})
    fleet.read_keys()
    assert keys_of(fleet) == [(1, newer), (2, newest)]


def test_keys_whose_maker_was_killed_before_anybody_was_told_are_found(fleet: Fleet) -> None:
    fleet.look_for_keys()
    newer = replace(KEYS, primary="newer")
    fleet._folder.write_keys(newer)
    fleet.look_for_keys()
    assert keys_of(fleet) == [(1, newer)]

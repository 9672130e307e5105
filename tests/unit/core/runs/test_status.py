"""The states of a run: only what may follow follows, and nobody leaves an end."""

from __future__ import annotations

import itertools
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.runs import status as states
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.store import Store

WORDS = (
    "NotStarted Queued Preparing Provisioning Starting Running CancelRequested Canceled Finalizing Completed Failed "
    "Unapproved NotResponding Pausing Paused"
).split()


def test_the_words_are_v1s() -> None:
    assert sorted(states.ALL) == sorted(WORDS)
    assert sorted(states.TERMINAL) == ["Canceled", "Completed", "Failed"]


def test_every_run_can_end_and_no_end_is_left() -> None:
    for old in states.ALL - states.TERMINAL:
        assert states.TERMINAL <= states.FOLLOWS[old]
        assert old not in states.FOLLOWS[old]
    for old, new in itertools.product(states.TERMINAL, states.ALL):
        assert not states.may_follow(old, new)
    assert not states.may_follow("CancelRequested", "Running")
    assert not states.may_follow("Running", "NotStarted")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> RunRecords:
    return RunRecords(Store.create(tmp_path_factory.mktemp("store"), "w"))


@settings(max_examples=40, deadline=None)
@given(path=st.lists(st.sampled_from(WORDS), max_size=12))
def test_a_run_moves_as_the_machine_says(records: RunRecords, path: list[str]) -> None:
    made = records.create(RunRecord(str(uuid.uuid4()), "e", "id"))
    status = made.status
    started = ended = None
    for wanted in path:
        moved = records.transition(made.run_id, wanted)
        assert moved == states.may_follow(status, wanted)
        found = records.get(made.run_id)
        assert found is not None
        status = wanted if moved else status
        assert found.status == status
        # The first start is kept; an end has a time, and only a run that is over has one.
        assert started in (None, found.started)
        assert (found.ended is not None) == found.over
        started, ended = found.started, found.ended
    assert status not in states.TERMINAL or ended is not None
    records.remove(made.run_id)


def test_a_run_that_is_not_there_does_not_move(records: RunRecords) -> None:
    assert records.transition("nobody", "Running") is False

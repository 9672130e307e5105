from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.scoring.histogram import bucket
from aml_nb.scoring.tallies import OTHER, SCORE, SERIES, Counter, Gauges, Kind, Tallies


@pytest.fixture
def tallies() -> Iterator[Tallies]:
    made = Tallies.make()
    yield made
    made.close()


def count(counter: Counter, status: int, seconds: float, route: int = SCORE, method: str = "POST") -> None:
    counter.count(counter.series(route, method, status), seconds)


def test_workers_count_apart_and_are_told_together(tallies: Tallies) -> None:
    one, two = Counter(tallies, tallies.hold()), Counter(tallies, tallies.hold())
    count(one, 200, 0.01)
    count(two, 200, 0.02)
    count(two, 500, 3.0)
    found = tallies.snapshot()
    total, counts = found[Kind(SCORE, "POST", 200)]
    assert total == pytest.approx(0.03)
    assert counts[bucket(0.01)] == counts[bucket(0.02)] == 1 and sum(counts) == 2
    assert sum(found[Kind(SCORE, "POST", 500)][1]) == 1


EVENTS = st.tuples(st.sampled_from(["ask", "ask", "ask", "die"]), st.sampled_from([200, 404, 500]))


@settings(max_examples=30, deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_nothing_is_lost_or_counted_twice_when_workers_end(what: list[tuple[str, int]]) -> None:
    tallies = Tallies.make()
    try:
        place, asked = tallies.hold(), dict.fromkeys([200, 404, 500], 0)
        for word, status in what:
            if word == "die":
                tallies.go(place)
                place = tallies.hold()
            else:
                count(Counter(tallies, place), status, 0.001)
                asked[status] += 1
        found = {kind.status: sum(counts) for kind, (_, counts) in tallies.snapshot().items()}
        assert found == {status: number for status, number in asked.items() if number}
    finally:
        tallies.close()


def test_more_kinds_than_there_is_room_for_are_counted_together(tallies: Tallies) -> None:
    counter = Counter(tallies, tallies.hold())
    for status in range(200, 200 + SERIES + 10):
        count(counter, status, 0.1)
    count(counter, 12345, 0.1)
    count(counter, 200, 0.1, method="BREW")
    found = tallies.snapshot()
    assert len(found) == SERIES
    assert sum(sum(counts) for _, counts in found.values()) == SERIES + 12
    assert sum(found[Kind(OTHER, "_OTHER", 0)][1]) == 13


def test_another_process_reads_what_one_has_counted(tallies: Tallies) -> None:
    tallies.tell(Gauges(ready=2, wanted=3, queue=1, restarts=4, revision=5, started=6))
    count(Counter(tallies, tallies.hold()), 200, 0.5)
    other = Tallies(os.dup(tallies.handle))
    try:
        assert other.gauges == Gauges(2, 3, 1, 4, 5, 6)
        assert other.snapshot() == tallies.snapshot()
    finally:
        other.close()

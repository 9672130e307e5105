from __future__ import annotations

import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aml_nb.scoring.histogram import BUCKETS, counted
from aml_nb.scoring.history import ROOM, History, Second, merged, parse, read
from aml_nb.scoring.recorder import Recorder
from aml_nb.scoring.tallies import HEALTH, SCORE, Gauges, Kind, Snapshot


def second(at: int, requests: int = 1) -> Second:
    return Second(at, requests, 0, 1, 0, tuple(counted([0.01] * requests)))


def test_what_was_kept_is_read_also_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "metrics"
    for at in (1000, 1001):
        kept = History(path)
        kept.note(second(at, at - 999))
        kept.close()
    assert read(path, 10, until=1005) == [second(1000, 1), second(1001, 2)]
    assert read(path, 1, until=1001) == [second(1001, 2)]


def test_the_oldest_second_gives_way_and_the_file_does_not_grow(tmp_path: Path) -> None:
    path = tmp_path / "metrics"
    kept = History(path)
    size = path.stat().st_size
    for at in (1, 2, 1 + ROOM):
        kept.note(second(at))
    kept.close()
    assert [found.at for found in read(path, ROOM, until=1 + ROOM)] == [2, 1 + ROOM]
    assert path.stat().st_size == size
    assert ROOM > 3600


def test_a_file_of_something_else_is_no_history_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "metrics"
    path.write_bytes(b"something else")
    assert read(path, 10) == [] == read(tmp_path / "nothing", 10)
    kept = History(path)
    kept.note(second(5))
    kept.close()
    assert read(path, 10, until=5) == [second(5)]


@given(st.binary(max_size=2000))
def test_no_bytes_are_read_as_seconds_that_never_were(data: bytes) -> None:
    assert parse(data, 10) == []


def test_seconds_of_several_are_added_up() -> None:
    found = merged([[second(1, 2), second(2, 3)], [second(2, 4)]])
    assert [(each.at, each.requests, each.replicas, sum(each.counts)) for each in found] == [(1, 2, 1, 2), (2, 7, 2, 7)]


class Clock:
    now = 100.5

    def __call__(self) -> float:
        return self.now


def seen(requests: int, errors: int = 0) -> Snapshot:
    return {
        Kind(SCORE, "POST", 200): (1.0, counted([0.01] * requests)),
        Kind(SCORE, "POST", 503): (1.0, counted([0.5] * errors)),
        Kind(HEALTH, "GET", 200): (1.0, counted([0.01] * 99)),
    }


def test_each_second_has_what_came_since_the_last(tmp_path: Path) -> None:
    clock, before = Clock(), time.monotonic()
    recorder = Recorder(tmp_path / "metrics", clock)
    assert not recorder.due
    assert before + 0.499 < recorder.date < time.monotonic() + 0.501
    for clock.now, snapshot in ((101.0, seen(2)), (102.2, seen(5, 1)), (105.0, seen(5, 1))):
        assert recorder.due
        recorder.look(snapshot, Gauges(ready=3, queue=7))
    recorder.close()
    found = read(tmp_path / "metrics", 10, until=104)
    assert [(each.at, each.requests, each.errors) for each in found] == [
        (100, 2, 0), (101, 4, 1), (102, 0, 0), (103, 0, 0), (104, 0, 0),
    ]  # fmt: skip
    assert {(each.replicas, each.queue) for each in found} == {(3, 7)}


def test_a_disk_that_takes_nothing_costs_only_the_seconds_meanwhile(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "folder" / "metrics"
    recorder = Recorder(path, clock)
    clock.now = 101.0
    recorder.look(seen(2), Gauges())
    path.parent.mkdir()
    clock.now = 102.0
    recorder.look(seen(3), Gauges())
    recorder.close()
    assert [(each.at, each.requests) for each in read(path, 10, until=101)] == [(101, 1)]


def test_a_clock_that_is_put_back_counts_nothing_twice(tmp_path: Path) -> None:
    clock = Clock()
    recorder = Recorder(tmp_path / "metrics", clock)
    for clock.now, number in ((101.0, 2), (50.0, 3), (51.0, 3)):
        recorder.look(seen(number), Gauges())
    recorder.close()
    found = [*read(tmp_path / "metrics", 100, until=60), *read(tmp_path / "metrics", 30, until=110)]
    assert sum(each.requests for each in found) == 3
    assert all(len(each.counts) == BUCKETS for each in found)

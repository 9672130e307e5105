"""The search over children that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.hyperdrive import generators
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.parameter_expressions import choice
from aml_nb.core.hyperdrive.policy import (
    BanditPolicy,
    EarlyTerminationPolicy,
    NoTerminationPolicy,
    TruncationSelectionPolicy,
)
from aml_nb.core.hyperdrive.sampling import GridParameterSampling
from aml_nb.core.hyperdrive.search import Limits, Search, Sight

Script = Callable[[Any], list[list[float] | str]]
MAX = PrimaryMetricGoal.MAXIMIZE


class FakeHands:
    """Children that log the next values of their script each time they are looked at; ``"failed"`` ends one so."""

    def __init__(self, script: Script, rooms: list[int] | None = None) -> None:
        self.script, self.rooms = script, rooms or []
        self.left: dict[str, list[list[float] | str]] = {}
        self.points: dict[str, Any] = {}
        self.cancelled: list[str] = []
        self.resumed: list[str | None] = []
        self.over: set[str] = set()
        self.most = 0

    def start(self, number: int, point: Any, resumed: str | None) -> str:
        child = str(number)
        self.left[child], self.points[child] = list(self.script(point)), point
        self.resumed.append(resumed)
        self.most = max(self.most, len(self.left) - len(self.over))
        return child

    def look(self, child: str) -> Sight:
        assert child not in self.over
        if child in self.cancelled or not self.left[child]:
            self.over.add(child)
            return Sight(True, False, [])
        then = self.left[child].pop(0)
        if isinstance(then, str):
            self.over.add(child)
            return Sight(True, True, [])
        return Sight(False, False, then)

    def cancel(self, child: str) -> None:
        self.cancelled.append(child)

    def room(self) -> int:
        return self.rooms.pop(0) if self.rooms else 100


def search(
    hands: FakeHands,
    count: int = 4,
    total: int = 100,
    at_once: int = 100,
    seconds: float = 60,
    policy: EarlyTerminationPolicy | None = None,
    resumed: list[tuple[Any, str]] | None = None,
) -> tuple[Search, list[str]]:
    sampling = GridParameterSampling({"x": choice(range(count))})
    lines: list[str] = []
    found = Search(
        generators.make(sampling, MAX, 0),
        policy or NoTerminationPolicy(),
        MAX,
        Limits(total, at_once, seconds),
        hands,
        lambda kind, sentence: lines.append(sentence),
        resumed,
    )
    return found, lines


def finish(found: Search, steps: int = 200) -> int:
    for step in range(steps):
        if not found.step():
            return step
    raise AssertionError("it does not end")


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.lists(st.integers(1, 5), max_size=20))
def test_every_point_once_and_never_too_many_at_a_time(size: int, total: int, at_once: int, rooms: list[int]) -> None:
    hands = FakeHands(lambda point: [[1.0], [2.0]], rooms)
    found, _ = search(hands, size, total, at_once)
    finish(found)
    assert [child.point["x"] for child in found.children] == list(range(min(size, total)))
    assert hands.most <= at_once
    assert all(child.over and child.values == [1.0, 2.0] for child in found.children)
    assert not hands.cancelled


def test_the_best_child_is_known() -> None:
    hands = FakeHands(lambda point: [[float(point["x"]), -1.0]] if point["x"] != 3 else ["failed"])
    found, _ = search(hands)
    assert found.best is None
    finish(found)
    assert found.best is not None
    assert (found.best[0].id, found.best[1]) == ("2", 2.0)


def test_poor_children_are_cancelled_and_the_best_goes_on() -> None:
    hands = FakeHands(lambda point: [[float(point["x"])]] * 6)
    found, lines = search(hands, policy=BanditPolicy(1, slack_amount=1.5, delay_evaluation=2))
    finish(found)
    assert sorted(hands.cancelled) == ["0", "1"]
    assert [len(child.values) for child in found.children] == [2, 2, 6, 6]
    assert any(
        "1 is cancelled: at interval 2 its best value is 1, and what the slack allows is 1.5" in s for s in lines
    )


@given(st.integers(1, 99), st.integers(1, 8))
def test_at_least_one_child_comes_to_its_end(share: int, size: int) -> None:
    hands = FakeHands(lambda point: [[float(point["x"] % 3)]] * 5)
    found, _ = search(hands, size, policy=TruncationSelectionPolicy(share))
    finish(found)
    assert len(hands.cancelled) < size


def test_a_broken_script_is_given_up() -> None:
    hands = FakeHands(lambda point: ["failed"])
    found, lines = search(hands, count=50, at_once=2)
    finish(found)
    assert found.broken
    assert len(found.children) <= 4
    assert sum("no more runs are started: the first 4 that ended have failed" in line for line in lines) == 1
    assert not hands.cancelled


def test_one_that_goes_on_saves_a_search_that_seemed_broken() -> None:
    hands = FakeHands(lambda point: ["failed"] if point["x"] != 3 else [[], [], [1.0]])
    found, lines = search(hands, count=8, at_once=4)
    finish(found)
    assert any("the first 3 that ended have failed" in line for line in lines)
    assert len(found.children) == 8 and not found.broken


def test_one_that_fails_late_or_one_that_does_not_fail_saves_the_search() -> None:
    for script in (
        lambda point: ["failed"] if point["x"] else [[1.0]],
        lambda point: [[1.0], "failed"],
        lambda point: ["failed"] if point["x"] else [],
    ):
        hands = FakeHands(script)
        found, _ = search(hands, count=8, at_once=1)
        finish(found)
        assert not found.broken
        assert len(found.children) == 8


def test_the_time_is_over() -> None:
    hands = FakeHands(lambda point: [[1.0]] * 1000)
    found, lines = search(hands, at_once=2, seconds=-1)
    found.step()
    assert not found.children and "max_duration_minutes" in lines[0]
    found, lines = search(hands := FakeHands(lambda point: [[1.0]] * 1000), at_once=2)
    found.step()
    found._until = 0
    finish(found)
    assert hands.cancelled == ["0", "1"]
    assert len(found.children) == 2
    assert "2 that are still going are cancelled" in lines[-1]


def test_a_search_that_is_stopped_starts_no_more() -> None:
    hands = FakeHands(lambda point: [[1.0]] * 10)
    found, lines = search(hands, at_once=3)
    found.step()
    found.stop("the run is cancelled")
    finish(found)
    found.stop("again")
    assert hands.cancelled == ["0", "1", "2"]
    assert len(found.children) == 3


def test_children_that_are_resumed_come_first() -> None:
    hands = FakeHands(lambda point: [[1.0]])
    found, lines = search(hands, count=2, total=3, resumed=[({"x": 7}, "HD_old_3")])
    finish(found)
    assert [child.point["x"] for child in found.children] == [7, 0, 1]
    assert hands.resumed == ["HD_old_3", None, None]
    found, lines = search(FakeHands(lambda point: []), count=2, total=9)
    finish(found)
    assert "the space has no more than these 2 combinations" in lines[0]

"""The course of a search, with workers that answer at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.automl.conductor import Conductor
from aml_nb.core.automl.constants import STACK, VOTING
from aml_nb.core.automl.search import Candidate
from aml_nb.core.automl.workers import Outcome

Score = Callable[[int], Any]


class Endless:
    """A search that has always another pipeline."""

    def __init__(self, last: int = 10_000) -> None:
        self.last, self.asked, self.told = last, 0, []

    def ask(self) -> Candidate | None:
        self.asked += 1
        return Candidate("KNN", "MaxAbsScaler", {"n_neighbors": self.asked}) if self.asked <= self.last else None

    def tell(self, candidate: Candidate, score: float | None, seconds: float) -> None:
        self.told.append(score)


class Children:
    """Runs that know how they ended."""

    def __init__(self) -> None:
        self.ended: dict[int, str] = {}

    def begin(self, number: int, candidate: Candidate | None, kind: str | None = None) -> Any:
        records = SimpleNamespace(get=lambda run_id: SimpleNamespace(status="Running"))
        return SimpleNamespace(id=str(number), start=lambda: None, _records=records)

    def complete(self, child: Any, number: int, result: Any, candidate: Any) -> None:
        self.ended[number] = "Completed"

    def fail(self, child: Any, number: int, reason: str) -> None:
        self.ended[number] = f"Failed: {reason}"

    def cancel(self, child: Any) -> None:
        self.ended[int(child.id)] = "Canceled"


class Search:
    """A conductor with everything around it."""

    def __init__(self, score: Score, **more: Any) -> None:
        self.lines: list[str] = []
        self.tasks: list[dict[str, Any]] = []
        self.children, self.search, self.cancelled = Children(), Endless(more.pop("last", 10_000)), threading.Event()
        self._score, self.together, self._now, self._lock = score, 0, 0, threading.Lock()
        settings = {
            "primary_metric": "accuracy",
            "iterations": 1000,
            "experiment_timeout_minutes": 60,
            "iteration_timeout_minutes": None,
            "experiment_exit_score": None,
            "enable_early_stopping": True,
            "enable_voting_ensemble": True,
            "enable_stack_ensemble": True,
            **more,
        }
        nodes = lambda run_id, stopped: nullcontext()  # noqa: E731
        self.it = Conductor(
            *(settings, self.search, self.children, self, nodes, self.lines.append, self.cancelled)  # type: ignore[arg-type]
        )

    def run(self, number: int, task: dict[str, Any], seconds: float | None, stopped: Callable[[], bool]) -> Outcome:
        with self._lock:
            self._now += 1
            self.together = max(self.together, self._now)
            self.tasks.append(task)
        time.sleep(0.002)
        with self._lock:
            self._now -= 1
        value = self._score(number)
        if isinstance(value, Outcome):
            return value
        return Outcome({"scores": {"accuracy": value}, "fit_time": 1.0})


def test_the_iterations_end_with_the_ensembles() -> None:
    search = Search(lambda number: number / 100, iterations=6)
    search.it.go(1)
    assert [one.label for one in search.it.tried] == ["MaxAbsScaler KNN"] * 4 + [VOTING, STACK]
    assert search.it.best is not None and search.it.best.number == 5 and search.it.why == "the iterations are done"
    assert search.tasks[4]["members"] == search.tasks[5]["members"] == [3, 2, 1, 0]
    assert search.search.told == [0, 0.01, 0.02, 0.03]
    assert search.lines[3].split() == ["3", "MaxAbsScaler", "KNN", "0:00:01", "0.0300", "0.0300"]


@pytest.mark.parametrize(
    "iterations, more, labels",
    [
        (1, {}, []),
        (2, {}, []),
        (3, {}, [VOTING]),
        (4, {"enable_voting_ensemble": False}, [STACK]),
        (4, {"enable_voting_ensemble": False, "enable_stack_ensemble": False}, []),
    ],
)
def test_ensembles_leave_two_pipelines(iterations: int, more: dict[str, Any], labels: list[str]) -> None:
    search = Search(lambda number: 0.5, iterations=iterations, **more)
    search.it.go(1)
    assert [one.label for one in search.it.tried][iterations - len(labels) :] == labels
    assert len(search.it.tried) == iterations


def test_less_may_be_better() -> None:
    search = Search(lambda number: number, iterations=2)
    search.it._settings["primary_metric"], search.it._maximize = "accuracy", False
    search.it.go(1)
    assert search.it.best is not None and search.it.best.number == 0


def test_it_stops_when_nothing_becomes_better() -> None:
    search = Search(lambda number: 1 - 1 / (number + 2) if number < 25 else 0.1)
    search.it.go(1)
    assert len(search.it.tried) == 35 + 2 and "early stopping" in search.it.why
    through = Search(lambda number: 0.1, enable_early_stopping=False, iterations=50)
    through.it.go(1)
    assert len(through.it.tried) == 50


def test_it_stops_when_it_is_good_enough() -> None:
    search = Search(lambda number: number / 10, experiment_exit_score=0.5, enable_voting_ensemble=False)
    search.it.go(1)
    assert [one.score for one in search.it.tried][:6] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert [one.label for one in search.it.tried][6:] == [STACK] and "experiment_exit_score" in search.it.why


def test_what_fails_is_told_and_the_others_go_on() -> None:
    answers = {0: Outcome(error="ValueError: x"), 1: Outcome(ended="time"), 2: float("nan"), 3: 0.5, 4: 0.6}
    search = Search(lambda number: answers.get(number, 0.1), iterations=6, iteration_timeout_minutes=5)
    search.it.go(1)
    ended = search.children.ended
    assert ended[0] == "Failed: ValueError: x" and "iteration_timeout_minutes is over" in ended[1]
    assert ended[2] == ended[3] == "Completed" and search.search.told == [None, None, None, 0.5]
    assert not any(one.label in (VOTING, STACK) for one in search.it.tried)  # one pipeline is no ensemble
    assert "accuracy cannot be computed" in " ".join(search.lines)


def test_the_time_may_be_over_before_anything_was_reached() -> None:
    search = Search(lambda number: Outcome(ended="time"), experiment_timeout_minutes=0.0005)
    search.it.go(2)
    assert search.it.best is None and "experiment_timeout_hours is over" in search.children.ended[0]


def test_a_search_may_run_out_of_pipelines() -> None:
    search = Search(lambda number: 0.5, last=3)
    search.it.go(2)
    assert search.it.why == "there is no other pipeline to try" and len(search.it.tried) == 5


def test_several_run_at_once() -> None:
    search = Search(lambda number: number / 100, iterations=20)
    search.it.go(4)
    assert 1 < search.together <= 4 and len(search.it.tried) == 20
    assert sorted(one.number for one in search.it.tried) == list(range(20))


def test_cancelling_ends_it_without_ensembles() -> None:
    search = Search(lambda number: search.cancelled.set() or Outcome(ended="stopped"))
    search.it.go(1)
    assert search.children.ended == {0: "Canceled"} and search.it.why == "the run was cancelled"


def test_trouble_in_a_thread_is_the_searchs() -> None:
    def broken(number: int) -> float:
        raise RuntimeError("disk")

    search = Search(broken)
    with pytest.raises(RuntimeError, match="disk"):
        search.it.go(3)

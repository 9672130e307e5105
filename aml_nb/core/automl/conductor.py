"""The course of a search: so many pipelines at a time, until enough were tried; then the ensembles."""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aml_nb.core.automl import constants, iterations, table
from aml_nb.core.automl.constants import STACK, VOTING
from aml_nb.core.automl.iterations import Iterations
from aml_nb.core.automl.search import Candidate, Search
from aml_nb.core.automl.workers import Outcome, Workers
from aml_nb.core.runs import status as states

LANDMARKS, PATIENCE = 20, 10
"""v1's early stopping: after so many pipelines, when so many in a row were no better."""
_ENSEMBLE_S = 120.0
_LOOK_S = 1.0
Nodes = Callable[[str, Callable[[], bool]], Any]
"""Called with a run's id and whether to give up: a lease (a context manager), or None when given up."""


@dataclass
class Tried:
    """A pipeline that was tried."""

    number: int
    label: str
    score: float | None
    error: str | None = None

    @property
    def done(self) -> bool:
        """Whether it has come to an end."""
        return self.score is not None or self.error is not None


class Conductor:
    """Tries pipelines.

    Parameters
    ----------
    settings : of the search.
    search : gives pipelines.
    children : makes the runs.
    workers : do the work.
    nodes : gives a node of the compute target.
    say : writes a line.
    cancelled : whether the run is to end.
    """

    def __init__(
        self,
        settings: dict[str, Any],
        search: Search,
        children: Iterations,
        workers: Workers,
        nodes: Nodes,
        say: Callable[[str], None],
        cancelled: threading.Event,
    ) -> None:
        self._settings, self._search, self._children, self._workers = settings, search, children, workers
        self._nodes, self._say, self._cancelled = nodes, say, cancelled
        self._maximize = not constants.minimized(settings["primary_metric"])
        self._until = time.monotonic() + settings["experiment_timeout_minutes"] * 60
        self._lock = threading.RLock()
        self._begun = 0
        self._trouble: BaseException | None = None
        self.tried: list[Tried] = []
        self.why = ""
        """Why no more pipelines were tried."""

    @property
    def best(self) -> Tried | None:
        """The best so far; of equals the one that was there first."""
        known = [one for one in self.tried if one.score is not None]
        return min(known, key=lambda one: (-self._merit(one.score), one.number), default=None)

    def go(self, at_once: int) -> None:
        """Try pipelines, ``at_once`` at the same time, and put the best ones together."""
        threads = [threading.Thread(target=self._work, name=f"iterations-{n}") for n in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._trouble is not None:
            raise self._trouble
        for kind in self._ensembles():
            members = [one.number for one in self._ranked() if one.label not in (VOTING, STACK)]
            if len(members) > 1 and not self._cancelled.is_set():
                until = max(self._until, time.monotonic() + _ENSEMBLE_S)
                self._attempt(None, kind, iterations.ensemble(kind, members), until)

    def _work(self) -> None:
        try:
            while (candidate := self._next()) is not None:
                self._attempt(candidate, None, iterations.task(candidate), self._until)
        except BaseException as error:
            traceback.print_exc()
            with self._lock:
                self._trouble = self._trouble or error

    def _next(self) -> Candidate | None:
        with self._lock:
            if self._trouble is not None or self._over():
                return None
            candidate = self._search.ask()
            if candidate is None:
                self.why = self.why or "there is no other pipeline to try"
            else:
                self._begun += 1
            return candidate

    def _over(self) -> bool:
        """Whether no more pipelines are to be tried; ``why`` says the reason."""
        settings, best = self._settings, self.best
        enough = settings["experiment_exit_score"]
        if self._cancelled.is_set():
            self.why = "the run was cancelled"
        elif self._begun >= settings["iterations"] - len(self._ensembles()):
            self.why = "the iterations are done"
        elif time.monotonic() > self._until:
            self.why = "experiment_timeout_hours is over"
        elif enough is not None and best is not None and self._merit(best.score) >= self._merit(enough):
            self.why = f"experiment_exit_score is reached: {best.score:.4f}"
        elif settings["enable_early_stopping"] and self._stuck(best):
            self.why = f"early stopping: the last {PATIENCE} pipelines were no better"
        else:
            return False
        return True

    def _stuck(self, best: Tried | None) -> bool:
        done = [one for one in self.tried if one.done]
        if best is None or len(done) < LANDMARKS + PATIENCE:
            return False
        return best in done[:-PATIENCE]

    def _ensembles(self) -> list[str]:
        """The ensembles that end the search, where iterations are left for two pipelines before them."""
        wanted = [(VOTING, "enable_voting_ensemble"), (STACK, "enable_stack_ensemble")]
        chosen = [kind for kind, name in wanted if self._settings[name]]
        return chosen[: max(0, self._settings["iterations"] - 2)]

    def _attempt(self, candidate: Candidate | None, kind: str | None, task: dict[str, Any], until: float) -> None:
        """One iteration from its beginning to its end."""
        with self._lock:
            number = len(self.tried)
            one = Tried(number, iterations.label(candidate, kind), None)
            self.tried.append(one)
            child = self._children.begin(number, candidate, kind)
        watch = _Watch(child, self._cancelled, until)
        lease = self._nodes(child.id, watch.stopped)
        if lease is None:
            self._end(child, one, Outcome(ended="stopped"), watch, candidate, 0.0)
            return
        with lease:
            child.start()
            started = time.monotonic()
            outcome = self._workers.run(number, task, self._seconds(until), watch.stopped)
            took = time.monotonic() - started if outcome.result is None else outcome.result["fit_time"]
            self._end(child, one, outcome, watch, candidate, took)

    def _seconds(self, until: float) -> float:
        left = max(0.1, until - time.monotonic())
        minutes = self._settings["iteration_timeout_minutes"]
        return left if minutes is None else min(left, minutes * 60)

    def _end(
        self, child: Any, one: Tried, outcome: Outcome, watch: _Watch, candidate: Candidate | None, seconds: float
    ) -> None:
        if outcome.result is not None and not watch.gone():
            score = float(outcome.result["scores"][self._settings["primary_metric"]])
            self._children.complete(child, one.number, outcome.result, candidate)
            one.score = None if math.isnan(score) else score
            one.error = f"{self._settings['primary_metric']} cannot be computed" if math.isnan(score) else None
        else:
            one.error = self._reason(outcome)
            if outcome.ended == "stopped" or watch.gone():
                self._children.cancel(child)
            else:
                self._children.fail(child, one.number, one.error)
        with self._lock:
            if candidate is not None:
                self._search.tell(candidate, one.score, max(seconds, 0.001))
            best = self.best
            self._say(table.row(one.number, one.label, seconds, one.score, None if best is None else best.score))
            if one.error:
                self._say(f"{'':>13}{one.error}")

    def _reason(self, outcome: Outcome) -> str:
        if outcome.ended == "time":
            over = self._settings["iteration_timeout_minutes"] is None or time.monotonic() > self._until
            return f"It was ended: {'experiment_timeout_hours' if over else 'iteration_timeout_minutes'} is over."
        return outcome.error or "It was cancelled."

    def _merit(self, score: float | None) -> float:
        value = float("nan") if score is None else score
        return float("-inf") if math.isnan(value) else value if self._maximize else -value

    def _ranked(self) -> list[Tried]:
        known = [one for one in self.tried if one.score is not None]
        return sorted(known, key=lambda one: (-self._merit(one.score), one.number))


class _Watch:
    """Whether an iteration is still wanted; its run is looked at now and then."""

    def __init__(self, child: Any, cancelled: threading.Event, until: float) -> None:
        self._child, self._cancelled, self._until = child, cancelled, until
        self._looked, self._ended = time.monotonic(), False

    def stopped(self) -> bool:
        """Whether it is to end."""
        if self._cancelled.is_set():
            return True
        if time.monotonic() - self._looked > _LOOK_S:
            self.gone()
        return self._ended

    def gone(self) -> bool:
        """Whether somebody has ended its run."""
        self._looked = time.monotonic()
        record = self._child._records.get(self._child.id)
        self._ended = record is None or record.status in states.TERMINAL
        return self._ended

"""Which pipeline is tried next.

First every algorithm with parameters that are good for most data, the best known ones first. Then those algorithms
that have reached most go on: FLAML's CFO, which is frugal with the cost of what it tries, looks for better
parameters near the best ones of each.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from aml_nb.core.automl import algorithms
from aml_nb.core.automl.algorithms import Algorithm

_SCALER = "_scaler"
_TRIES = 6
_LEADERS = 3
_FAILED = -1e9
"""What a pipeline that failed counts for: the searcher looks elsewhere."""


@dataclass(frozen=True)
class Candidate:
    """A pipeline to be tried."""

    algorithm: str
    scaler: str
    parameters: dict[str, Any] = field(default_factory=dict)
    ticket: str | None = None

    @property
    def key(self) -> str:
        """What makes it this one."""
        return json.dumps([self.algorithm, self.scaler, self.parameters], sort_keys=True)


@dataclass
class _Standing:
    """What an algorithm has reached: more is better."""

    algorithm: Algorithm
    best: float = float("-inf")
    since: int = 0
    searcher: Any = None
    asked: dict[str, Any] = field(default_factory=dict)


class Search:
    """Gives candidates, and learns what became of them; not for several threads at once.

    Parameters
    ----------
    task : classification or regression.
    names : the algorithms to be tried.
    maximize : whether more of the metric is better.
    seed : what chance begins with.
    """

    def __init__(self, task: str, names: list[str], maximize: bool, seed: int) -> None:
        known = algorithms.of(task)
        self._standings = {name: _Standing(known[name]) for name in names}
        self._first = [
            *(Candidate(n, known[n].scalers[0], known[n].first) for n in names),
            *(Candidate(n, known[n].scalers[1], known[n].first) for n in names[:4] if len(known[n].scalers) > 1),
        ]
        self._sign = 1.0 if maximize else -1.0
        self._random = random.Random(seed)
        self._seed = seed
        self._reached: dict[str, float | None] = {}

    def ask(self) -> Candidate | None:
        """The next pipeline; None when there is no other one."""
        if self._first:
            candidate = self._first.pop(0)
            self._reached[candidate.key] = None
            return candidate
        for standing in self._order():
            new = self._another(standing)
            if new is not None:
                self._reached[new.key] = None
                return new
        return self._drawn()

    def tell(self, candidate: Candidate, score: float | None, seconds: float = 1.0) -> None:
        """What a pipeline has reached; None for one that failed."""
        standing = self._standings[candidate.algorithm]
        merit = _FAILED if score is None or score != score else self._sign * score
        self._reached[candidate.key] = merit
        standing.since += 1
        if merit > max(standing.best, _FAILED):
            standing.best, standing.since = merit, 0
        self._learn(standing, candidate, merit, seconds)

    def _order(self) -> list[_Standing]:
        """The algorithms that lead, the one first that has been tried in vain the least; then all others."""
        ranked = sorted(self._standings.values(), key=lambda s: -s.best)
        leaders = sorted(ranked[:_LEADERS], key=lambda s: (s.since, -s.best))
        return [*leaders, *ranked[_LEADERS:]]

    def _another(self, standing: _Standing) -> Candidate | None:
        """What the algorithm's searcher suggests that was not there; None while it waits for what is being tried."""
        for _ in range(_TRIES):
            new = self._suggested(standing)
            if new is None or new.key not in self._reached:
                return new
            merit = self._reached[new.key]
            if merit is None:
                return None
            self._learn(standing, new, merit)
        return None

    def _suggested(self, standing: _Standing) -> Candidate | None:
        if standing.searcher is None:
            standing.searcher = self._searcher(standing.algorithm)
        ticket = f"{standing.algorithm.name}-{self._random.getrandbits(48):x}"
        point = standing.searcher.suggest(ticket)
        if point is None:
            return None
        standing.asked[ticket] = point
        plain = {name: _plain(value) for name, value in point.items()}
        return Candidate(standing.algorithm.name, plain.pop(_SCALER), plain, ticket)

    def _searcher(self, algorithm: Algorithm) -> Any:
        flaml, tune = _flaml()
        domains = {"log": tune.loguniform, "uniform": tune.uniform, "int": tune.randint, "logint": tune.lograndint}
        space = {
            name: tune.choice(bounds[0]) if kind == "choice" else domains[kind](*bounds)
            for name, (kind, *bounds) in algorithm.space.items()
        }
        space[_SCALER] = tune.choice(list(algorithm.scalers))
        first = {**algorithm.first, _SCALER: algorithm.scalers[0]}
        return flaml.CFO(metric="merit", mode="max", space=space, points_to_evaluate=[first], seed=self._seed)

    def _learn(self, standing: _Standing, candidate: Candidate, merit: float, seconds: float = 0.01) -> None:
        """Tell the searcher what became of what it has suggested."""
        point = standing.asked.pop(candidate.ticket or "", None)
        if point is not None:
            told = {"merit": merit, "time_total_s": seconds, "training_iteration": 1, "config": point}
            standing.searcher.on_trial_complete(candidate.ticket, told)

    def _drawn(self) -> Candidate | None:
        """One by chance, where the searchers wait for what is still being tried."""
        ranked = sorted(self._standings.values(), key=lambda s: -s.best)[:_LEADERS]
        for _ in range(_TRIES * 10):
            algorithm = self._random.choice(ranked).algorithm
            parameters = {name: self._value(*bounds) for name, bounds in algorithm.space.items()}
            candidate = Candidate(algorithm.name, self._random.choice(algorithm.scalers), parameters)
            if candidate.key not in self._reached:
                self._reached[candidate.key] = None
                return candidate
        return None

    def _value(self, kind: str, *bounds: Any) -> Any:
        if kind == "choice":
            return self._random.choice(bounds[0])
        low, high = bounds
        if kind.startswith("log"):
            value = low * (high / low) ** self._random.random()
            return int(value) if kind == "logint" else value
        return self._random.randint(low, high - 1) if kind == "int" else self._random.uniform(low, high)


def _flaml() -> tuple[Any, Any]:
    """``flaml`` and ``flaml.tune``, without the packages that they would load besides, which take most of the time."""
    hidden = [name for name in ("mlflow", "optuna") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: there is no such module
    try:
        return import_module("flaml"), import_module("flaml.tune")
    finally:
        for name in hidden:
            del sys.modules[name]


def _plain(value: Any) -> Any:
    """Python's own value of one of NumPy's."""
    return value.item() if hasattr(value, "item") else value

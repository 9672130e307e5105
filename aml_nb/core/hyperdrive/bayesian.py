"""Hyperparameters chosen by what earlier runs have reached: Optuna's tree-structured Parzen estimator."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Any

from aml_nb.core.hyperdrive import distributions
from aml_nb.core.hyperdrive.generators import Point, RandomGenerator
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.errors import UserErrorException

_TRIES = 8


def check_installed() -> None:
    """Raise where Optuna is not there, before anything is submitted.

    Raises
    ------
    UserErrorException : it is not.
    """
    if importlib.util.find_spec("optuna") is None:
        raise UserErrorException(
            "BayesianParameterSampling needs Optuna, which is not installed in this Python.",
            hint="pip install 'aml_nb[hyperdrive]'",
        )


class BayesianGenerator:
    """Points where the estimator expects most.

    Parameters
    ----------
    space : choices, uniform and quniform distributions.
    goal : what is looked for.
    others : gives points that were not there, where the estimator comes back to known ones.
    seed : what chance begins with.
    """

    def __init__(self, space: distributions.Space, goal: PrimaryMetricGoal, others: RandomGenerator, seed: int) -> None:
        check_installed()
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna, self._space, self._others = optuna, space, others
        self._size = distributions.size(space)
        self._asked: dict[str, Any] = {}
        self._done: set[str] = set()
        self._distributions = {name: self._distribution(*expression) for name, expression in space.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            # Runs that are still going count as bad ones, so that runs at the same time try different points.
            sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)
        direction = optuna.study.StudyDirection[goal.name]
        self._study = optuna.create_study(direction=direction, sampler=sampler)

    def _distribution(self, name: str, arguments: list[Any]) -> Any:
        if name == "choice":
            return self._optuna.distributions.CategoricalDistribution(range(len(arguments[0])))
        return self._optuna.distributions.FloatDistribution(float(arguments[0]), float(arguments[1]))

    def ask(self) -> Point | None:
        """The next point; of a space whose combinations can be counted, one that was not there."""
        for _ in range(_TRIES if self._size is not None else 1):
            trial = self._study.ask(self._distributions)
            point = self._point(trial.params)
            key = distributions.key(point)
            if self._size is None or key not in self._done:
                self._asked[key] = trial
                self._done.add(key)
                self._others.tell(point, None)
                return point
            self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
        left = self._others.ask()
        if left is not None:
            self._done.add(distributions.key(left))
        return left

    def tell(self, point: Point, metric: float | None) -> None:
        """Learn what a point has reached."""
        key = distributions.key(point)
        self._done.add(key)
        self._others.tell(point, metric)
        trial = self._asked.pop(key, None)
        if trial is not None and metric is None:
            self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
        elif trial is not None:
            self._study.tell(trial, metric)
        elif metric is not None:
            self._learn(point, metric)

    def _learn(self, point: Point, metric: float) -> None:
        """Take over a point that the estimator has not given."""
        try:
            params = {name: self._coordinate(name, point[name]) for name in self._space}
            trial = self._optuna.create_trial(params=params, distributions=self._distributions, value=metric)
        except (KeyError, ValueError):
            return  # it lies outside of this space: an earlier search had another one
        self._study.add_trial(trial)

    def _point(self, params: dict[str, Any]) -> Point:
        return {name: self._value(name, params[name]) for name in self._space}

    def _value(self, parameter: str, coordinate: Any) -> Any:
        name, arguments = self._space[parameter]
        if name == "choice":
            return arguments[0][coordinate]
        return coordinate if name == "uniform" else distributions.multiple(coordinate, arguments[2], *arguments[:2])

    def _coordinate(self, parameter: str, value: Any) -> Any:
        """Where the value lies, in the estimator's terms; ValueError when it does not."""
        name, arguments = self._space[parameter]
        if name == "choice":
            return [distributions.key(option) for option in arguments[0]].index(distributions.key(value))
        number = float(value)
        if not arguments[0] <= number <= arguments[1]:
            raise ValueError(value)
        return number

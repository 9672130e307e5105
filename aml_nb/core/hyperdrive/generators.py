"""Where the driver gets the hyperparameters of the next run from."""

from __future__ import annotations

import inspect
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from aml_nb.core.hyperdrive import distributions
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.sampling import (
    BayesianParameterSampling,
    GridParameterSampling,
    HyperParameterSampling,
)
from aml_nb.errors import UserErrorException

Point = dict[str, Any]
"""The values of all hyperparameters of one run, by their names."""


class Generator(Protocol):
    """A source of points that may learn from what became of them."""

    def ask(self) -> Point | None:
        """The next point; None when the space has no more."""

    def tell(self, point: Point, metric: float | None) -> None:
        """What a point has reached; None for a run that has logged no number. Points that it did not give, too."""


class GridGenerator:
    """Every combination once, the last parameter changing fastest."""

    def __init__(self, space: distributions.Space, known: Iterable[Point] = ()) -> None:
        self._done = {distributions.key(point) for point in known}
        self._points = combinations(space)

    def ask(self) -> Point | None:
        """The next combination that is not known yet."""
        return next((point for point in self._points if distributions.key(point) not in self._done), None)

    def tell(self, point: Point, metric: float | None) -> None:
        """A grid learns nothing."""


class RandomGenerator:
    """Points drawn from the distributions; a space whose combinations can be counted gives each of them once."""

    def __init__(
        self, space: distributions.Space, draw: Iterator[list[float]], seed: int, known: Iterable[Point] = ()
    ) -> None:
        self._space, self._draw = space, draw
        self._size = distributions.size(space)
        self._random = random.Random(seed)
        self._done = {distributions.key(point) for point in known}

    def ask(self) -> Point | None:
        """The next point."""
        point = self.rest() if self._size is not None and 2 * len(self._done) >= self._size else self._new()
        if point is not None:
            self._done.add(distributions.key(point))
        return point

    def _new(self) -> Point:
        """Draw until there is a point that was not there; at least half of them are such where it matters."""
        while True:
            point = {
                name: distributions.value(expression, where)
                for (name, expression), where in zip(self._space.items(), next(self._draw), strict=True)
            }
            if self._size is None or distributions.key(point) not in self._done:
                return point

    def rest(self) -> Point | None:
        """One of the combinations that are left."""
        left = [point for point in combinations(self._space) if distributions.key(point) not in self._done]
        return self._random.choice(left) if left else None

    def tell(self, point: Point, metric: float | None) -> None:
        """Only that the point is known."""
        self._done.add(distributions.key(point))


def combinations(space: distributions.Space) -> Iterator[Point]:
    """All combinations of a space of choices and whole numbers."""
    values = [
        distributions.different(arguments[0]) if name == "choice" else range(int(arguments[0]))
        for name, arguments in space.values()
    ]
    return (dict(zip(space, chosen, strict=True)) for chosen in itertools.product(*values))


def independent(count: int, seed: int) -> Iterator[list[float]]:
    """Points of the unit cube, each coordinate drawn by itself."""
    source = random.Random(seed)
    while True:
        yield [inside(source.random()) for _ in range(count)]


def sobol(count: int, seed: int) -> Iterator[list[float]]:
    """Points of the unit cube that lie evenly: a scrambled Sobol sequence.

    Raises
    ------
    UserErrorException : SciPy, which has the sequence, is not installed.
    """
    try:
        from scipy.stats import qmc  # type: ignore[import-untyped,unused-ignore]
    except ImportError as e:
        raise UserErrorException('rule="sobol" needs SciPy.', hint="pip install scipy", inner_exception=e) from e
    word = "rng" if "rng" in inspect.signature(qmc.Sobol).parameters else "seed"  # the older name
    engine = qmc.Sobol(d=count, scramble=True, **{word: seed})
    return ([inside(float(x)) for x in engine.random(1)[0]] for _ in itertools.count())


def inside(coordinate: float) -> float:
    """The coordinate above 0 and below 1, where every distribution has a value."""
    return min(max(coordinate, 2.0**-53), 1 - 2.0**-53)


def make(
    sampling: HyperParameterSampling,
    goal: PrimaryMetricGoal,
    seed: int,
    known: Iterable[tuple[Point, float | None]] = (),
) -> Generator:
    """The generator of a way of sampling.

    Parameters
    ----------
    seed : what chance begins with.
    known : points of earlier runs, with what they have reached.
    """
    space = sampling.to_json()["parameter_space"]
    generator = _made(sampling, space, goal, seed, [point for point, _ in known])
    for point, metric in known:
        generator.tell(point, metric)
    return generator


def _made(
    sampling: HyperParameterSampling,
    space: distributions.Space,
    goal: PrimaryMetricGoal,
    seed: int,
    known: list[Point],
) -> Generator:
    if isinstance(sampling, GridParameterSampling):
        return GridGenerator(space, known)
    draws: Callable[[int, int], Iterator[list[float]]] = independent
    if isinstance(sampling, BayesianParameterSampling):
        from aml_nb.core.hyperdrive.bayesian import BayesianGenerator

        return BayesianGenerator(space, goal, RandomGenerator(space, draws(len(space), seed), seed), seed)
    properties = sampling.to_json().get("properties", {})
    if str(properties.get("rule")).lower() == "sobol":
        draws = sobol
    return RandomGenerator(space, draws(len(space), seed), seed)

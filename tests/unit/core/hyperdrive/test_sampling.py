"""Which hyperparameters the ways of sampling choose."""

from __future__ import annotations

import itertools
import math
import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.hyperdrive import distributions, generators
from aml_nb.core.hyperdrive.exceptions import HyperDriveConfigException, HyperDriveRehydrateException
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.parameter_expressions import (
    choice,
    lognormal,
    loguniform,
    normal,
    qlognormal,
    qloguniform,
    qnormal,
    quniform,
    randint,
    uniform,
)
from aml_nb.core.hyperdrive.sampling import (
    BayesianParameterSampling,
    GridParameterSampling,
    HyperParameterSampling,
    RandomParameterSampling,
    from_json,
)

MAX = PrimaryMetricGoal.MAXIMIZE
OPTIONS = st.lists(
    st.integers() | st.text(max_size=3) | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4
)
POINTS = st.floats(2.0**-53, 1 - 2.0**-53)
NUMBERS = st.floats(-50, 50, allow_subnormal=False)
STEPS = st.floats(0.01, 10) | st.integers(1, 20)


def points(sampling: HyperParameterSampling, count: int, seed: int = 1) -> list[dict[str, Any]]:
    generator = generators.make(sampling, MAX, seed)
    asked = (generator.ask() for _ in range(count))
    return [point for point in asked if point is not None]


@given(st.dictionaries(st.sampled_from(["--a", "--b", "--c"]), OPTIONS, min_size=1))
def test_a_grid_is_the_product_of_its_choices(options: dict[str, list[Any]]) -> None:
    sampled = points(GridParameterSampling({name: choice(listed) for name, listed in options.items()}), 100)
    expected = itertools.product(*({distributions.key(o): o for o in listed}.values() for listed in options.values()))
    assert sampled == [dict(zip(options, chosen, strict=True)) for chosen in expected]


@given(OPTIONS, st.integers(1, 5), st.integers(0, 2**32))
@settings(max_examples=50)
def test_a_space_that_can_be_counted_is_sampled_without_repetition(options: list[Any], upper: int, seed: int) -> None:
    space = {"a": choice(options), "b": randint(upper)}
    sampled = points(RandomParameterSampling(space), 50, seed)
    assert len(sampled) == distributions.size(space)
    assert len({distributions.key(point) for point in sampled}) == len(sampled)


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_the_same_seed_gives_the_same_points(seed: int) -> None:
    space = {"a": uniform(0, 1), "b": normal(0, 1), "c": choice("x", "y")}
    sampling = RandomParameterSampling(space)
    assert points(sampling, 5, seed) == points(sampling, 5, seed)
    assert points(sampling, 5, seed) != points(sampling, 5, seed + 1)


@given(NUMBERS, NUMBERS, POINTS)
def test_values_lie_within_the_bounds(one: float, other: float, point: float) -> None:
    low, high = sorted((one, other))
    assert low <= distributions.value(uniform(low, high), point) <= high
    assert math.exp(low) <= distributions.value(loguniform(low, high), point) <= math.exp(high)


@given(NUMBERS, NUMBERS, STEPS, POINTS)
def test_steps_are_multiples_within_the_bounds(one: float, other: float, q: float, point: float) -> None:
    low, high = sorted((one, other))
    value = distributions.value(quniform(low, high, q), point)
    assert abs(value / q - round(value / q)) < 1e-6
    assert isinstance(value, int) is isinstance(q, int)
    if math.ceil(low / q) < math.floor(high / q):
        assert low - 1e-6 <= value <= high + 1e-6
    plain = distributions.value(uniform(low, high), point)
    assert abs(value - plain) <= q + 1e-6


@given(NUMBERS, st.floats(0.1, 3), STEPS, POINTS)
def test_the_other_steps_are_multiples(mu: float, sigma: float, q: float, point: float) -> None:
    for stepped, plain in (
        (qnormal(mu, sigma, q), normal(mu, sigma)),
        (qlognormal(mu / 10, sigma, q), lognormal(mu / 10, sigma)),
        (qloguniform(mu / 10, mu / 10 + sigma, q), loguniform(mu / 10, mu / 10 + sigma)),
    ):
        value, exact = distributions.value(stepped, point), distributions.value(plain, point)
        assert value / q == pytest.approx(round(value / q), abs=1e-6, rel=1e-9)
        assert abs(value - exact) <= q * (1 + 1e-6) + abs(exact) * 1e-9


@given(POINTS, POINTS)
def test_a_later_point_has_no_lower_value(one: float, other: float) -> None:
    low, high = sorted((one, other))
    for expression in (uniform(-3, 4), quniform(0, 9, 2), loguniform(-6, 1), normal(2, 3), lognormal(0, 1), randint(9)):
        assert distributions.value(expression, low) <= distributions.value(expression, high)


@pytest.mark.parametrize(
    ("expression", "mean", "deviation"),
    [
        (uniform(0, 12), 6, math.sqrt(12)),
        (normal(10, 3), 10, 3),
        (qnormal(10, 3, 1), 10, math.sqrt(9 + 1 / 12)),
        (randint(10), 4.5, math.sqrt(99 / 12)),
        (lognormal(0, 0.5), math.exp(0.125), math.sqrt((math.exp(0.25) - 1) * math.exp(0.25))),
        (loguniform(0, 1), math.e - 1, math.sqrt((math.e**2 - 1) / 2 - (math.e - 1) ** 2)),
        (choice(1, 2, 3, 6), 3, math.sqrt(3.5)),
    ],
)
def test_the_values_have_the_shape_of_their_distribution(expression: list[Any], mean: float, deviation: float) -> None:
    draw = generators.independent(1, 7)
    values = [distributions.value(expression, next(draw)[0]) for _ in range(4000)]
    assert statistics.fmean(values) == pytest.approx(mean, abs=5 * deviation / math.sqrt(4000))
    assert statistics.pstdev(values) == pytest.approx(deviation, rel=0.08)


def test_sobol_covers_the_space_evenly() -> None:
    pytest.importorskip("scipy")
    sampling = RandomParameterSampling({"a": uniform(0, 8), "b": uniform(0, 8)}, {"rule": "sobol", "seed": 3})
    sampled = points(sampling, 8)
    assert sorted(int(point["a"]) for point in sampled) == list(range(8))
    assert sorted(int(point["b"]) for point in sampled) == list(range(8))
    assert points(sampling, 8) == sampled


def test_v1s_forms() -> None:
    assert choice(0.1, 1.0) == choice([0.1, 1.0]) == ["choice", [[0.1, 1.0]]]
    assert choice(range(1, 4)) == choice(np.array([1, 2, 3])) == ["choice", [[1, 2, 3]]]
    assert choice([16, 8], [32]) == ["choice", [[[16, 8], [32]]]]
    assert choice("adam") == ["choice", [["adam"]]]
    assert uniform(np.float64(0.5), 1) == ["uniform", [0.5, 1]]
    assert GridParameterSampling({"--C": choice(1, 2)}).to_json() == {
        "name": "GRID",
        "parameter_space": {"--C": ["choice", [[1, 2]]]},
    }


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: choice(), "Please specify an input for choice"),
        (lambda: choice([]), "Please specify an input for choice"),
        (lambda: GridParameterSampling({}), "at least one hyperparameter"),
        (lambda: GridParameterSampling([("--a", choice(1))]), "Expected type dict for parameter_space but got list"),  # type: ignore[arg-type]
        (
            lambda: GridParameterSampling({"--a": uniform(0, 1)}),
            "--a: GRID sampling draws from choice, not from uniform",
        ),
        (lambda: GridParameterSampling({"--a": [0.1, 1]}), "--a: .* is no parameter expression"),
        (lambda: GridParameterSampling({1: choice(1)}), "Expected type str"),  # type: ignore[dict-item]
        (lambda: GridParameterSampling({"--a": choice(1), "a": choice(2)}), "each hyperparameter once, got 'a'"),
        (lambda: GridParameterSampling({"--a": choice(object())}), "choice takes text, numbers"),
        (lambda: GridParameterSampling({"--a": choice(math.nan)}), "choice takes text, numbers"),
        (lambda: BayesianParameterSampling({"--a": normal(0, 1)}), "choice, uniform, quniform, not from normal"),
        (
            lambda: RandomParameterSampling({"--a": uniform(2, 1)}),
            "--a: uniform's min_value 2 is above its max_value 1",
        ),
        (lambda: RandomParameterSampling({"--a": uniform("0", 1)}), "uniform's min_value must be a number, not '0'"),  # type: ignore[arg-type]
        (lambda: RandomParameterSampling({"--a": quniform(0, 1, 0)}), "quniform's q must be above 0"),
        (lambda: RandomParameterSampling({"--a": normal(0, -1)}), "normal's sigma must be above 0"),
        (lambda: RandomParameterSampling({"--a": randint(0)}), "randint's upper must be a whole number"),
        (lambda: RandomParameterSampling({"--a": randint(2.5)}), "randint's upper must be a whole number"),  # type: ignore[arg-type]
        (lambda: RandomParameterSampling({"--a": loguniform(0, 1e5)}), "e to the power of 100000.0 is too large"),
        (lambda: RandomParameterSampling({"--a": ["uniform", [1]]}), "uniform takes min_value, max_value"),
        (lambda: RandomParameterSampling({"--a": choice(1)}, {"seed": "1"}), "Expected type int for seed but got str"),
        (lambda: RandomParameterSampling({"--a": choice(1)}, {"rule": "halton"}), "rule expects one of random, sobol"),
    ],
)
def test_what_is_refused(make: Any, words: str) -> None:
    with pytest.raises(HyperDriveConfigException, match=words):
        make()


def test_a_way_of_sampling_comes_back_from_its_dictionary() -> None:
    for sampling in (
        GridParameterSampling({"a": choice(1, 2)}),
        RandomParameterSampling({"a": normal(0, 1)}, {"seed": 5}),
        BayesianParameterSampling({"a": quniform(0, 9, 3)}),
    ):
        assert from_json(sampling.to_json()) == sampling
        assert type(from_json(sampling.to_json())) is type(sampling)
    with pytest.raises(HyperDriveRehydrateException, match="unknown sampling method"):
        from_json({"name": "DICE", "parameter_space": {}})


def test_known_points_are_not_tried_again() -> None:
    space = {"a": choice(1, 2), "b": choice("x", "y")}
    known = [({"a": 1, "b": "y"}, 0.5)]
    for sampling in (GridParameterSampling(space), RandomParameterSampling(space), BayesianParameterSampling(space)):
        if isinstance(sampling, BayesianParameterSampling):
            pytest.importorskip("optuna")
        generator = generators.make(sampling, MAX, 1, known)
        asked = [generator.ask() for _ in range(4)]
        assert asked[3] is None
        assert {(p["a"], p["b"]) for p in asked if p} == {(1, "x"), (2, "x"), (2, "y")}


def test_bayesian_sampling_learns() -> None:
    pytest.importorskip("optuna")
    sampling = BayesianParameterSampling({"x": uniform(0, 10), "n": quniform(0, 6, 2), "kind": choice("good", "bad")})
    generator = generators.make(sampling, PrimaryMetricGoal.MINIMIZE, 4)
    losses = []
    for _ in range(40):
        point = generator.ask()
        assert point is not None and 0 <= point["x"] <= 10 and point["n"] in (0, 2, 4, 6)
        losses.append((point["x"] - 3) ** 2 + point["n"] + (0 if point["kind"] == "good" else 20))
        generator.tell(point, losses[-1])
    assert statistics.fmean(losses[-10:]) < statistics.fmean(losses[:10]) / 2


def test_bayesian_sampling_takes_over_what_others_have_found() -> None:
    pytest.importorskip("optuna")
    sampling = BayesianParameterSampling({"x": uniform(0, 10)})
    known = [({"x": x / 2}, -abs(x / 2 - 7)) for x in range(20)] + [
        ({"x": 99.0}, 5.0),
        ({"y": 1}, 5.0),
        ({"x": 1}, None),
    ]
    generator = generators.make(sampling, MAX, 2, known)
    asked = [generator.ask() for _ in range(5)]
    assert all(point is not None for point in asked)
    assert statistics.fmean(point["x"] for point in asked if point) == pytest.approx(7, abs=2)


def test_a_run_that_logs_nothing_teaches_nothing() -> None:
    pytest.importorskip("optuna")
    generator = generators.make(BayesianParameterSampling({"x": uniform(0, 1)}), MAX, 2)
    point = generator.ask()
    assert point is not None
    generator.tell(point, None)
    assert generator.ask() != point

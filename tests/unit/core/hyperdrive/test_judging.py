"""Whom the policies cancel, and whom never."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.hyperdrive.exceptions import HyperDriveConfigException, HyperDriveRehydrateException
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal, number, numbers
from aml_nb.core.hyperdrive.judging import History, due, verdict
from aml_nb.core.hyperdrive.policy import (
    BanditPolicy,
    EarlyTerminationPolicy,
    MedianStoppingPolicy,
    NoTerminationPolicy,
    TruncationSelectionPolicy,
    from_json,
)

MAX, MIN = PrimaryMetricGoal.MAXIMIZE, PrimaryMetricGoal.MINIMIZE
GOALS = st.sampled_from([MAX, MIN])
VALUES = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])
HISTORIES = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.lists(VALUES, max_size=6), min_size=1)
SLACK = st.floats(0, 10)
POLICIES: st.SearchStrategy[EarlyTerminationPolicy] = st.one_of(
    SLACK.map(lambda slack: BanditPolicy(1, slack_factor=slack)),
    SLACK.map(lambda slack: BanditPolicy(1, slack_amount=slack)),
    st.just(MedianStoppingPolicy()),
    st.integers(1, 99).map(TruncationSelectionPolicy),
)


def cancelled(
    policy: EarlyTerminationPolicy, goal: PrimaryMetricGoal, histories: dict[str, list[float]], interval: int
) -> set[str]:
    judged = [name for name, values in histories.items() if len(values) >= interval]
    return {name for name in judged if why(policy, goal, histories, name, interval)}


def why(
    policy: EarlyTerminationPolicy, goal: PrimaryMetricGoal, histories: dict[str, list[float]], run: str, interval: int
) -> str | None:
    return verdict(policy, goal, {name: History(goal, values) for name, values in histories.items()}, run, interval)


@given(POLICIES, GOALS, HISTORIES, st.integers(1, 6))
def test_the_best_run_is_never_cancelled(
    policy: EarlyTerminationPolicy, goal: PrimaryMetricGoal, histories: dict[str, list[float]], interval: int
) -> None:
    merit = {name: max(map(goal.merit, values[:interval]), default=-math.inf) for name, values in histories.items()}
    best = max(merit.values())
    assert not {name for name in cancelled(policy, goal, histories, interval) if merit[name] == best}


@given(POLICIES, HISTORIES, st.integers(1, 6))
def test_the_least_is_judged_as_the_most_is(
    policy: EarlyTerminationPolicy, histories: dict[str, list[float]], interval: int
) -> None:
    turned = {name: [-value for value in values] for name, values in histories.items()}
    assert cancelled(policy, MAX, histories, interval) == cancelled(policy, MIN, turned, interval)


@given(POLICIES, GOALS, HISTORIES, st.integers(1, 6), st.lists(VALUES, max_size=3))
def test_what_is_logged_after_the_interval_changes_nothing(
    policy: EarlyTerminationPolicy,
    goal: PrimaryMetricGoal,
    histories: dict[str, list[float]],
    interval: int,
    later: list[float],
) -> None:
    longer = {name: values + (later if len(values) >= interval else []) for name, values in histories.items()}
    assert cancelled(policy, goal, longer, interval) == cancelled(policy, goal, histories, interval)


@given(SLACK, SLACK, GOALS, HISTORIES)
def test_more_slack_cancels_no_more(
    some: float, more: float, goal: PrimaryMetricGoal, histories: dict[str, list[float]]
) -> None:
    small, large = sorted((some, more))
    for name in ("slack_factor", "slack_amount"):
        narrow, wide = (BanditPolicy(1, **{name: slack}) for slack in (small, large))  # type: ignore[arg-type]
        assert cancelled(wide, goal, histories, 1) <= cancelled(narrow, goal, histories, 1)


@given(st.integers(1, 99), GOALS, HISTORIES, st.integers(1, 6))
def test_truncation_cancels_at_most_its_share(
    share: int, goal: PrimaryMetricGoal, histories: dict[str, list[float]], interval: int
) -> None:
    judged = sum(len(values) >= interval for values in histories.values())
    assert len(cancelled(TruncationSelectionPolicy(share), goal, histories, interval)) <= judged * share / 100


@pytest.mark.parametrize(
    ("policy", "goal", "worst", "goes"),
    [
        # The documented example: the best run has 0.8 at interval 10.
        (BanditPolicy(slack_factor=0.2), MAX, 0.66, True),
        (BanditPolicy(slack_factor=0.2), MAX, 0.67, False),
        (BanditPolicy(slack_amount=0.2), MAX, 0.59, True),
        (BanditPolicy(slack_amount=0.2), MAX, 0.61, False),
        (BanditPolicy(slack_factor=0.2), MIN, 0.95, False),
        (BanditPolicy(slack_factor=0.2), MIN, 0.97, True),
        (BanditPolicy(slack_amount=0.2), MIN, 1.01, True),
    ],
)
def test_the_bandits_slack(policy: BanditPolicy, goal: PrimaryMetricGoal, worst: float, goes: bool) -> None:
    histories = {"best": [0.8] * 10, "other": [worst] * 10}
    assert bool(why(policy, goal, histories, "other", 10)) is goes


@given(GOALS, st.lists(st.lists(VALUES, max_size=4), max_size=4), st.integers(1, 8))
def test_a_history_knows_how_it_stood_then(goal: PrimaryMetricGoal, parts: list[list[float]], interval: int) -> None:
    history = History(goal)
    for part in parts:
        history.extend(part)
    merits = [goal.merit(value) for part in parts for value in part]
    numbers = [merit for merit in merits[:interval] if math.isfinite(merit)]
    assert history.best(interval) == max(merits[:interval], default=-math.inf)
    assert history.best() == max(merits, default=-math.inf)
    if len(merits) >= interval:
        average = history.average(interval)
        assert average == (pytest.approx(sum(numbers) / len(numbers)) if numbers else None)


def test_the_bandit_measures_a_distance_on_either_side_of_zero() -> None:
    losses = {"best": [-1.0], "near": [-1.1], "far": [-1.3]}
    assert cancelled(BanditPolicy(slack_factor=0.2), MAX, losses, 1) == {"far"}


def test_the_median_is_that_of_the_averages() -> None:
    histories = {"a": [0.1, 0.9], "b": [0.6, 0.6], "c": [0.2, 0.3], "young": [0.99]}
    # The averages are 0.5, 0.6 and 0.25; the best of c is 0.3.
    assert cancelled(MedianStoppingPolicy(), MAX, histories, 2) == {"c"}


def test_truncation_takes_the_lowest() -> None:
    histories = {str(n): [n / 10] for n in range(10)}
    assert cancelled(TruncationSelectionPolicy(20), MAX, histories, 1) == {"0", "1"}
    assert cancelled(TruncationSelectionPolicy(20), MIN, histories, 1) == {"9", "8"}
    assert cancelled(TruncationSelectionPolicy(50), MAX, {"a": [1.0], "b": [1.0]}, 1) == set()


def test_a_run_that_logs_no_number_is_the_worst() -> None:
    histories = {"lost": [math.nan, math.nan], "good": [0.5, 0.6]}
    for policy in (BanditPolicy(slack_factor=1), MedianStoppingPolicy(), TruncationSelectionPolicy(50)):
        assert cancelled(policy, MAX, histories, 2) == {"lost"}
    reason = why(BanditPolicy(slack_factor=1), MAX, histories, "lost", 2)
    assert reason == "at interval 2 its best value is no number, and what the slack allows is 0.3"
    assert why(NoTerminationPolicy(), MAX, histories, "lost", 2) is None


@pytest.mark.parametrize(
    ("every", "delay", "seen", "now", "judged"),
    [
        (1, 0, 0, 3, [1, 2, 3]),
        (1, 5, 0, 7, [5, 6, 7]),
        (2, 0, 0, 5, [2, 4]),
        (2, 5, 0, 9, [6, 8]),
        (3, 0, 3, 7, [6]),
        (4, 0, 0, 3, []),
    ],
)
def test_when_a_run_is_judged(every: int, delay: int, seen: int, now: int, judged: Sequence[int]) -> None:
    assert list(due(BanditPolicy(every, slack_factor=0, delay_evaluation=delay), seen, now)) == judged
    assert list(due(NoTerminationPolicy(), seen, now)) == []


@given(st.integers(1, 5), st.integers(0, 9), st.lists(st.integers(0, 4), max_size=8))
def test_no_interval_is_forgotten_or_judged_twice(every: int, delay: int, steps: list[int]) -> None:
    policy, seen, judged = MedianStoppingPolicy(every, delay), 0, []
    for step in steps:
        judged += due(policy, seen, seen + step)
        seen += step
    assert judged == [n for n in range(1, seen + 1) if n % every == 0 and n >= delay]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BanditPolicy(), "either slack_factor or slack_amount"),
        (lambda: BanditPolicy(slack_factor=0.1, slack_amount=0.1), "not both"),
        (lambda: BanditPolicy(slack_factor=-1), "slack_factor expects a number of at least 0, got -1"),
        (lambda: BanditPolicy(slack_factor="0.1"), "Expected type float for slack_factor but got str"),  # type: ignore[arg-type]
        (lambda: BanditPolicy(0, 0.1), "evaluation_interval expects a number of at least 1, got 0"),
        (lambda: BanditPolicy(1.5, 0.1), "Expected type int for evaluation_interval but got float"),  # type: ignore[arg-type]
        (lambda: BanditPolicy(True, 0.1), "Expected type int for evaluation_interval but got bool"),
        (lambda: MedianStoppingPolicy(delay_evaluation=-1), "delay_evaluation expects"),
        (lambda: TruncationSelectionPolicy(100), "truncation_percentage expects a number of at most 99, got 100"),
    ],
)
def test_a_setting_out_of_its_bounds(make: Any, words: str) -> None:
    with pytest.raises(HyperDriveConfigException, match=words):
        make()


@pytest.mark.parametrize(
    "policy",
    [
        BanditPolicy(2, slack_factor=0.1, delay_evaluation=5),
        BanditPolicy(slack_amount=3),
        MedianStoppingPolicy(1, 5),
        TruncationSelectionPolicy(20, 1, 5),
        NoTerminationPolicy(),
    ],
)
def test_a_policy_comes_back_from_its_dictionary(policy: EarlyTerminationPolicy) -> None:
    assert from_json(policy.to_json()) == policy
    assert type(from_json(policy.to_json())) is type(policy)
    assert policy != MedianStoppingPolicy(7)


def test_a_policy_that_nobody_knows() -> None:
    with pytest.raises(HyperDriveRehydrateException, match="Unknown policy Lottery"):
        from_json({"name": "Lottery", "properties": {}})
    with pytest.raises(HyperDriveConfigException, match="EarlyTerminationPolicy"):
        from_json(["Bandit"])


def test_the_goal_and_its_best() -> None:
    assert PrimaryMetricGoal.from_str("maximize") is MAX
    assert MIN.best([3.0, math.nan, 1.0, -math.inf]) == 1.0
    assert MAX.best([math.nan]) is None
    with pytest.raises(HyperDriveConfigException, match="primary_metric_goal"):
        PrimaryMetricGoal.from_str("best")


def test_what_counts_as_a_number() -> None:
    assert [number(value) for value in (1, True, 0.5, " 0.25 ", "high", None, {"a": 1})] == [
        1.0, 1.0, 0.5, 0.25, None, None, None,
    ]  # fmt: skip
    assert numbers([1, "2"]) == [1.0, 2.0]
    assert math.isnan(numbers("high")[0])

"""How early termination policies judge: pure functions of what the runs have logged.

A run's history is the list of its values of the primary metric. Each value is an interval. A run is judged at the
intervals that are multiples of ``evaluation_interval`` and not below ``delay_evaluation``, against what the other
runs had logged up to the same interval, so that an old run has no advantage over a young one. A value that is no
number counts as an interval, and is worse than any number. No policy ever cancels the best run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.policy import (
    BanditPolicy,
    EarlyTerminationPolicy,
    MedianStoppingPolicy,
    TruncationSelectionPolicy,
)

Histories = Mapping[str, Sequence[float]]


def due(policy: EarlyTerminationPolicy, seen: int, now: int) -> Iterator[int]:
    """The intervals after ``seen`` and up to ``now`` at which the policy judges a run."""
    if not isinstance(policy, (BanditPolicy, MedianStoppingPolicy, TruncationSelectionPolicy)):
        return
    every = policy.evaluation_interval
    first = max(seen + 1, policy.delay_evaluation, 1)
    yield from range(-(-first // every) * every, now + 1, every)


def verdict(
    policy: EarlyTerminationPolicy, goal: PrimaryMetricGoal, histories: Histories, run: str, interval: int
) -> str | None:
    """Why the run is to be cancelled at that interval; None where it goes on.

    Parameters
    ----------
    histories : what every run of this search has logged, in order; also the runs that have ended.
    run : the run that is judged; it has logged at least ``interval`` values.
    """
    merits = {name: [goal.merit(v) for v in values[:interval]] for name, values in histories.items()}
    own = max(merits[run])
    if isinstance(policy, BanditPolicy):
        bound, what = _bandit(policy, merits)
    elif isinstance(policy, MedianStoppingPolicy):
        bound, what = _median(merits, interval)
    elif isinstance(policy, TruncationSelectionPolicy):
        bound, what = _truncation(policy, merits, interval)
    else:
        return None
    if own >= bound:
        return None
    return f"at interval {interval} its best value is {_shown(goal, own)}, and {what} {_shown(goal, bound)}"


def _bandit(policy: BanditPolicy, merits: Mapping[str, list[float]]) -> tuple[float, str]:
    """How far from the best run a run may be."""
    best = max(max(values, default=-math.inf) for values in merits.values())
    if policy.slack_amount is not None:
        return best - policy.slack_amount, "what the slack allows is"
    scale = 1 + (policy.slack_factor or 0)
    # Divided by the scale, a best value below zero would move towards better ones, and condemn itself.
    return best / scale if best > 0 else best * scale, "what the slack allows is"


def _median(merits: Mapping[str, list[float]], interval: int) -> tuple[float, str]:
    """The median of the averages of the runs that came so far."""
    reached = [
        [value for value in values if math.isfinite(value)] for values in merits.values() if len(values) >= interval
    ]
    averages = [_average(numbers) for numbers in reached if numbers]
    middle = min(median(averages), max(averages)) if averages else -math.inf
    return middle, "the median of the averages is"


def _average(numbers: Sequence[float]) -> float:
    # Rounded up, the average of equal values would be better than each of them.
    return min(math.fsum(number / len(numbers) for number in numbers), max(numbers))


def _truncation(
    policy: TruncationSelectionPolicy, merits: Mapping[str, list[float]], interval: int
) -> tuple[float, str]:
    """The best value of the first run, from the lowest on, that does not belong to the share which is cancelled."""
    ranked = sorted(max(values) for values in merits.values() if len(values) >= interval)
    return ranked[len(ranked) * policy.truncation_percentage // 100], "the lowest that goes on has"


def _shown(goal: PrimaryMetricGoal, merit: float) -> str:
    if not math.isfinite(merit):
        return "no number"
    return f"{goal.merit(merit):.6g}"

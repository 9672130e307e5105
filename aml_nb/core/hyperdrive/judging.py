"""How early termination policies judge: pure functions of what the runs have logged.

A run's history is the list of its values of the primary metric. Each value is an interval. A run is judged at the
intervals that are multiples of ``evaluation_interval`` and not below ``delay_evaluation``, against what the other
runs had logged up to the same interval, so that an old run has no advantage over a young one. A value that is no
number counts as an interval, and is worse than any number. No policy ever cancels the best run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from statistics import median

from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.policy import (
    BanditPolicy,
    EarlyTerminationPolicy,
    MedianStoppingPolicy,
    TruncationSelectionPolicy,
)


class History:
    """What one run has logged of the primary metric, and how it stood at each interval.

    Parameters
    ----------
    goal : what is better.
    values : what it has logged so far.
    """

    def __init__(self, goal: PrimaryMetricGoal, values: Iterable[float] = ()) -> None:
        self._goal = goal
        self.values: list[float] = []
        # One entry an interval, so that a judgement looks at one number of a run however much that has logged.
        self._best: list[float] = []
        self._sums: list[float] = []
        self._counts: list[int] = []
        self.extend(values)

    def __len__(self) -> int:
        return len(self.values)

    def extend(self, values: Iterable[float]) -> None:
        """Add what was logged since."""
        best, total, count = (self._best[-1], self._sums[-1], self._counts[-1]) if self.values else (-math.inf, 0.0, 0)
        for value in values:
            merit = self._goal.merit(value)
            best = max(best, merit)
            if math.isfinite(merit):
                total, count = total + merit, count + 1
            self.values.append(value)
            self._best.append(best)
            self._sums.append(total)
            self._counts.append(count)

    def best(self, interval: int | None = None) -> float:
        """The best merit up to an interval, or of all; less than any number where there is none."""
        reached = len(self) if interval is None else min(interval, len(self))
        return self._best[reached - 1] if reached else -math.inf

    def average(self, interval: int) -> float | None:
        """The average of the merits up to an interval that it has reached; None where none of them is a number."""
        count = self._counts[interval - 1]
        # Rounded up, the average of equal values would be better than each of them.
        return min(self._sums[interval - 1] / count, self.best(interval)) if count else None


Histories = Mapping[str, History]


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
    own = histories[run].best(interval)
    if isinstance(policy, BanditPolicy):
        bound, what = _bandit(policy, histories, interval), "what the slack allows is"
    elif isinstance(policy, MedianStoppingPolicy):
        bound, what = _median(histories, interval), "the median of the averages is"
    elif isinstance(policy, TruncationSelectionPolicy):
        bound, what = _truncation(policy, histories, interval), "the lowest that goes on has"
    else:
        return None
    if own >= bound:
        return None
    return f"at interval {interval} its best value is {_shown(goal, own)}, and {what} {_shown(goal, bound)}"


def _bandit(policy: BanditPolicy, histories: Histories, interval: int) -> float:
    """How far from the best run a run may be."""
    best = max(history.best(interval) for history in histories.values())
    if policy.slack_amount is not None:
        return best - policy.slack_amount
    scale = 1 + (policy.slack_factor or 0)
    # Divided by the scale, a best value below zero would move towards better ones, and condemn itself.
    return best / scale if best > 0 else best * scale


def _median(histories: Histories, interval: int) -> float:
    """The median of the averages of the runs that came so far."""
    averages = [history.average(interval) for history in histories.values() if len(history) >= interval]
    known = [average for average in averages if average is not None]
    return min(median(known), max(known)) if known else -math.inf


def _truncation(policy: TruncationSelectionPolicy, histories: Histories, interval: int) -> float:
    """The best value of the first run, from the lowest on, that does not belong to the share which is cancelled."""
    ranked = sorted(history.best(interval) for history in histories.values() if len(history) >= interval)
    return ranked[len(ranked) * policy.truncation_percentage // 100]


def _shown(goal: PrimaryMetricGoal, merit: float) -> str:
    if not math.isfinite(merit):
        return "no number"
    return f"{goal.merit(merit):.6g}"

"""Whether more of the primary metric is better, or less."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import Enum
from typing import Any

from aml_nb.core.hyperdrive.refusals import expects


class PrimaryMetricGoal(Enum):
    """What the best run has: the most or the least of the primary metric."""

    MAXIMIZE = "MAXIMIZE"
    MINIMIZE = "MINIMIZE"

    @staticmethod
    def from_str(goal: str) -> PrimaryMetricGoal:
        """The goal of that name, in capitals or not.

        Raises
        ------
        HyperDriveConfigException : there is no such goal.
        """
        try:
            return PrimaryMetricGoal(str(goal).upper())
        except ValueError:
            expects("primary_metric_goal", f"MAXIMIZE or MINIMIZE, got {goal!r}", hint="PrimaryMetricGoal.MAXIMIZE")

    def merit(self, value: float) -> float:
        """The value so that more is better; what is no number, or infinite, is worse than any number."""
        if not math.isfinite(value):
            return -math.inf
        return value if self is PrimaryMetricGoal.MAXIMIZE else -value

    def best(self, values: Iterable[float]) -> float | None:
        """The best of the values; None when none of them is a number."""
        numbers = [value for value in values if math.isfinite(value)]
        return max(numbers, key=self.merit, default=None)


def number(value: Any) -> float | None:
    """A logged value as a number: text with a number in it counts, anything else does not."""
    if isinstance(value, (bool, int, float, str)):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return None
    return None


def numbers(value: Any) -> list[float]:
    """The numbers of one logged value, which may be a list of them; NaN stands for what is none."""
    if isinstance(value, list):
        return [math.nan if (n := number(item)) is None else n for item in value]
    found = number(value)
    return [math.nan if found is None else found]

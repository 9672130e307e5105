"""The table of iterations, as v1 prints it while a search goes on."""

from __future__ import annotations

import math
from datetime import timedelta

_WIDTH = 46
_RULE = "*" * 100
LEGEND = f"""{_RULE}
ITERATION: The number of the pipeline, from 0 on.
PIPELINE: What it is made of: scaler and algorithm.
DURATION: How long it took to train and to judge it.
METRIC: The primary metric that it has reached.
BEST: The best value of all pipelines so far.
{_RULE}
"""
HEAD = f" ITERATION   PIPELINE{'':<{_WIDTH - 8}} DURATION      METRIC      BEST"


def row(number: int, label: str, seconds: float, score: float | None, best: float | None) -> str:
    """One pipeline."""
    took = str(timedelta(seconds=round(seconds)))
    return f"{number:>10}   {label:<{_WIDTH}} {took:<10} {_number(score):>9} {_number(best):>9}"


def _number(value: float | None) -> str:
    return "nan" if value is None or math.isnan(value) else f"{value:.4f}"

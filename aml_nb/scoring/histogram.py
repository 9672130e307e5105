"""Durations counted in buckets: cheap to count, to add up and to keep, and good for percentiles.

The bounds rise by a fifth to a third, so a percentile is right to some ten percent; those of OpenTelemetry's
conventions are among them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

_STEPS = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5)
BOUNDS = tuple(float(f"{step}e{power}") for power in range(-5, 3) for step in _STEPS) + (1000.0,)
"""The highest duration, in seconds, of each bucket but the last, which takes what is longer."""

BUCKETS = len(BOUNDS) + 1


def bucket(seconds: float) -> int:
    """Where a duration is counted."""
    return bisect_left(BOUNDS, seconds)


def counted(durations: Iterable[float]) -> list[int]:
    """How many of the durations, in seconds, are in each bucket."""
    counts = [0] * BUCKETS
    for seconds in durations:
        counts[bucket(seconds)] += 1
    return counts


def percentile(counts: Sequence[int], share: float) -> float | None:
    """The duration, in seconds, that ``share`` (0 to 1) of those counted did not exceed; None where none was.

    Inside its bucket it is taken as if durations were spread evenly there.
    """
    total = sum(counts)
    if not total:
        return None
    rank, below = share * total, 0
    for number, count in enumerate(counts):
        if count and below + count >= rank:
            low = BOUNDS[number - 1] if number else 0.0
            high = BOUNDS[number] if number < len(BOUNDS) else BOUNDS[-1]
            return low + (high - low) * max(0.0, rank - below) / count
        below += count
    return BOUNDS[-1]


def added(rows: Iterable[Sequence[int]]) -> list[int]:
    """The counts of all rows together."""
    counts = [0] * BUCKETS
    for row in rows:
        counts = [have + more for have, more in zip(counts, row, strict=True)]
    return counts

"""From what was measured to what to ask for."""

from __future__ import annotations

import math
from typing import Any

from aml_nb.core.profile.limits import GB, MAX_PROFILE_CPU, MAX_PROFILE_MEMORY, MIN_PROFILE_CPU, MIN_PROFILE_MEMORY

CPU_MARGIN, MEMORY_MARGIN = 1.2, 1.25
# Of the highest throughput: the least load that reaches it is where the service does its best.
_NEARLY, _ALL_OF_IT, _BUSY = 0.95, 0.9, 0.95
# The clients are threads of one process, which has one core at most.
_CLIENTS_LIMIT = 0.8

Row = dict[str, Any]


def best(rows: list[Row]) -> Row | None:
    """The row of the least load that nearly reaches the highest throughput; None where nothing was answered."""
    top = max((row["requestsPerSecond"] for row in rows), default=0.0)
    return next((row for row in rows if top > 0 and row["requestsPerSecond"] >= _NEARLY * top), None)


def saturated(rows: list[Row]) -> bool:
    """Whether more load brings no more: two loads in a row were no better than one before, or all went wrong."""
    if rows and rows[-1]["requests"] == rows[-1]["errors"]:
        return True
    if len(rows) < 3:
        return False
    before = max(row["requestsPerSecond"] for row in rows[:-2])
    return all(row["requestsPerSecond"] < before * 1.05 for row in rows[-2:])


def recommend(rows: list[Row]) -> tuple[float | None, float | None]:
    """Cores and GB to ask for: the most that was used, with a margin, in tenths and within v1's bounds."""
    cores = max((row["cpu"] for row in rows if row["cpu"] is not None), default=None)
    memory = max((row["memoryInGB"] for row in rows if row["memoryInGB"] is not None), default=None)
    return (
        None if cores is None else _tenths(cores * CPU_MARGIN, MIN_PROFILE_CPU, MAX_PROFILE_CPU),
        None if memory is None else _tenths(memory * MEMORY_MARGIN, MIN_PROFILE_MEMORY, MAX_PROFILE_MEMORY),
    )


def reasons(rows: list[Row], cpu_limit: float, memory_limit: float, enforced: bool) -> list[str]:
    """Where the numbers come from, and what they do not say."""
    cores = max((row["cpu"] for row in rows if row["cpu"] is not None), default=None)
    memory = max((row["memoryInGB"] for row in rows if row["memoryInGB"] is not None), default=None)
    if cores is None or memory is None:
        return ["This engine does not tell what a service uses, so there is nothing to recommend."]
    told = [
        f"It used {cores:.2f} cores and {memory:.2f} GB at most; {CPU_MARGIN - 1:.0%} and {MEMORY_MARGIN - 1:.0%} "
        "are added and the sum rounded up to a tenth."
    ]
    if max(row["machineBusy"] for row in rows) >= _BUSY:
        told.append(
            "This machine had no core free meanwhile: the clients and other programs share it, and on a quiet one "
            "the service would use more of it and answer more."
        )
    if max(row["clientCpu"] for row in rows) >= _CLIENTS_LIMIT:
        told.append("The clients sent as fast as they could: the service may answer more, and use more for it.")
    if enforced and cores >= _ALL_OF_IT * cpu_limit:
        told.append(f"It used all of the {cpu_limit:g} cores that it was given; with more it may answer more.")
    if enforced and memory >= _ALL_OF_IT * memory_limit:
        told.append(f"It used nearly all of the {memory_limit:g} GB that it was given; give it more to be safe.")
    return told


def gigabytes(memory: int | None) -> float | None:
    """Bytes as GB."""
    return None if memory is None else memory / GB


def _tenths(value: float, least: float, most: float) -> float:
    return min(max(math.ceil(round(value * 10, 6)) / 10, least), most)

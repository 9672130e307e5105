"""What was measured at one load, as the cells of a row."""

from __future__ import annotations

from typing import Any

HEADS = ("clients", "requests/s", "p50 ms", "p90 ms", "p99 ms", "errors", "CPU cores", "CPU ms/request", "memory GB")


def cells(row: dict[str, Any]) -> list[str]:
    """The cells under ``HEADS``; a dash where there is nothing to tell."""
    per_request = row["cpuSecondsPerRequest"]
    return [
        str(row["load"]),
        f"{row['requestsPerSecond']:.1f}",
        *(_number(row[f"percentile{share}InMs"], 1) for share in (50, 90, 99)),
        str(row["errors"]),
        _number(row["cpu"], 2),
        _number(None if per_request is None else per_request * 1000, 2),
        _number(row["memoryInGB"], 3),
    ]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"

"""How much CPU and memory a profile may be measured with: v1's bounds, and what this machine has."""

from __future__ import annotations

import os
from dataclasses import dataclass

from aml_nb.errors import WebserviceException

MIN_PROFILE_CPU, MAX_PROFILE_CPU = 0.1, 3.5
MIN_PROFILE_MEMORY, MAX_PROFILE_MEMORY = 0.1, 15.0
GB = 1024**3


@dataclass(frozen=True)
class Limits:
    """What the private service may use, and what is to be said of it."""

    cpu: float
    memory_gb: float
    notes: tuple[str, ...] = ()


def choose(cpu: float | None, memory_gb: float | None) -> Limits:
    """What was asked for, or as much as v1 and this machine give; a machine that has less says so."""
    _check("cpu", cpu, MIN_PROFILE_CPU, MAX_PROFILE_CPU)
    _check("memory_in_gb", memory_gb, MIN_PROFILE_MEMORY, MAX_PROFILE_MEMORY)
    cores, memory = machine()
    notes = []
    if cpu is not None and cpu > cores:
        notes.append(f"This machine has {cores:g} cores, so it was measured with {cores:g} instead of {cpu:g}.")
    if memory_gb is not None and memory_gb > memory:
        notes.append(f"This machine has {memory:g} GB of memory, so it was measured with that, not {memory_gb:g}.")
    return Limits(
        min(MAX_PROFILE_CPU if cpu is None else cpu, cores),
        min(MAX_PROFILE_MEMORY if memory_gb is None else memory_gb, memory),
        tuple(notes),
    )


def machine() -> tuple[float, float]:
    """The cores and the GB of memory that this machine has."""
    import psutil

    return float(os.cpu_count() or 1), round(psutil.virtual_memory().total / GB, 1)


def _check(name: str, value: float | None, least: float, most: float) -> None:
    if value is None:
        return
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not least <= value <= most:
        raise WebserviceException(
            f"Error, {name} must be a number from {least:g} to {most:g}, not {value!r}.",
            hint=f"Model.profile(..., {name}={1 if number else 1.0})",
        )

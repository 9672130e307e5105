"""How far a parallel step is, for whoever shows it: read from the job's folder, at any time, without its run's help."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.folder import RunFolder
from aml_nb.engines.batch.spec import ERRORS_FILE, PROGRESS_FILE

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.workspace import Workspace

OWNER = "batch_owner"
"""In the payload of a step's run: the run whose folder has the job; another one's where a run goes on with it."""
FOLDER = "batch"


def job_folder(workspace: Workspace, owner: str) -> Path:
    """The folder of the job that a run has begun."""
    return RunFolder(workspace, owner).path / FOLDER


def read(workspace: Workspace, record: RunRecord) -> dict[str, Any] | None:
    """The job's counts, rate and time left; None where the run is no parallel step or has not begun with it.

    Keys: ``status``, ``done`` and ``failed`` (mini-batches), ``batches`` (of them in all, where known), ``items``,
    ``items_failed``, ``items_total``, ``rows``, ``retries``, ``rate`` (items a second), ``seconds``, ``seconds_left``,
    ``workers``, ``workers_lost``. A run that lost its process is told by its record, not here.
    """
    owner = record.payload.get(OWNER)
    if not owner:
        return None
    try:
        found: dict[str, Any] = json.loads((job_folder(workspace, str(owner)) / PROGRESS_FILE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found


def errors(workspace: Workspace, record: RunRecord) -> Iterator[dict[str, Any]]:
    """Every try of a mini-batch that failed: ``mini_batch``, ``files``, ``label``, ``message``, ``file``, ``line``…"""
    from aml_nb.engines.batch.errors_log import read_errors

    owner = record.payload.get(OWNER)
    if owner:
        yield from read_errors(job_folder(workspace, str(owner)) / ERRORS_FILE)


def sentence(facts: dict[str, Any], over: bool) -> str:
    """The counts in a line: mini-batches, items, and while it goes on the rate and the time left."""
    batches, total = facts.get("batches"), facts.get("items_total")
    parts = [
        f"{facts['done']:,}{f' of {batches:,}' if batches is not None else ''} mini-batches",
        f"{facts['items']:,}{f' of {total:,}' if total is not None else ''} items",
    ]
    if facts.get("items_failed") or facts.get("failed"):
        parts.append(f"{_counted(facts['failed'], 'mini-batch')} and {_counted(facts['items_failed'], 'item')} failed")
    if facts.get("retries"):
        parts.append(f"{facts['retries']:,} tried again")
    if not over:
        parts.append(f"{facts['rate']:,.0f} items/s")
        if facts.get("seconds_left") is not None:
            parts.append(f"{_span(facts['seconds_left'])} left")
    return ", ".join(parts)


def share(facts: dict[str, Any]) -> float | None:
    """How much of it is over, from 0 to 1; None where that cannot be told."""
    total = facts.get("items_total")
    return min(1.0, facts["items"] / total) if total else None


def _counted(count: int, noun: str) -> str:
    plural = noun + ("es" if noun.endswith("h") else "s")
    return f"{count:,} {noun if count == 1 else plural}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"

"""What cards, tables and panels say of a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from aml_nb.core.runs.records import RunRecord
from aml_nb.display.metrics import Metric, shown
from aml_nb.display.run_facts import SEARCHED, RunFacts, parameters_of
from aml_nb.display.text import age, pairs

_MOST_SHORT = 3
_MOST_ERROR = 200


def run_rows(facts: RunFacts, now: bool = True) -> list[tuple[str, Any]]:
    """What a card says of a run; without ``now`` only what is still true when the notebook is read again."""
    record, best = facts.record, facts.best
    began = moment(record.started or record.created)
    if now:
        began += f" ({age((record.started or record.created) / 1000)} ago)"
    return [
        ("id", record.run_id if record.display_name and record.display_name != record.run_id else ""),
        ("experiment", f"{record.experiment} (run {record.number})"),
        ("type", record.run_type or ""),
        ("target", record.target or ""),
        ("script", record.payload.get("script") or ""),
        ("parameters", pairs(parameters_of(record))),
        ("started", began),
        ("took", took(record)),
        ("progress", progress_of(facts)),
        ("parent", record.parent_id or ""),
        ("children", children_text(facts)),
        ("best", f"{name_of(best.record)}: {facts.primary.name} {shown(best.value)}" if best and facts.primary else ""),
        ("description", record.description or ""),
        ("tags", pairs(visible_tags(record))),
        ("error", error_of(record)),
    ]


def progress_of(facts: RunFacts) -> str:
    """How far a step is that scores mini-batches; nothing of other runs."""
    from aml_nb.core.pipelines.parallel import progress

    found = progress.read(facts.workspace, facts.record)
    return "" if found is None else progress.sentence(found, facts.record.over)


def visible_tags(record: RunRecord) -> dict[str, Any]:
    """Its tags, without those that a search keeps about itself and its children."""
    return {key: value for key, value in record.tags.items() if key != SEARCHED and not key.startswith("_aml_")}


def children_text(facts: RunFacts) -> str:
    """How many children are in which state."""
    counts: dict[str, int] = {}
    for child in facts.children:
        counts[child.record.status] = counts.get(child.record.status, 0) + 1
    return ", ".join(f"{count} {status}" for status, count in counts.items())


def error_of(record: RunRecord, whole: bool = False) -> str:
    """The first line of what ended it, or all of it."""
    error = record.payload.get("error")
    while isinstance(error, dict):  # v1 wraps errors in errors
        error = error.get("error") or error.get("message") or error.get("details") or ""
    said = str(error or "").strip()
    if whole or not said:
        return said
    first = said.splitlines()[0]
    return first if len(first) <= _MOST_ERROR else first[:_MOST_ERROR].rsplit(" ", 1)[0] + " …"


def name_of(record: RunRecord) -> str:
    """What a run is called: its display name where it has one, else its id."""
    return record.display_name or record.run_id


def took(record: RunRecord) -> str:
    """How long it ran, as ``12 s``, ``3 min 5 s`` or ``2 h 10 min``."""
    if record.started is None:
        return ""
    end = record.ended if record.over and record.ended else time.time() * 1000
    return duration((end - record.started) / 1000)


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    seconds = max(0.0, seconds)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"


def moment(milliseconds: float) -> str:
    """A time as people of this machine's zone read it."""
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def short(metric: Metric) -> str:
    """A metric in a few characters."""
    if metric.values:
        return shown(metric.last)
    return f"({len(metric.rows)} rows)" if metric.rows else f"({metric.kind.replace('_', ' ')})"


def short_metrics(metrics: Sequence[Metric]) -> str:
    """The last values of the first few metrics that are single values or curves."""
    known = [metric for metric in metrics if metric.values]
    said = ", ".join(f"{metric.name} {shown(metric.last)[:12]}" for metric in known[:_MOST_SHORT])
    return said + (" …" if len(known) > _MOST_SHORT else "")


def run_data(record: RunRecord, metrics: Sequence[Metric]) -> dict[str, Any]:
    """A run for JSON."""
    return {
        "id": record.run_id,
        "name": name_of(record),
        "number": record.number,
        "experiment": record.experiment,
        "status": record.status,
        "type": record.run_type,
        "target": record.target,
        "parent": record.parent_id,
        "created": stamp(record.created),
        "started": stamp(record.started),
        "ended": stamp(record.ended),
        "parameters": parameters_of(record),
        "metrics": {metric.name: metric.last for metric in metrics if metric.values},
        "tags": record.tags,
        "error": error_of(record, whole=True) or None,
    }


def stamp(milliseconds: int | None) -> str | None:
    """Milliseconds since 1970 as ISO text."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(timespec="milliseconds")

"""Runs side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.errors import UsageError
from aml_nb.verbs.parser import near_text

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.workspace import Workspace
    from aml_nb.display.runs import CompareTable


def compare(workspace: Workspace, records: Sequence[RunRecord], metric: str | None, least: bool) -> CompareTable:
    """The runs with the parameters in which they differ and the last values that they logged.

    Parameters
    ----------
    metric : sort by this one, the best first; runs without it come last.
    least : the least value is the best.
    """
    from aml_nb.display.run_facts import parameters_of, read_metrics
    from aml_nb.display.run_words import name_of
    from aml_nb.display.runs import CompareTable

    rows, parameters, metrics = [], list[str](), list[str]()
    for record in records:
        chosen = parameters_of(record)
        logged = {m.name: m.last for m in read_metrics(workspace, record.run_id) if m.values}
        parameters += [name for name in chosen if name not in parameters]
        metrics += [name for name in logged if name not in metrics]
        rows.append({**chosen, **logged, "run": name_of(record), "status": record.status, "id": record.run_id})
    if metric is not None and metric not in metrics:
        raise UsageError(
            f"none of these runs logged {metric!r}{near_text(metric, metrics)}",
            hint=f"there is {', '.join(metrics) or 'nothing'}",
        )
    if metric is not None:
        rows.sort(key=lambda row: _rank(row.get(metric), least))
    best = {metric: 0} if metric is not None and _is_number(rows[0].get(metric)) else {}
    differing = [name for name in parameters if len({repr(row.get(name)) for row in rows}) > 1 or len(rows) == 1]
    names = [name for name in (metric, *differing, *metrics) if name is not None]
    return CompareTable(rows, list(dict.fromkeys(names)), best)


def _rank(value: Any, least: bool) -> tuple[bool, float]:
    if not _is_number(value):
        return (True, 0.0)
    return (False, float(value) if least else -float(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not math.isnan(value)

"""What a search has to say for itself where it did not go as it should."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from aml_nb.core.hyperdrive import children
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.primary_metric import Tail, missing
from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def why_no_best(workspace: Workspace, run_id: str, metric: str, found: list[children.Outcome]) -> str:
    """Why no child can be the best one."""
    if not found:
        return f"{run_id} has no best run: it has no children."
    if any(one.best is not None for one in found):
        return f"{run_id} has no best run: the children that logged {metric!r} have failed or were cancelled."
    if all(one.record.status in (states.FAILED, states.NOT_RESPONDING) for one in found):
        return f"{run_id} has no best run: {_failures(found)}"
    names: dict[str, None] = {}
    unreadable = None
    for one in found:
        tail = Tail(RunFolder(workspace, one.record.run_id).metrics, metric)
        tail.read()
        names |= tail.others
        unreadable = tail.unreadable if unreadable is None else unreadable
    return f"{run_id} has no best run: {missing(metric, names, unreadable)}."


def report(
    workspace: Workspace,
    record: RunRecord,
    metric: str,
    goal: PrimaryMetricGoal,
    found: list[children.Outcome],
) -> str:
    """How the search stands, a sentence a line."""
    counts = Counter(one.record.status for one in found)
    told = ", ".join(f"{count} {status}" for status, count in counts.most_common()) or "none"
    lines = [f"{record.run_id} is {record.status}. Children: {told}."]
    ranked = children.ranked(found, goal)
    if ranked:
        best = ranked[0]
        lines.append(f"The best is {best.record.run_id}: {metric} = {best.best:.6g} with {best.hyperparameters}.")
    elif found:
        lines.append(why_no_best(workspace, record.run_id, metric, found))
    if counts[states.FAILED] and ranked:
        lines.append(_failures([one for one in found if one.record.status == states.FAILED]))
    error = message_of(record)
    return "\n".join([*lines, *([error] if error else [])])


def _failures(failed: list[children.Outcome]) -> str:
    first = failed[0].record
    return f"{len(failed)} of the children failed, {first.run_id} first: {message_of(first) or 'no reason is known'}"


def message_of(record: RunRecord) -> str | None:
    """Why a run failed, if it did."""
    error = (record.payload.get("error") or {}).get("error") or {}
    return str(error["message"]) if error.get("message") else None

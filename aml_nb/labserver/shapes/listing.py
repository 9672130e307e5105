"""Lists of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import compute, data, environments, models, pipelines, runs, schedules, services
from aml_nb.labserver.shapes.base import Row

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.labserver.call import Call

KINDS: dict[str, Callable[[Workspace], list[Row]]] = {
    "models": models.rows,
    "services": services.rows,
    "compute": compute.rows,
    "runs": runs.rows,
    "pipelines": pipelines.rows,
    "schedules": schedules.rows,
    "data": data.rows,
    "environments": environments.rows,
}


def rows_of(call: Call) -> dict[str, Any]:
    """One list; of runs the newest only."""
    kind = call.parts["kind"]
    check(kind)
    if kind == "runs":
        found = runs.rows(call.workspace, call.number("limit", runs.MOST, 1, runs.MOST_EVER))
    else:
        found = KINDS[kind](call.workspace)
    return {"kind": kind, "total": len(found), "rows": found}


def check(kind: str) -> None:
    """Whether there is such a kind.

    Raises
    ------
    NothingThereError : there is none.
    """
    if kind not in KINDS:
        raise NothingThereError(f"There is no list of {kind!r}.", hint=f"the lists are {', '.join(KINDS)}")

"""Where a run goes: what a compute target's name means for the process that keeps the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aml_nb.core.compute.target import get
from aml_nb.errors import ComputeTargetException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

#: v1's names for the machine of whoever submits, and for a cluster that lived for one run.
HERE = frozenset({"local", "amlcompute", "containerinstance"})


class Place(NamedTuple):
    """Where a run goes.

    ``kind`` is ``local`` (at once, on this machine), ``pool`` (a ``Pool`` of that name has its nodes) or ``dask``
    (a task of the scheduler at ``address``). ``most`` is how many nodes a run may have; None: as many as it likes.
    """

    kind: str
    name: str
    address: str | None = None
    most: int | None = None


def place(workspace: Workspace, target: str, nodes: int = 1) -> Place:
    """Where a run for this compute target goes.

    Parameters
    ----------
    workspace : the workspace.
    target : the compute target's name; ``local`` is always there.
    nodes : how many nodes the run asks for.

    Raises
    ------
    ComputeTargetException
        There is no such target, it runs no scripts, it is stopped or failed, or has never so many nodes.
    """
    if target.lower() in HERE:
        return Place("local", target)
    found = get(workspace, target)
    placed: Place = found._place()
    if placed.most is not None and nodes > placed.most:
        raise ComputeTargetException(
            f"The run asks for {nodes} nodes, and the compute target {target} has at most {placed.most}.",
            hint=f"node_count={placed.most}, or ComputeTarget(ws, {target!r}).update(max_nodes={nodes})",
        )
    return placed

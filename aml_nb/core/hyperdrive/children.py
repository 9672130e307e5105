"""The children of a HyperDrive run as they are stored: hyperparameters, what they reached, how they stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from aml_nb.core.hyperdrive.generators import Point
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.primary_metric import values
from aml_nb.core.runs import watch
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

HYPERPARAMETERS = "hyperparameters"
"""The tag of a child, and of v1's: its hyperparameters as JSON."""


class Outcome(NamedTuple):
    """A child and the best value that it has logged of the primary metric."""

    record: RunRecord
    best: float | None

    @property
    def hyperparameters(self) -> str | None:
        """Its hyperparameters as JSON."""
        return self.record.tags.get(HYPERPARAMETERS)

    @property
    def point(self) -> Point | None:
        """Its hyperparameters; None where the tag was removed or altered."""
        try:
            point = json.loads(self.hyperparameters or "")
        except ValueError:
            return None
        return point if isinstance(point, dict) else None

    def shown(self) -> dict[str, Any]:
        """The child in v1's form."""
        return {
            "run_id": self.record.run_id,
            HYPERPARAMETERS: self.hyperparameters,
            "best_primary_metric": self.best,
            "status": self.record.status,
        }


def records(workspace: Workspace, run_id: str) -> Iterator[RunRecord]:
    """The children of a run as they stand, in the order in which they were started."""
    found = list(RunRecords(workspace._store).find(parent_id=run_id))
    return (watch.settle(workspace, record) for record in reversed(found))


def outcomes(workspace: Workspace, run_id: str, metric: str, goal: PrimaryMetricGoal) -> list[Outcome]:
    """The children of a run with what they have reached, in the order in which they were started."""
    return [
        Outcome(record, goal.best(values(RunFolder(workspace, record.run_id).metrics, metric)))
        for record in records(workspace, run_id)
    ]


def ranked(found: list[Outcome], goal: PrimaryMetricGoal) -> list[Outcome]:
    """Those that have reached something, the best first; of equals the one that was started first."""
    reached = [one for one in found if one.best is not None]
    return sorted(reached, key=lambda one: -goal.merit(one.best or 0.0))

"""Wait for runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.display.runs import RunTable


def wait(workspace: Workspace, ids: Sequence[str]) -> RunTable:
    """Return when all of these runs have ended, with how they did; that one failed is no error here."""
    from aml_nb.core.runs.run import Run
    from aml_nb.core.runs.watch import look
    from aml_nb.display.run_facts import read_metrics
    from aml_nb.display.runs import RunTable

    for run_id in ids:
        Run.get(workspace, run_id).wait_for_completion(raise_on_error=False)
    return RunTable(workspace, [look(workspace, i) for i in ids], {i: read_metrics(workspace, i) for i in ids})

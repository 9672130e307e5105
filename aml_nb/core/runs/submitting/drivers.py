"""Submitting a function of ours as a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord
from aml_nb.core.runs.spec import Layout, RunSpec
from aml_nb.core.runs.submitting import booking

if TYPE_CHECKING:
    from aml_nb.core.runs.run import Run


def submit(
    experiment: Any,
    module: str,
    payload: Any,
    *,
    run_type: str,
    target: str | None,
    tags: dict[str, str] | None,
    properties: dict[str, str] | None,
    log: str,
    parent: Any,
    display_name: str | None,
    run_id: str | None,
    run_payload: dict[str, Any] | None,
    cluster: str | None,
    nodes: int,
) -> Run:
    """As ``submit_driver`` says."""
    from aml_nb.core.runs.run import Run

    workspace = experiment.workspace
    record = RunRecord(
        run_id=booking.check_id(run_id or booking.new_id(experiment.name)),
        experiment=experiment.name,
        experiment_id=experiment.id,
        parent_id=booking.parent_id(parent),
        status=states.STARTING,
        target=target or "local",
        run_type=run_type,
        display_name=display_name,
        tags=dict(tags or {}),
        properties=dict(properties or {}),
        payload={"submitted_by": booking.submitted_by(), **(run_payload or {})},
    )

    def lay_out(folder: RunFolder) -> RunSpec:
        return booking.spec_of(
            workspace,
            record,
            "driver",
            module=module,
            payload=payload,
            log=log,
            python_path=[p for p in sys.path if p],
            cluster=cluster,
            layout=Layout(nodes=nodes),
        )

    booking.submit(workspace, record, lay_out)
    run: Run = Run.get(workspace, record.run_id)
    return run

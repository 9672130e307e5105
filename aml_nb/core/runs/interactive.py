"""Runs whose script is the notebook itself."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder, session
from aml_nb.core.runs.records import RunRecord, RunRecords, now
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.snapshots import note, take
from aml_nb.core.runs.submitting.booking import check_id
from aml_nb.core.runs.tagging import clean
from aml_nb.core.user import user
from aml_nb.errors import SnapshotException

if TYPE_CHECKING:
    from aml_nb.core.runs.experiment import Experiment


def start(
    experiment: Experiment,
    name: str | None = None,
    run_id: str | None = None,
    outputs: Any = None,
    snapshot_directory: Any = ...,
    display_name: str | None = None,
    tags: dict[str, Any] | None = None,
    properties: dict[str, Any] | None = None,
    **_: Any,
) -> Run:
    """As ``Experiment.start_logging`` says; the run is held by this process from before it can be seen."""
    workspace = experiment.workspace
    payload = {
        "interactive": True,
        "owner": session(workspace),
        "submitted_by": user(),
        "name": name,
        "outputs": os.path.abspath(outputs) if outputs else None,
    }
    fields: dict[str, Any] = {"payload": payload, "properties": clean(properties, "properties")}
    snapshot_id = _snapshot(experiment, snapshot_directory)
    if snapshot_id is not None:
        note(fields, snapshot_id)
    record = RunRecord(
        run_id=check_id(run_id or str(uuid.uuid4())),
        experiment=experiment.name,
        experiment_id=experiment.id,
        status=states.RUNNING,
        started=now(),
        target="local",
        display_name=display_name or name,
        tags=clean(tags, "tags"),
        properties=fields["properties"],
        payload={key: value for key, value in payload.items() if value is not None},
    )
    made = RunRecords(workspace._store).create(record)
    RunFolder(workspace, made.run_id).make()
    return Run(experiment, made.run_id, _run_dto=made)


def _snapshot(experiment: Experiment, directory: Any) -> str | None:
    """Keep the source; the current folder only where it is no larger than v1 takes."""
    if directory is None:
        return None
    if directory is not ...:
        return take(experiment.workspace, directory)
    try:
        return take(experiment.workspace, ".")
    except (SnapshotException, OSError) as error:
        print(f"No snapshot was taken: {getattr(error, 'message', error)}")
        return None

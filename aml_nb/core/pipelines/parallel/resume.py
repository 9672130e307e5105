"""Going on with a parallel step that was killed, failed or was cancelled: what it has done is not done again."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.executing import STEP_RUN
from aml_nb.core.pipelines.parallel import executor
from aml_nb.core.pipelines.parallel.mending import SOURCE
from aml_nb.core.pipelines.parallel.progress import OWNER, job_folder
from aml_nb.core.runs import status as states
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.runs.run import Run

RESUMES = "azureml.resumedrunid"


def resume(run: Run, source_directory: str | None = None) -> Any:
    """Go on with a parallel step's job in a run of its own, which has the same output.

    The journal of the job says which mini-batches are done; the rows of each are in the output exactly once. The new
    run is a step of the same pipeline run. When it has completed, submitting the pipeline again takes its output
    for the step's and runs what comes after it.

    Parameters
    ----------
    run : the step's run, or the pipeline's when it has one such step.
    source_directory : take the entry script anew from this folder; as it was when the job began when left out. The
        pipeline is published with it.

    Raises
    ------
    UserErrorException : it is still going, has completed, is no parallel step, or its job is gone.
    """
    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.core.runs.spec import RunSpec

    workspace = run.experiment.workspace
    record = _step(workspace, run)
    _check(workspace, record)
    folder = RunFolder(workspace, record.run_id)
    owner = str(record.payload[OWNER])
    if not folder.spec.is_file() or not job_folder(workspace, owner).is_dir():
        raise UserErrorException(
            f"The run {record.run_id} was never begun, or its folder is gone: there is nothing to go on with.",
            hint="submit the pipeline again",
        )
    payload: dict[str, Any] = {**RunSpec.read(folder.spec).payload, "resumes": record.run_id}
    kept = (OWNER, "input_datasets", "script", SOURCE)
    shown = {key: record.payload[key] for key in kept if key in record.payload}
    if source_directory is not None:
        shown[SOURCE] = _taken(workspace, source_directory)
        payload["settings"] = {**payload["settings"], "source": shown[SOURCE]}
    shown["step"] = {**record.payload.get("step", {}), "contents": None, "reused": None}
    facts = {
        "run_type": record.run_type or STEP_RUN,
        "run_id": str(uuid.uuid4()),
        "parent": record.parent_id,
        "display_name": record.display_name,
        "tags": dict(record.tags),
        "properties": {**record.properties, RESUMES: record.run_id},
    }
    return executor.submit(run.experiment, payload, shown, record.target, facts)


def completed(workspace: Any, run_id: str) -> None:
    """Let a pipeline that is submitted again find the output of a resumed step."""
    from aml_nb.core.pipelines import reuse
    from aml_nb.core.runs.records import RunRecords

    records = RunRecords(workspace._store)
    record = records.get(run_id)
    step = record.payload.get("step") if record is not None else None
    if not step or not step.get("outputs"):
        return
    contents = reuse.contents(workspace, step["outputs"])
    records.change(run_id, lambda fields: fields["payload"]["step"].update(contents=contents))
    if step.get("key"):
        reuse.remember(workspace, step["key"], run_id)


def _step(workspace: Any, run: Run) -> RunRecord:
    """The record of the parallel step."""
    from aml_nb.core.runs.records import RunRecords
    from aml_nb.core.runs.watch import look, settle

    record = look(workspace, run.id)
    records = RunRecords(workspace._store)
    if OWNER in record.payload:
        # Another run may have gone on with it meanwhile: that one counts.
        beside = records.find(parent_id=record.parent_id) if record.parent_id else iter([record])
        return settle(workspace, next(each for each in beside if each.payload.get(OWNER) == record.payload[OWNER]))
    below = [settle(workspace, each) for each in records.find(parent_id=run.id)]
    steps = [each for each in below if OWNER in each.payload]
    latest = list({each.payload[OWNER]: each for each in reversed(steps)}.values())
    left = [each for each in latest if each.status != states.COMPLETED]
    if len(left) == 1 or (latest and not left):
        return (left or latest)[0]
    if not latest:
        raise UserErrorException(
            f"The run {run.id} has no parallel step to go on with.", hint="give the run of a ParallelRunStep"
        )
    names = ", ".join(f"{each.display_name} ({each.run_id})" for each in left)
    raise UserErrorException(
        f"The run {run.id} has several parallel steps that did not complete: {names}.", hint="give the run of one step"
    )


def _check(workspace: Any, record: RunRecord) -> None:
    if not record.over:
        raise UserErrorException(
            f"The run {record.run_id} is still going: {record.status}.", hint="run.wait_for_completion(), or cancel it"
        )
    if record.status == states.COMPLETED:
        raise UserErrorException(
            f"The run {record.run_id} has completed: there is nothing to go on with.",
            hint="run.get_output_data('…').download(local_path='results')",
        )


def _taken(workspace: Any, folder: str) -> dict[str, Any]:
    from aml_nb.core.pipelines.building import NodeContext

    context = NodeContext(workspace, [], keep=True)
    return context.snapshot(context.folder(folder))

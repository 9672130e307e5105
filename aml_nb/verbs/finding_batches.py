"""Find batches: runs of pipelines with a step that scores mini-batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.parallel.progress import OWNER
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.errors import UsageError
from aml_nb.verbs.finding_runs import MOST_COMPLETED, find_run

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.verbs.context import Context

PIPELINE_RUN = "azureml.PipelineRun"
_REUSED = "azureml.reusedrunid"


@dataclass(frozen=True)
class Batch:
    """One batch.

    Attributes
    ----------
    pipeline : the pipeline's run; None where only the step is left.
    node : the step as the pipeline has it.
    step : the run of the step that is at it, or was at it last; None where it has not begun.
    alone : whether the pipeline has no other such step.
    """

    workspace: Workspace
    pipeline: RunRecord | None
    node: dict[str, Any]
    step: RunRecord | None
    alone: bool = True

    @property
    def record(self) -> RunRecord:
        """The step's run, or the pipeline's where that has not begun."""
        found = self.step or self.pipeline
        assert found is not None  # one of the two is how it was found
        return found

    @property
    def owner(self) -> RunRecord | None:
        """The run that did the scoring: an earlier one where its output was taken."""
        if self.step is None or OWNER in self.step.payload:
            return self.step
        reused = self.step.properties.get(_REUSED)
        return RunRecords(self.workspace._store).get(reused) if reused else None

    @property
    def status(self) -> str:
        """Of the step, or of the pipeline where that has ended without it."""
        if self.pipeline is not None and (self.step is None or (self.step.over and not self._resumed)):
            return self.pipeline.status
        return self.record.status

    @property
    def over(self) -> bool:
        """Whether nothing of it goes on."""
        return all(record.over for record in (self.pipeline, self.step) if record is not None)

    @property
    def name(self) -> str:
        """What people call it."""
        shown = self.pipeline or self.record
        if not self.alone:
            return str(self.node.get("name") or shown.run_id)
        return shown.display_name or shown.run_id

    @property
    def settings(self) -> dict[str, Any]:
        """The step's settings."""
        found: dict[str, Any] = self.node.get("settings") or {}
        return found

    @property
    def _resumed(self) -> bool:
        from aml_nb.core.pipelines.parallel.resume import RESUMES

        return self.step is not None and RESUMES in self.step.properties


def find_batch(context: Context, text: Any = None) -> Batch:
    """The batch that ``text`` means: its pipeline's run or its step's, as `find_run` finds them; without it the last.

    Raises
    ------
    UsageError : there is none, or the run is no batch or several.
    """
    workspace = context.workspace
    if text is None:
        record = _last(context)
    else:
        record = _fresh(workspace, find_run(context, text).id)
    found = list(batches_of(workspace, record))
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"the run {record.display_name or record.run_id} scores no mini-batches", hint="%batch list")
    names = ", ".join(str(each.step.display_name or each.step.run_id) for each in found if each.step is not None)
    raise UsageError(
        f"the run {record.run_id} has {len(found)} steps that score mini-batches",
        hint=f"name one of them: {names}" if names else "wait until they have begun",
    )


def batches(workspace: Workspace) -> Iterator[Batch]:
    """All batches, newest first."""
    for record in RunRecords(workspace._store).find(run_type=PIPELINE_RUN):
        if _parallel(record):
            yield from batches_of(workspace, _fresh(workspace, record.run_id))


def batches_of(workspace: Workspace, record: RunRecord) -> Iterator[Batch]:
    """Those of a pipeline's run; or the one that a step's run is."""
    nodes = _parallel(record)
    if nodes:
        children = [_fresh(workspace, child.run_id) for child in _children(workspace, record)]
        for node in nodes:
            runs = [child for child in children if (child.payload.get("step") or {}).get("node") == node["id"]]
            yield Batch(workspace, record, node, runs[0] if runs else None, len(nodes) == 1)
        return
    step = record.payload.get("step") or {}
    parent = _fresh(workspace, record.parent_id) if record.parent_id else None
    beside = _parallel(parent) if parent is not None else []
    mine = [node for node in beside if node["id"] == step.get("node")]
    if mine or OWNER in record.payload:
        yield Batch(workspace, parent, mine[0] if mine else {}, record, len(beside) < 2)


def batch_ids(workspace: Workspace) -> list[str]:
    """The ids of the newest ones, for completion."""
    return [batch.record.parent_id or batch.record.run_id for batch in islice(batches(workspace), MOST_COMPLETED)]


def _last(context: Context) -> RunRecord:
    workspace = context.workspace
    if context.last_run is not None:
        record = RunRecords(workspace._store).get(context.last_run)
        if record is not None and (_parallel(record) or OWNER in record.payload):
            return _fresh(workspace, record.run_id)
    for record in RunRecords(workspace._store).find(run_type=PIPELINE_RUN):
        if _parallel(record):
            return _fresh(workspace, record.run_id)
    raise UsageError("there are no batches here yet", hint="%batch run SCRIPT --data DATASET")


def _fresh(workspace: Workspace, run_id: str) -> RunRecord:
    from aml_nb.core.runs.watch import look

    return look(workspace, run_id)


def _children(workspace: Workspace, record: RunRecord) -> list[RunRecord]:
    return list(RunRecords(workspace._store).find(parent_id=record.run_id))


def _parallel(record: RunRecord) -> list[dict[str, Any]]:
    """The nodes of a pipeline's run that score mini-batches."""
    told = record.payload.get("pipeline") or {}
    return [node for node in (told.get("graph") or {}).get("nodes", ()) if node.get("kind") == "parallel"]

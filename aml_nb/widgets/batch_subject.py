"""A batch as a panel follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.parallel import progress
from aml_nb.display.batch import BatchCard, ErrorTable
from aml_nb.errors import UserErrorException
from aml_nb.verbs.finding_batches import Batch, batches_of
from aml_nb.widgets.subject import Subject

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.workspace import Workspace
    from aml_nb.widgets.panel import Panel

MOST_ERRORS = 50


class BatchSubject(Subject):
    """One batch with its counts and the mini-batches that failed."""

    patience = float("inf")  # it ends by itself

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.name = batch.record.run_id
        self.counts: dict[str, Any] = {}
        self.errors: list[dict[str, Any]] = []
        self._seen: Any = None
        self.refresh()

    @property
    def over(self) -> bool:
        return self.batch.over

    def refresh(self) -> set[str]:
        self.batch = again(self.batch)
        owner, workspace = self.batch.owner, self.batch.workspace
        self.counts = {} if owner is None else progress.read(workspace, owner) or self.counts
        changed = set()
        seen = (self.batch.status, self.counts)
        if seen != self._seen:
            changed.add("head")
            failed = self._seen is None or self.over or self._seen[1].get("failed") != self.counts.get("failed")
            self._seen = seen
            if failed and owner is not None:
                found = final_errors(workspace, owner)
                if found != self.errors:
                    self.errors = found
                    changed.add("errors")
        return changed

    def card(self) -> BatchCard:
        """What it is and how far it is."""
        return BatchCard(self.batch)

    def table(self) -> ErrorTable:
        """The first of the mini-batches that failed, with the names of their files."""
        return ErrorTable(self.batch.name, self.errors[:MOST_ERRORS])

    def as_html(self) -> str:
        return self.card().as_html() + (self.table().as_html() if self.errors else "")

    def as_text(self) -> str:
        return self.card().as_text() + ("\n" + self.table().as_text() if self.errors else "")

    def panel(self) -> Panel:
        from aml_nb.widgets.batch_view import BatchPanel

        return BatchPanel(self)


def again(batch: Batch) -> Batch:
    """The batch as it is now."""
    from aml_nb.core.runs.watch import look

    record = look(batch.workspace, (batch.pipeline or batch.record).run_id)
    found = list(batches_of(batch.workspace, record))
    same = [each for each in found if each.node.get("id") == batch.node.get("id")]
    return same[0] if same else batch


def batch_of(given: Any) -> Batch:
    """The batch that a run, a step's run or a batch is.

    Raises
    ------
    UserErrorException : that scores no mini-batches, or is several that do.
    """
    from aml_nb.core.runs.run import Run
    from aml_nb.core.runs.watch import look

    if isinstance(given, Batch):
        return given
    if not isinstance(given, Run):
        raise UserErrorException(
            f"BatchMonitor shows the run of a batch, not {type(given).__name__}.",
            hint="BatchMonitor(experiment.submit(pipeline))",
        )
    workspace = given.experiment.workspace
    found = list(batches_of(workspace, look(workspace, given.id)))
    if len(found) == 1:
        return found[0]
    names = ", ".join(repr(str(each.node.get("name"))) for each in found)
    what = f"has {len(found)} steps that score mini-batches: {names}" if found else "scores no mini-batches"
    raise UserErrorException(
        f"The run {given.id} {what}.",
        hint="BatchMonitor(next(pipeline_run.find_step_run('NAME')))" if found else "RunDetails(run).show()",
    )


def final_errors(workspace: Workspace, owner: RunRecord) -> list[dict[str, Any]]:
    """The last try of each mini-batch that failed for good."""
    noted = progress.errors(workspace, owner)
    return list({each["mini_batch"]: each for each in noted if each.get("final")}.values())

"""The panel of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import traitlets

from aml_nb.widgets.controls import Question, button, row
from aml_nb.widgets.panel import LiveBox, Page, Panel, spaced
from aml_nb.widgets.working import Worker

if TYPE_CHECKING:
    from aml_nb.widgets.batch_subject import BatchSubject


class BatchBox(LiveBox):
    """The box of a batch, with its counts."""

    status = traitlets.Unicode(help="of the step, in v1's words").tag(sync=True)
    done = traitlets.Int(help="mini-batches that are done").tag(sync=True)
    failed = traitlets.Int(help="mini-batches that failed").tag(sync=True)
    total = traitlets.Int(None, allow_none=True, help="how many there are, where that is known").tag(sync=True)
    items = traitlets.Int(help="files or rows that are done").tag(sync=True)
    rate = traitlets.Float(help="files or rows a second").tag(sync=True)
    seconds_left = traitlets.Float(None, allow_none=True, help="how long it will take").tag(sync=True)


class BatchPanel(Panel):
    """What is shown of one batch."""

    box_class = BatchBox

    def __init__(self, subject: BatchSubject) -> None:
        super().__init__(subject)
        self._subject = subject
        self._head, self._errors = Page(), Page()
        self.question = Question()
        self.cancel = button("Cancel…", "stop it; it can be resumed", self._ask)
        self.worker = Worker([self.cancel])
        self.box.children = [self._head, row(self.cancel), self.question.box, self.worker.said, self._errors]
        self.update({"head", "errors"})

    def update(self, changed: set[str]) -> None:
        self.worker.tick()
        self._head.value = spaced(self._subject.card().as_html())
        if "errors" in changed and self._subject.errors:
            self._errors.value = spaced(self._subject.table().as_html())
        if "head" in changed:
            self._tell()

    def close(self) -> None:
        super().close()
        for widget in self.question.widgets():
            widget.close()

    def _tell(self) -> None:
        counts = self._subject.counts
        self.tell(
            status=self._subject.batch.status,
            done=counts.get("done") or 0,
            failed=counts.get("failed") or 0,
            total=counts.get("batches"),
            items=counts.get("items") or 0,
            rate=float(counts.get("rate") or 0),
            seconds_left=counts.get("seconds_left"),
        )

    def _ask(self) -> None:
        name = self._subject.batch.name
        self.question.ask(f"Stop {name}? What is done stays; it can be resumed.", "Stop it", self._cancel, "Go on")

    def _cancel(self) -> None:
        from aml_nb.verbs.batch import cancelled

        def job() -> str:
            run = cancelled(self._subject.batch)
            return f"{self._subject.batch.name} is told to stop." if run is not None else "It is over already."

        self.worker.begin(f"Stopping {self._subject.batch.name}", job)

"""The panel of a service's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import traitlets

from aml_nb.display import html
from aml_nb.widgets.log_part import LogPart
from aml_nb.widgets.panel import LiveBox, Page, Panel, spaced

if TYPE_CHECKING:
    from aml_nb.widgets.service_subject import LogSubject


class LogsBox(LiveBox):
    """The box of a log, with the state of the service."""

    state = traitlets.Unicode("Unknown", help="the service's state").tag(sync=True)


class LogsPanel(Panel):
    """What is shown of one service's log."""

    box_class = LogsBox

    def __init__(self, subject: LogSubject) -> None:
        super().__init__(subject)
        self._facts = subject.facts
        self._head = Page()
        self._log = LogPart(lambda: self._facts.lines, subject.level)
        self.box.children = [self._head, self._log.box]
        self.update({"head", "logs"})

    def update(self, changed: set[str]) -> None:
        if "head" in changed:
            facts = self._facts
            self.tell(state=facts.state)
            problem = f" {html.cell(facts.problem)}" if facts.problem else ""
            self._head.value = spaced(f"<div><b>{html.cell(facts.name)}</b> {html.badge(facts.state)}{problem}</div>")
        if "logs" in changed:
            self._log.update()

"""The panel of a run."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from aml_nb.display import run_panel
from aml_nb.widgets.panel import Panel, spaced

if TYPE_CHECKING:
    from aml_nb.widgets.run_subject import RunSubject


class RunPanel(Panel):
    """What is shown of one run."""

    def __init__(self, subject: RunSubject) -> None:
        super().__init__(subject)
        self._facts = subject.facts
        self._parts = {name: ipywidgets.HTML() for name in ("head", "steps", "metrics", "pictures", "children")}
        self._logs = ipywidgets.Tab()
        self._pages: dict[str, Any] = {}
        self.box.children = list(self._parts.values())
        self.update({*self._parts, "logs"})

    def update(self, changed: set[str]) -> None:
        """Send what has changed, and the head, for time passes."""
        facts = self._facts
        makers = {
            "head": lambda: run_panel.head(facts),
            "steps": lambda: run_panel.steps(facts, pictures=False),
            "metrics": lambda: run_panel.metrics(facts, pictures=False),
            "pictures": lambda: run_panel.images(facts.pictures),
            "children": lambda: run_panel.children(facts, pictures=False),
        }
        for name, make in makers.items():
            if name in changed or name == "head" or (name == "steps" and "children" in changed):
                self._parts[name].value = spaced(make())
        if "logs" in changed:
            self._update_logs()

    def close(self) -> None:
        """Let go of the widgets; the logs are in the box only once there are some."""
        super().close()
        for widget in (self._logs, *self._pages.values()):
            widget.close()

    def _update_logs(self) -> None:
        for log in self._facts.logs:
            page = self._pages.get(log.name)
            if page is None:
                page = self._pages[log.name] = ipywidgets.HTML()
            note = f"<div>{escape(log.note)}</div>" if log.note else ""
            page.value = spaced(note + run_panel.log_block(log))
        names = list(self._pages)
        if len(self._logs.children) != len(names):
            self._logs.children = [self._pages[name] for name in names]
            for number, name in enumerate(names):
                self._logs.set_title(number, name.rpartition("/")[2] or name)
        if names and self._logs not in self.box.children:
            self.box.children = [*self._parts.values(), self._logs]

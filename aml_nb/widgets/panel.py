"""The panel itself: ipywidgets whose traits a thread sets."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets

from aml_nb.display import run_panel
from aml_nb.display.run_facts import RunFacts

VIEW = "application/vnd.jupyter.widget-view+json"


class Panel:
    """What is shown of one run; ``update`` may be called from any thread."""

    def __init__(self, facts: RunFacts) -> None:
        self._parts = {name: ipywidgets.HTML() for name in ("head", "steps", "metrics", "pictures", "children")}
        self._logs = ipywidgets.Tab()
        self._pages: dict[str, Any] = {}
        self.box = ipywidgets.VBox(list(self._parts.values()))
        self._left = False
        if self.box.comm is not None:
            self.box.comm.on_close(self._leave)  # ipywidgets does not tell when it is the notebook that closes
        self.update(facts, {"head", *self._parts, "logs"})

    @property
    def closed(self) -> bool:
        """Whether the widget was closed, here or by the notebook."""
        return self._left or self.box.comm is None

    def bundle(self) -> dict[str, Any]:
        """What a notebook shows the panel by."""
        return {VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}}

    def update(self, facts: RunFacts, changed: set[str]) -> None:
        """Send what has changed, and the head, for time passes."""
        makers = {
            "head": lambda: run_panel.head(facts),
            "steps": lambda: run_panel.steps(facts, pictures=False),
            "metrics": lambda: run_panel.metrics(facts, pictures=False),
            "pictures": lambda: run_panel.images(facts.pictures),
            "children": lambda: run_panel.children(facts, pictures=False),
        }
        for name, make in makers.items():
            if name in changed or name == "head" or (name == "steps" and "children" in changed):
                self._parts[name].value = _spaced(make())
        if "logs" in changed:
            self._update_logs(facts)

    def close(self) -> None:
        """Let go of the widgets, here and in the notebook."""
        for widget in (self.box, self._logs, *self._parts.values(), *self._pages.values()):
            widget.close()

    def _leave(self, message: Any) -> None:
        self._left = True

    def _update_logs(self, facts: RunFacts) -> None:
        for log in facts.logs:
            page = self._pages.get(log.name)
            if page is None:
                page = self._pages[log.name] = ipywidgets.HTML()
            note = f"<div>{escape(log.note)}</div>" if log.note else ""
            page.value = _spaced(note + run_panel.log_block(log))
        names = list(self._pages)
        if len(self._logs.children) != len(names):
            self._logs.children = [self._pages[name] for name in names]
            for number, name in enumerate(names):
                self._logs.set_title(number, name.rpartition("/")[2] or name)
        if names and self._logs not in self.box.children:
            self.box.children = [*self._parts.values(), self._logs]


def _spaced(page: str) -> str:
    """With the lines as close as in other outputs: ipywidgets sets them as high as its buttons."""
    return f'<div style="line-height:var(--jp-content-line-height, 1.5)">{page}</div>' if page else ""

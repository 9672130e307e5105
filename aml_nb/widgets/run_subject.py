"""A run as a panel follows it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aml_nb.display import run_panel
from aml_nb.widgets.subject import Subject

if TYPE_CHECKING:
    from aml_nb.display.run_facts import RunFacts
    from aml_nb.widgets.panel import Panel

_FOR_CHILDREN = 30.0
"""How long children may outlive their parent before they are no longer waited for."""


class RunSubject(Subject):
    """A run with its metrics, images, logs and children; ``facts`` is what was seen of it last."""

    patience = float("inf")  # it ends by itself

    def __init__(self, facts: RunFacts) -> None:
        self.facts, self.name = facts, facts.run_id
        self._ended: float | None = None

    @property
    def over(self) -> bool:
        """Whether the run is over, and its children, for which it is waited a while."""
        if self.facts.over:
            return True
        if not self.facts.record.over:
            return False
        self._ended = self._ended or time.monotonic()
        return time.monotonic() - self._ended > _FOR_CHILDREN

    def refresh(self) -> set[str]:
        return self.facts.refresh()

    def as_html(self) -> str:
        return run_panel.whole(self.facts)

    def as_text(self) -> str:
        return run_panel.as_text(self.facts)

    def panel(self) -> Panel:
        from aml_nb.widgets.run_view import RunPanel

        return RunPanel(self)

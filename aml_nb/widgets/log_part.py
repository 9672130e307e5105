"""A log in a panel: a level, a text to look for, and the last lines that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from aml_nb.display import service_panel
from aml_nb.display.answers import LEVELS
from aml_nb.widgets.controls import labelled, row
from aml_nb.widgets.panel import Page, spaced


class LogPart:
    """The widgets of a log.

    Parameters
    ----------
    lines : gives the lines there are.
    level : only this level and above at first.
    """

    def __init__(self, lines: Callable[[], Sequence[str]], level: str | None = None) -> None:
        self._lines = lines
        self.level = ipywidgets.Dropdown(
            options=[("all levels", ""), *((f"{name.lower()} and above", name) for name in LEVELS[1:])],
            value=level if level in LEVELS[1:] else "",
            description="Log",
        )
        labelled(self.level, "16em")
        self.search = ipywidgets.Text(placeholder="only lines with …", description="Search")
        labelled(self.search, "20em")
        self.pause = ipywidgets.ToggleButton(description="Pause", tooltip="let the lines stand still")
        self.pause.layout.width = "auto"
        self.page = Page()
        self.box = ipywidgets.VBox([row(self.level, self.search, self.pause), self.page])
        for widget, trait in ((self.level, "value"), (self.search, "value"), (self.pause, "value")):
            widget.observe(self._changed, trait)
        self.update()

    def update(self) -> None:
        """Show the lines as they are now, unless they are to stand still."""
        if not self.pause.value:
            self._show()

    def _changed(self, change: Any) -> None:
        self._show()

    def _show(self) -> None:
        self.page.value = spaced(service_panel.log(list(self._lines()), self.level.value, self.search.value))

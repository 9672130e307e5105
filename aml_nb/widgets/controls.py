"""The buttons of panels, and the question before what cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from aml_nb.display import html
from aml_nb.widgets.panel import Page, spaced


def button(label: str, about: str, function: Callable[[], None], style: str = "") -> Any:
    """A button; ``about`` is its tooltip."""
    made = ipywidgets.Button(description=label, tooltip=about, button_style=style)
    made.layout.width = "auto"
    made.on_click(lambda _: function())
    return made


def row(*widgets: Any) -> Any:
    """Widgets side by side, on several lines where there is no room."""
    made = ipywidgets.HBox(list(widgets))
    made.layout.flex_flow = "row wrap"
    made.layout.align_items = "center"
    return made


def refuse(made: Any, reason: str | None, about: str) -> None:
    """Let a button rest, its tooltip saying why; with no reason it works."""
    if made.disabled != (reason is not None):
        made.disabled = reason is not None
    made.tooltip = reason or about


def labelled(made: Any, width: str = "") -> Any:
    """A field whose label takes the room that it needs, not as much as all others."""
    made.style.description_width = "initial"
    if width:
        made.layout.width = width
    return made


def choose_among(select: Any, options: Sequence[tuple[str, Any]], value: Any) -> None:
    """Give a list its options and its choice in one message: a list by itself would choose the first."""
    with select.hold_sync():
        select.options = options
        select.value = value


class Question:
    """Asks before something is done: a sentence and two buttons, where there was nothing."""

    def __init__(self) -> None:
        self.box = ipywidgets.VBox()
        self._words = Page()
        self._then: Callable[[], None] = lambda: None
        self._yes = button("", "", self._do, "danger")
        self._no = button("Keep it", "do nothing", self.close)
        self._row = row(self._yes, self._no)

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return bool(self.box.children)

    def ask(self, sentence: str, yes: str, then: Callable[[], None], no: str = "Keep it") -> None:
        """Show the question; ``then`` is done on yes."""
        self._words.value = spaced(f'<div role="alert"><b>{html.cell(sentence)}</b></div>')
        self._yes.description, self._yes.tooltip, self._then = yes, sentence, then
        self._no.description = no
        self.box.children = [self._words, self._row]

    def close(self) -> None:
        """Take it away."""
        self.box.children = []

    def widgets(self) -> list[Any]:
        """All of its widgets, also while it is closed."""
        return [self._words, self._yes, self._no, self._row, self.box]

    def _do(self) -> None:
        self.close()
        self._then()

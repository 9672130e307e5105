"""The base of the panels that are objects of their own: shown as a cell's value, or by ``show()``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.widgets.showing import Showing
    from aml_nb.widgets.subject import Subject


class LivePanel(ABC):
    """A live panel; as a cell's value it is shown, in a terminal its text is."""

    _showing: Showing | None = None

    @abstractmethod
    def _subject(self) -> Subject:
        """What it is about, looked at now."""

    def show(self) -> None:
        """Show the panel where the cell's output is; the cell does not wait for it."""
        self._now().show()

    @property
    def widget(self) -> Any:
        """The panel as a widget of ipywidgets, to put beside others; what it shows are traits of it.

        Raises
        ------
        NotAvailableError : ipywidgets is not installed.
        """
        panel = self._now().panel()
        if panel is None:
            raise NotAvailableError("The panel as a widget needs ipywidgets.", hint="pip install ipywidgets")
        return panel.box

    def close(self) -> None:
        """End its thread, and take its widgets away."""
        showing, self._showing = self._showing, None
        if showing is not None:
            showing.close()

    def __repr__(self) -> str:
        return self._subject().as_text()

    def _repr_html_(self) -> str:
        return self._subject().as_html()

    def _ipython_display_(self) -> None:
        self.show()

    def _now(self) -> Showing:
        """Where it is shown; anew where the last one has come to its end."""
        from aml_nb.widgets.showing import Showing

        if self._showing is None or self._showing.ended or self._showing.closed:
            self._showing = Showing(self._subject())
        return self._showing

"""The base of every panel: a box of ipywidgets whose traits a thread sets."""

from __future__ import annotations

from typing import Any

import ipywidgets
import traitlets

from aml_nb.widgets.subject import Subject

VIEW = "application/vnd.jupyter.widget-view+json"


class LiveBox(ipywidgets.VBox):
    """A column of widgets that also has text and HTML, for saved notebooks and for those who show no widgets."""

    def __init__(self, subject: Subject, **traits: Any) -> None:
        self._subject = subject
        super().__init__(**traits)

    def __repr__(self) -> str:
        return self._subject.as_text()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": self._subject.as_text(), "text/html": self._subject.as_html()}


class Panel:
    """Widgets that show one subject; ``update`` may be called from any thread.

    What a panel says of its subject are traits of ``box``, so that whoever has it can read and observe them.
    """

    box_class: type[LiveBox] = LiveBox

    def __init__(self, subject: Subject) -> None:
        # Front ends count the views of a widget that has a number there; nothing else tells that an output was cleared.
        self.box = self.box_class(subject, _view_count=0)
        self._left = self._seen = False
        self._on_seen: Any = None
        self.box.observe(self._count, "_view_count")
        if self.box.comm is not None:
            self.box.comm.on_close(self._leave)  # ipywidgets does not tell when it is the notebook that closes

    @property
    def closed(self) -> bool:
        """Whether the widget was closed, here or by the notebook."""
        return self._left or self.box.comm is None

    @property
    def unseen(self) -> bool:
        """Whether it was shown, and is no longer."""
        return self._seen and (self.box._view_count or 0) <= 0

    def on_seen(self, function: Any) -> None:
        """Have ``function`` called whenever somebody sees it (again)."""
        self._on_seen = function

    def bundle(self) -> dict[str, Any]:
        """What a notebook shows it by."""
        return self.box._repr_mimebundle_()

    def tell(self, **traits: Any) -> None:
        """Set those of the box's traits that are not so already, in one message."""
        with self.box.hold_sync():
            for name, value in traits.items():
                try:
                    setattr(self.box, name, value)
                except traitlets.TraitError:  # what a service says of itself may be anything
                    setattr(self.box, name, self.box.traits()[name].default_value)

    def update(self, changed: set[str]) -> None:
        """Show what has changed; called at least every few seconds."""
        raise NotImplementedError

    def unwatch(self) -> None:
        """Have the notebook count its views no more: what it told then would reach a panel that is closed."""
        self.box._view_count = None

    def close(self) -> None:
        """Let go of the widgets, here and in the notebook."""
        close_all(self.box)

    def _count(self, change: Any) -> None:
        if (change["new"] or 0) > 0:
            self._seen = True
            if self._on_seen is not None:
                self._on_seen()

    def _leave(self, message: Any) -> None:
        self._left = True


def close_all(box: Any) -> None:
    """Let go of a widget and of all that is in it."""
    for child in getattr(box, "children", ()):
        close_all(child)
    box.close()


class Page(ipywidgets.HTML):
    """HTML that takes no room while there is nothing in it."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.layout.display = None if self.value else "none"
        self.layout.margin = "0 2px"
        self.observe(self._fold, "value")

    def _fold(self, change: Any) -> None:
        shown = None if change["new"] else "none"
        if self.layout.display != shown:
            self.layout.display = shown


def spaced(page: str) -> str:
    """With the lines as close as in other outputs: ipywidgets sets them as high as its buttons."""
    return f'<div style="line-height:var(--jp-content-line-height, 1.5)">{page}</div>' if page else ""

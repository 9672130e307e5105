"""Where a run is shown: a widget, an output that is replaced, or text."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.display import html, run_panel
from aml_nb.display.run_facts import RunFacts
from aml_nb.errors import AmlError
from aml_nb.widgets.following import Follower

if TYPE_CHECKING:
    from aml_nb.widgets.panel import Panel

PAGE_SECONDS = 2.0
"""How often a page is replaced where there is no panel: it is sent whole each time."""


def show(facts: RunFacts) -> Follower | None:
    """Show the run; who follows it, where the output can change."""
    shell = _shell()
    if shell is None:
        print(run_panel.as_text(facts))
        return None
    if getattr(shell, "kernel", None) is None or facts.over:
        _publish(shell.display_pub, kept(facts))
        return None
    output = Output(shell.display_pub, facts, _panel(facts))
    follower = Follower(facts, output)
    follower.start()
    return follower


def kept(facts: RunFacts, error: AmlError | None = None) -> dict[str, Any]:
    """What stays in the notebook: HTML, and text for those who show none."""
    page, text = run_panel.whole(facts), run_panel.as_text(facts)
    if error is not None:
        page, text = page + html.block(error._text(), "bad"), f"{text}\n{error._text()}"
    return {"text/plain": text, "text/html": page}


class Output:
    """One output of a cell: a live panel, replaced by a plain page when the run is over.

    Without a panel, because ipywidgets is not there, the page itself is replaced as the run goes on.
    """

    def __init__(self, publisher: Any, facts: RunFacts, panel: Panel | None) -> None:
        # What the shell publishes by now: while another cell is captured it would be that cell's.
        self._publisher, self._panel = publisher, panel
        self._id = uuid.uuid4().hex
        self._shown, self._waiting = time.monotonic(), False
        _publish(publisher, {**kept(facts), **(panel.bundle() if panel else {})}, self._id)

    @property
    def closed(self) -> bool:
        """Whether the panel was closed."""
        return self._panel is not None and self._panel.closed

    def update(self, facts: RunFacts, changed: set[str]) -> None:
        """Show what has changed."""
        if self._panel is not None:
            self._panel.update(facts, changed)
            return
        self._waiting = self._waiting or bool(changed)
        if self._waiting and time.monotonic() - self._shown > PAGE_SECONDS:
            self._shown, self._waiting = time.monotonic(), False
            _publish(self._publisher, kept(facts), self._id, update=True)

    def finish(self, facts: RunFacts, error: AmlError | None) -> None:
        """Replace the panel by what stays."""
        _publish(self._publisher, kept(facts, error), self._id, update=True)
        if self._panel is not None:
            self._panel.close()


def _publish(publisher: Any, data: dict[str, Any], display_id: str | None = None, update: bool = False) -> None:
    transient = {"display_id": display_id} if display_id else {}
    publisher.publish(data, {}, transient=transient, update=update)


def _panel(facts: RunFacts) -> Panel | None:
    try:
        from aml_nb.widgets.panel import Panel
    except ImportError:
        return None
    return Panel(facts)


def _shell() -> Any:
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()

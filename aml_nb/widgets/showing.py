"""Where something is shown: widgets, an output that is replaced, or text."""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.display import html
from aml_nb.errors import AmlError
from aml_nb.widgets.following import Follower

if TYPE_CHECKING:
    from aml_nb.widgets.panel import Panel
    from aml_nb.widgets.subject import Subject

PAGE_SECONDS = 2.0
"""How often a page is replaced where there is no panel: it is sent whole each time."""


class Showing:
    """One subject where it is shown: a live panel, which a plain page replaces when it is over.

    Without a panel, because ipywidgets is not there, the page itself is replaced as it goes on. A thread follows the
    subject as long as somebody sees it: it ends when the output is cleared and begins again when it is shown again.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.ended = False
        self._panel: Panel | None = None
        self._follower: Follower | None = None
        self._lock = threading.Lock()
        self._ids: list[str] = []
        self._publisher: Any = None
        self._cell: str | None = None
        self._sent, self._waiting, self._moved = time.monotonic(), False, time.monotonic()

    def show(self) -> None:
        """Show it where the cell's output is; elsewhere as it stands."""
        shell = _shell()
        if shell is None:
            print(self.subject.as_text())
            return
        # What the shell publishes by now: while another cell is captured it would be that cell's.
        self._publisher = shell.display_pub
        if getattr(shell, "kernel", None) is None or self.subject.over:
            _publish(self._publisher, kept(self.subject))
            return
        self._cell = _cell_of(shell)
        self._moved = time.monotonic()
        panel = self.panel()
        self._ids.append(uuid.uuid4().hex)
        _publish(self._publisher, panel.bundle() if panel else kept(self.subject), self._ids[-1])
        self.wake()

    def panel(self) -> Panel | None:
        """The widgets, made when they are first asked for; None where there are none."""
        if self._panel is None:
            try:
                self._panel = self.subject.panel()
            except ImportError:
                return None
            self._panel.on_seen(self.wake)
        return self._panel

    def wake(self) -> None:
        """Follow it, if nobody does; look soon, if somebody does."""
        with self._lock:
            if self.ended:
                return
            if self._follower is not None and self.followed:
                self._follower.hurry()
                return
            self._follower = Follower(self.subject, self, self._leave)
            self._follower.start()
        _watch_cells(self)

    def stop(self) -> None:
        """Leave it as it is shown now."""
        with self._lock:
            self.ended = True
            if self._follower is not None:
                self._follower.stop()

    def close(self) -> None:
        """Leave it, and take the panel away."""
        self.stop()
        if self._panel is not None:
            self._panel.close()

    def replaced(self, cell: str | None) -> bool:
        """Let go where that cell, which runs again, is the only one that shows it; whether it is."""
        if self._cell is None or cell != self._cell or len(self._ids) > 1:
            return False
        self._ids.clear()
        if self._follower is not None:
            self._follower.stop()
        return True

    @property
    def followed(self) -> bool:
        """Whether a thread follows it."""
        return self._follower is not None and self._follower.is_alive() and not self._follower.stopped

    @property
    def closed(self) -> bool:
        """Whether the panel was closed."""
        return self._panel is not None and self._panel.closed

    @property
    def unseen(self) -> bool:
        """Whether the output was cleared, or, of a page, which cannot tell, nothing has happened for a while."""
        if self._panel is not None:
            return self._panel.unseen
        return time.monotonic() - self._moved > self.subject.patience

    def update(self, changed: set[str]) -> None:
        """Show what has changed."""
        if self._panel is not None:
            self._panel.update(changed)
            return
        if changed:
            self._waiting, self._moved = True, time.monotonic()
        if self._waiting and time.monotonic() - self._sent > PAGE_SECONDS:
            self._sent, self._waiting = time.monotonic(), False
            self._replace(kept(self.subject))

    def finish(self, error: AmlError | None) -> None:
        """Replace the panel by what stays."""
        self.ended = True
        if self._panel is not None:
            self._panel.unwatch()
        self._replace(kept(self.subject, error))
        if self._panel is not None:
            self._panel.close()

    def _replace(self, data: dict[str, Any]) -> None:
        for display_id in self._ids:
            _publish(self._publisher, data, display_id, update=True)

    def _leave(self) -> bool:
        """Whether the thread is to end: still nobody sees it, and whoever will see it begins another."""
        with self._lock:
            if not self.unseen:
                return False
            self._follower = None
            return True


def kept(subject: Subject, error: AmlError | None = None) -> dict[str, Any]:
    """What stays in the notebook: HTML, and text for those who show none."""
    try:
        page, text = subject.as_html(), subject.as_text()
    except (AmlError, OSError):  # with its workspace went what could be told of it
        if error is None:
            raise
        page, text = "", subject.name
    if error is not None:
        page, text = page + html.block(error._text(), "bad"), f"{text}\n{error._text()}"
    return {"text/plain": text, "text/html": page}


def in_notebook() -> bool:
    """Whether there is a notebook whose outputs can change."""
    return getattr(_shell(), "kernel", None) is not None


def _publish(publisher: Any, data: dict[str, Any], display_id: str | None = None, update: bool = False) -> None:
    transient = {"display_id": display_id} if display_id else {}
    publisher.publish(data, {}, transient=transient, update=update)


def _shell() -> Any:
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def _cell_of(shell: Any) -> str | None:
    """Which cell runs; front ends tell its id along with what it runs."""
    try:
        found = shell.get_parent().get("metadata", {}).get("cellId")
    except (AttributeError, LookupError, TypeError):
        return None
    return str(found) if found else None


def _watch_cells(showing: Showing) -> None:
    """Have it let go when its cell runs again: not every front end tells that an output is gone."""
    shell = _shell()

    def before(info: Any) -> None:
        if not showing.followed or showing.replaced(getattr(info, "cell_id", None)):
            shell.events.unregister("pre_run_cell", before)

    if shell is not None:
        shell.events.register("pre_run_cell", before)

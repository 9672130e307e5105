"""Follow a run from a thread of its own, so that no cell waits for it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

from aml_nb.errors import AmlError

if TYPE_CHECKING:
    from aml_nb.display.run_facts import RunFacts

LEAST_PAUSE, LONGEST_PAUSE = 0.5, 3.0
_FOR_CHILDREN = 30.0
"""How long children may outlive their parent before they are no longer waited for."""


class View(Protocol):
    """What shows a run."""

    def update(self, facts: RunFacts, changed: set[str]) -> None:
        """Show what has changed."""

    def finish(self, facts: RunFacts, error: AmlError | None) -> None:
        """Show how it ended; nothing more is coming."""

    @property
    def closed(self) -> bool:
        """Whether nobody sees it any more."""


class Follower(threading.Thread):
    """Looks at a run again and again, and has it shown, until it is over or nobody looks."""

    def __init__(self, facts: RunFacts, view: View) -> None:
        super().__init__(name=f"run-details-{facts.run_id}", daemon=True)
        self._facts, self._view = facts, view
        self._stopped = threading.Event()
        self._ended: float | None = None

    def stop(self) -> None:
        """Leave the run alone."""
        self._stopped.set()

    def run(self) -> None:
        """Until the run is over, it is gone, or the view was closed."""
        pause = LEAST_PAUSE
        while not self._stopped.wait(pause) and not self._view.closed:
            began = time.monotonic()
            try:
                changed = self._facts.refresh()
            except OSError:  # files come and go while the run ends: the next look finds them as they are
                changed = set()
            except AmlError as error:  # the run or its workspace was deleted
                self._view.finish(self._facts, error)
                return
            if self._is_over():
                self._view.finish(self._facts, None)
                return
            self._view.update(self._facts, changed)
            quiet = min(LONGEST_PAUSE, pause * 1.2) if not changed else LEAST_PAUSE
            pause = max(quiet, 5 * (time.monotonic() - began))  # a panel takes no more than a sixth of a core

    def _is_over(self) -> bool:
        if self._facts.over:
            return True
        if not self._facts.record.over:
            return False
        self._ended = self._ended or time.monotonic()
        return time.monotonic() - self._ended > _FOR_CHILDREN

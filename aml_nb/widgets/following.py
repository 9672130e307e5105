"""Follow something from a thread of its own, so that no cell waits for it."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from aml_nb.errors import AmlError

LEAST_PAUSE, LONGEST_PAUSE = 1.0, 3.0
_LAST_WAIT_S = 0.5
_FOLLOWERS: weakref.WeakSet[Follower] = weakref.WeakSet()


class Followed(Protocol):
    """What can be followed."""

    name: str

    def refresh(self) -> set[str]:
        """Look again; what has changed."""

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""


class View(Protocol):
    """What shows it."""

    def update(self, changed: set[str]) -> None:
        """Show what has changed; called after every look, for time passes."""

    def finish(self, error: AmlError | None) -> None:
        """Show how it ended; nothing more is coming."""

    @property
    def closed(self) -> bool:
        """Whether it is gone for good."""

    @property
    def unseen(self) -> bool:
        """Whether nobody looks at it now."""


class Follower(threading.Thread):
    """Looks at something again and again, and has it shown, until it is over or nobody looks.

    Parameters
    ----------
    followed : what is looked at.
    view : where it is shown.
    leave : asked where nobody looks; with True the thread ends.
    """

    def __init__(self, followed: Followed, view: View, leave: Callable[[], bool] = lambda: True) -> None:
        super().__init__(name=f"aml-nb-panel-{followed.name}", daemon=True)
        self._followed, self._view, self._leave = followed, view, leave
        self.stopped, self._called = False, threading.Event()
        self._looked = time.monotonic()
        _FOLLOWERS.add(self)

    def stop(self) -> None:
        """Leave it alone."""
        self.stopped = True
        self._called.set()

    def hurry(self) -> None:
        """Look soon: something was done to it."""
        self._called.set()

    def run(self) -> None:
        """Until it is over, it is gone, or nobody looks any more."""
        pause = LEAST_PAUSE
        while self._wait(pause) and not self._view.closed:
            if self._view.unseen and self._leave():
                return
            self._looked = began = time.monotonic()
            try:
                changed = self._look()
            except OSError:  # files come and go while it ends: the next look finds them as they are
                changed = set()
            except AmlError as error:  # it, or its workspace, was deleted
                self._view.finish(error)
                return
            except Exception as error:  # a panel that stands still would tell what is no longer so
                self._view.finish(AmlError(f"The panel stopped: {type(error).__name__}: {error}", hint="run the cell"))
                return
            if changed is None:
                return
            quiet = min(LONGEST_PAUSE, pause * 1.2) if not changed else LEAST_PAUSE
            pause = max(quiet, 5 * (time.monotonic() - began))  # a panel takes no more than a sixth of a core

    def _look(self) -> set[str] | None:
        """Look, and show what has changed; None when that was the last time."""
        changed = self._followed.refresh()
        if self.stopped:
            return None
        if self._followed.over:
            self._view.finish(None)
            return None
        self._view.update(changed)
        return changed

    def _wait(self, pause: float) -> bool:
        """Whether to look again, now that the time is over, or that somebody has called and the least pause is over."""
        if self._called.wait(pause):
            self._called.clear()
            left = self._looked + LEAST_PAUSE - time.monotonic()
            if left > 0 and not self.stopped:
                time.sleep(left)
        return not self.stopped


@atexit.register
def stop_all() -> None:
    """End every thread of a panel: the interpreter is about to go, and with it what they write to."""
    left = [follower for follower in list(_FOLLOWERS) if follower.is_alive()]
    for follower in left:
        follower.stop()
    end = time.monotonic() + _LAST_WAIT_S
    for follower in left:
        follower.join(max(0.0, end - time.monotonic()))

"""What a button begins: done in a thread, so that neither the panel nor a cell waits; its progress and end in words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from aml_nb.display import html, text
from aml_nb.errors import AmlError
from aml_nb.widgets.panel import Page, spaced
from aml_nb.widgets.printed import taken

Job = Callable[[], str]
"""Does it, and returns what was done, in a sentence."""


class Worker:
    """One job at a time; the buttons that begin jobs rest meanwhile.

    Parameters
    ----------
    buttons : which rest.
    after : called when a job is over, from its thread.
    """

    def __init__(self, buttons: Sequence[Any] = (), after: Callable[[], None] = lambda: None) -> None:
        self.said = Page()
        self._buttons, self._after = list(buttons), after
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._doing, self._began, self._printed = "", 0.0, ""
        self._disabled: dict[Any, bool] = {}

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, doing: str, job: Job) -> bool:
        """Begin a job, unless one is under way.

        Parameters
        ----------
        doing : what is being done: ``Reloading iris``.
        job : does it.
        """
        if self.busy:
            return False
        self._doing, self._began, self._printed = doing, time.monotonic(), ""
        self._disabled = {button: button.disabled for button in self._buttons}
        for button in self._buttons:
            button.disabled = True
        self.tick(always=True)
        self._thread = threading.Thread(target=self._do, args=(job,), name=f"aml-nb-work-{doing}", daemon=True)
        self._thread.start()
        return True

    def tick(self, always: bool = False) -> None:
        """Say how long it has taken; called now and then."""
        with self._lock:  # what was done, or went wrong, is said after this
            if not (always or self.busy):
                return
            seconds = int(time.monotonic() - self._began)
            took = f" {seconds} s" if seconds else ""
            last = next((line for line in reversed(self._printed.splitlines()) if line.strip()), "")
            self.say(f"{self._doing}…{took}", detail=text.clean(last))

    def say(self, sentence: str, tone: str = "", detail: str = "") -> None:
        """Put a sentence below the buttons."""
        more = f'<div style="color:{html.colour("dim")}">{html.cell(detail)}</div>' if detail else ""
        said = f'<div role="status" style="color:{html.colour(tone)}">{html.cell(sentence)}{more}</div>'
        self.said.value = spaced(said) if sentence else ""

    def fail(self, error: BaseException) -> None:
        """Say what went wrong, where, and what to do."""
        if getattr(error, "diagnosis", None) is not None:  # which the panel shows whole
            told = str(getattr(error, "brief", None) or error)
        else:
            told = error._text() if isinstance(error, AmlError) else f"{type(error).__name__}: {error}"
        self.said.value = spaced(f'<div role="alert">{html.block(told, "bad")}</div>')

    def join(self, seconds: float) -> None:
        """Wait for the job that is under way."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _do(self, job: Job) -> None:
        try:
            with taken(self._keep):
                done = job()
        except Exception as error:  # a button has nobody else to tell
            self._wake()
            self.fail(error)
        else:
            self._wake()
            self.say(done, "ok")
        self._after()

    def _keep(self, printed: str) -> None:
        self._printed = (self._printed + printed)[-4000:]

    def _wake(self) -> None:
        """Let the buttons be as they were; ``_after`` may change them."""
        with self._lock:
            self._thread = None
        for button, disabled in self._disabled.items():
            button.disabled = disabled

"""A shell that raises what its cells raise, with nothing of the user's."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


class LoudShell(InteractiveShell):
    """A cell that fails fails the test."""

    def run_cell(self, *args: Any, **kwargs: Any) -> Any:
        result = super().run_cell(*args, **kwargs)
        result.raise_error()
        return result

    def value(self, cell: str) -> Any:
        """The value of the cell's last expression."""
        return self.run_cell(cell).result

    def html(self, value: Any) -> str:
        """What a notebook shows for the value."""
        data, _ = self.display_formatter.format(value)
        return str(data["text/html"])

    def completions(self, line: str) -> list[str]:
        """What a front end offers at the end of the line."""
        with provisionalcompleter():
            return [c.text for c in self.Completer.completions(line, len(line))]


@contextmanager
def loud_shell() -> Iterator[LoudShell]:
    """A shell without history and without aml_nb.

    Its end collects rubbish: of what came after it, for looking through all that the tests have loaded takes a second.
    """
    gc.freeze()
    config = Config()
    config.HistoryManager.enabled = False
    config.Completer.use_jedi = True
    shell = LoudShell(config=config)
    yield shell
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)
    gc.unfreeze()

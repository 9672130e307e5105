"""What all handlers of one server share."""

from __future__ import annotations

from functools import cached_property
from logging import Logger, LoggerAdapter
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from aml_nb.labserver.events.hub import Hub
from aml_nb.labserver.loading import load
from aml_nb.labserver.threads import Threads

if TYPE_CHECKING:
    from aml_nb.labserver.workspaces import Workspaces

SETTING = "aml_nb_site"


class Site:
    """One server.

    Parameters
    ----------
    root : the folder that JupyterLab shows; relative paths that the panel gives are below it.
    threads : how many requests are worked on at once; of those that may take long, twice as many.
    log : the server's.

    Attributes
    ----------
    quick, slow : the threads in which core is called; what may take long never keeps a list waiting.
    hub : pushes what changes.
    """

    def __init__(self, root: Path, threads: int, log: Logger | LoggerAdapter[Any]) -> None:
        self.root = root
        self.quick = Threads(threads, "aml-nb-quick")
        self.slow = Threads(2 * threads, "aml-nb-slow")
        self.hub = Hub(lambda: self.workspaces, log)
        self._lock = Lock()

    @property
    def workspaces(self) -> Workspaces:
        """Those of this user's home; core loads with the first look at them."""
        with self._lock:
            return self._workspaces

    @cached_property
    def _workspaces(self) -> Workspaces:
        found: Workspaces = load("workspaces:Workspaces")()
        return found

    async def close(self) -> None:
        """Stop what goes on in the background."""
        await self.hub.close()
        self.quick.shutdown()
        self.slow.shutdown()
        if "_workspaces" in vars(self):
            self._workspaces.close()

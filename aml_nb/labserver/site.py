"""What all handlers of one server share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.labserver.workspaces import Workspaces

if TYPE_CHECKING:
    from aml_nb.labserver.events.hub import Hub

SETTING = "aml_nb_site"


@dataclass(frozen=True)
class Site:
    """One server.

    Parameters
    ----------
    workspaces : those of this user's home.
    quick, slow : the threads in which core is called; what may take long never keeps a list waiting.
    hub : pushes what changes.
    root : the folder that JupyterLab shows; relative paths that the panel gives are below it.
    """

    workspaces: Workspaces
    quick: ThreadPoolExecutor
    slow: ThreadPoolExecutor
    hub: Hub
    root: Path

    async def close(self) -> None:
        """Stop what goes on in the background."""
        await self.hub.close()
        self.quick.shutdown(wait=False, cancel_futures=True)
        self.slow.shutdown(wait=False, cancel_futures=True)
        self.workspaces.close()

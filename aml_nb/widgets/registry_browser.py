"""``RegistryBrowser(ws)``: the models of a workspace, searched and looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.errors import UserErrorException
from aml_nb.widgets.live import LivePanel

if TYPE_CHECKING:
    from aml_nb.widgets.subject import Subject


class RegistryBrowser(LivePanel):
    """Shows the registered models: a search, pages, and of each its versions, tags, files and the services that have
    it, with the code that deploys it and a button that unregisters it. Models that come and go appear by themselves.

    As a cell's value it is a live panel; in a terminal, and in the saved notebook, it is a table of the newest models.

    Parameters
    ----------
    workspace : whose models.
    search : words that the models must have in name, tags, framework or description.

    Raises
    ------
    UserErrorException : that is no workspace.

    Examples
    --------
    >>> RegistryBrowser(ws)  # doctest: +SKIP
    >>> RegistryBrowser(ws, "flowers").widget.selected  # doctest: +SKIP
    """

    def __init__(self, workspace: Any, search: str = "") -> None:
        from aml_nb.core.workspace import Workspace

        if not isinstance(workspace, Workspace):
            raise UserErrorException(
                f"RegistryBrowser shows a workspace's models, not {type(workspace).__name__}.",
                hint="RegistryBrowser(Workspace.from_config())",
            )
        self.workspace, self.search = workspace, search

    def _subject(self) -> Subject:
        from aml_nb.widgets.registry_subject import RegistrySubject

        return RegistrySubject(self.workspace, self.search)

"""The registry of a workspace as a panel follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aml_nb.display import registry
from aml_nb.widgets.subject import Subject

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.widgets.panel import Panel

KEPT = 20
"""How many models stay in a saved notebook."""


class RegistrySubject(Subject):
    """The models; ``facts`` is what was seen of them last.

    Parameters
    ----------
    workspace : whose models.
    search : what is looked for at first.
    """

    def __init__(self, workspace: Workspace, search: str = "") -> None:
        self.name = f"registry-{workspace.name}"
        self.facts, self.search = registry.RegistryFacts(workspace), search
        self.facts.refresh()

    @property
    def over(self) -> bool:
        return False

    def refresh(self) -> set[str]:
        return self.facts.refresh()

    def as_html(self) -> str:
        found = self.facts.find(self.search)
        return registry.list_html(found[:KEPT], len(found), self.search)

    def as_text(self) -> str:
        found = self.facts.find(self.search)
        return registry.list_text(found[:KEPT], len(found), self.search)

    def panel(self) -> Panel:
        from aml_nb.widgets.registry_view import RegistryPanel

        return RegistryPanel(self)

"""One model in the panel of a registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from aml_nb.display import html, registry
from aml_nb.display.run_panel import titled
from aml_nb.errors import AmlError
from aml_nb.widgets.controls import button, choose_among, labelled, row
from aml_nb.widgets.panel import Page, spaced

if TYPE_CHECKING:
    from aml_nb.display.registry import Details, RegistryFacts


class ModelView:
    """A model's versions, what was said of it, its files and uses.

    Parameters
    ----------
    facts : whose models.
    ask : called with name and version, to ask whether it is to be unregistered.
    """

    def __init__(self, facts: RegistryFacts, ask: Callable[[str, int], None]) -> None:
        self._facts, self._ask = facts, ask
        self._details: Details | None = None
        self._told: Callable[[str], None] = lambda identity: None
        self.version = labelled(ipywidgets.Dropdown(description="Version"), "9em")
        self.deploy = button("Deploy…", "show the code that deploys it", self._toggle_code)
        self.unregister = button("Unregister…", "delete this version; it asks before", self._unregister)
        self.page, self.code = Page(), Page()
        self.box = ipywidgets.VBox()
        self._own = [row(self.version, self.deploy, self.unregister), self.code, self.page]
        self.version.observe(self._chosen, "value")
        self._filling = False

    def observe(self, function: Callable[[str], None]) -> None:
        """Have ``function`` called with the id of what is shown."""
        self._told = function

    def show(self, name: str, version: int | None = None) -> None:
        """Show a model, its newest version unless told."""
        self._take(self._facts.details(name, version))

    def refresh(self) -> None:
        """Show it as it is now; its newest version where this one is gone; nothing where the model is."""
        if self._details is None:
            return
        model = self._details.model
        for version in (model.version, None):
            try:
                self._take(self._facts.details(model.name, version))
                return
            except AmlError:
                continue
        self._details, self.box.children = None, ()
        self._told("")

    def _take(self, details: Details) -> None:
        other = self._details is None or self._details.model.id != details.model.id
        self._details, model = details, details.model
        self._filling = True
        try:
            choose_among(self.version, [(str(number), number) for number in details.versions], model.version)
        finally:
            self._filling = False
        self.page.value = spaced(registry.details_html(details))
        if other:
            self.code.value, self.deploy.description = "", "Deploy…"
        self.box.children = self._own
        self._told(model.id)

    def _chosen(self, change: Any) -> None:
        if self._filling or self._details is None or change["new"] in (None, self._details.model.version):
            return
        try:
            self.show(self._details.model.name, change["new"])
        except AmlError:
            self.refresh()

    def _toggle_code(self) -> None:
        if self.code.value or self._details is None:
            self.code.value, self.deploy.description = "", "Deploy…"
            return
        code, magic = registry.deploy_code(self._details.model)
        parts = titled("As a magic", html.block(magic)) + titled("In the SDK's words", html.block(code))
        self.code.value, self.deploy.description = spaced(parts), "Hide code"

    def _unregister(self) -> None:
        if self._details is not None:
            self._ask(self._details.model.name, self._details.model.version)

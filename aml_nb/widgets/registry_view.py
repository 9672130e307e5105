"""The panel of a registry: a search, a page of names, and one model in detail."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from aml_nb.display import registry
from aml_nb.errors import AmlError
from aml_nb.widgets.controls import Question, button, choose_among, labelled, row
from aml_nb.widgets.model_view import ModelView
from aml_nb.widgets.panel import LiveBox, Panel
from aml_nb.widgets.working import Worker

if TYPE_CHECKING:
    from aml_nb.widgets.registry_subject import RegistrySubject

_ROWS = 14


class RegistryBox(LiveBox):
    """The box of a registry: what is looked for, where one is, and which model is chosen."""

    search = traitlets.Unicode(help="words that the models must have").tag(sync=True)
    page = traitlets.Int(help="which page is shown; the first is 0").tag(sync=True)
    pages = traitlets.Int(1, help="how many there are").tag(sync=True)
    total = traitlets.Int(help="how many models fit").tag(sync=True)
    selected = traitlets.Unicode(help="name:version of the model that is shown").tag(sync=True)


class RegistryPanel(Panel):
    """What is shown of a workspace's models."""

    box_class = RegistryBox

    def __init__(self, subject: RegistrySubject) -> None:
        super().__init__(subject)
        self._facts, self._filling = subject.facts, False
        self._lock = threading.RLock()  # the list changes from a thread while somebody chooses from it
        self.search = ipywidgets.Text(placeholder="name, tag, framework or description", description="Search")
        labelled(self.search, "28em")
        self.back = button("‹ Back", "the page before", lambda: self._turn(-1))
        self.on = button("Next ›", "the page after", lambda: self._turn(1))
        self.count = ipywidgets.Label()
        self.names = ipywidgets.Select(rows=_ROWS, description="Models")
        self.names.style.description_width = "0"
        self.names.layout.width = "22em"
        self.question = Question()
        self.model = ModelView(self._facts, self._ask)
        self.worker = Worker([self.model.unregister], self._after)
        side = ipywidgets.VBox([self.question.box, self.worker.said, self.model.box])
        side.layout.flex = "1 1 20em"
        side.layout.min_width = "18em"
        body = ipywidgets.HBox([self.names, side])
        body.layout.flex_flow = "row wrap"
        self.box.children = [row(self.search, self.back, self.on, self.count), body]
        traitlets.link((self.box, "search"), (self.search, "value"))
        self.box.search = subject.search
        self.box.observe(self._searched, "search")
        self.box.observe(self._turned, "page")
        self.names.observe(self._chosen, "value")
        self.model.observe(self._shown)
        self._list()

    def update(self, changed: set[str]) -> None:
        self.worker.tick()
        if "list" in changed:
            self._list()
            self.model.refresh()

    def close(self) -> None:
        super().close()
        for widget in self.question.widgets():
            widget.close()

    def _list(self) -> None:
        """Show the page as it is now; what was chosen stays chosen where it is still there."""
        with self._lock:
            self._fill()

    def _fill(self) -> None:
        found = self._facts.find(self.box.search)
        pages = registry.pages_of(len(found))
        page = min(max(0, self.box.page), pages - 1)
        self.tell(total=len(found), pages=pages, page=page)
        self.count.value = registry.counted(len(found), page, self.box.search)
        self.back.disabled, self.on.disabled = page == 0, page >= pages - 1
        options = [(entry.label, entry.name) for entry in registry.of_page(found, page)]
        if list(self.names.options) != options:
            before, here = self.box.selected.rpartition(":")[0], {name for _, name in options}
            self._filling = True
            try:
                choose_among(self.names, options, before if before in here else None)
            finally:
                self._filling = False
        if self.names.value is None and options and not self.box.selected:
            self.names.value = options[0][1]

    def _searched(self, change: Any) -> None:
        self.box.page = 0
        self._list()

    def _turned(self, change: Any) -> None:
        self._list()

    def _turn(self, by: int) -> None:
        self.box.page = min(max(0, self.box.page + by), self.box.pages - 1)

    def _chosen(self, change: Any) -> None:
        with self._lock:
            if change["new"] is not None and not self._filling:
                self.question.close()
                self.worker.say("")
                self._show(str(change["new"]))

    def _show(self, name: str) -> None:
        try:
            self.model.show(name)
        except AmlError as error:
            self.worker.fail(error)

    def _shown(self, identity: str) -> None:
        self.tell(selected=identity)

    def _ask(self, name: str, version: int) -> None:
        self.question.ask(
            f"Unregister {name} version {version}? Its files go, unless another version has them.",
            f"Unregister version {version}",
            lambda: self._unregister(name, version),
        )

    def _unregister(self, name: str, version: int) -> None:
        from aml_nb.core.model import Model

        def job() -> str:
            Model(self._facts.workspace, name=name, version=version).delete()
            return f"{name} version {version} is unregistered."

        self.worker.begin(f"Unregistering {name} version {version}", job)

    def _after(self) -> None:
        try:
            self.update(self._facts.refresh())
        except AmlError as error:
            self.worker.fail(error)

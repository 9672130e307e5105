"""The panel of a web service."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from aml_nb.display import service_panel
from aml_nb.errors import AmlError
from aml_nb.widgets import service_actions as actions
from aml_nb.widgets.controls import Question, button, refuse, row
from aml_nb.widgets.log_part import LogPart
from aml_nb.widgets.panel import LiveBox, Page, Panel, close_all, spaced
from aml_nb.widgets.update_form import UpdateForm
from aml_nb.widgets.working import Worker

if TYPE_CHECKING:
    from aml_nb.widgets.service_subject import ServiceSubject

_KEYS_S = 60.0
"""How long keys are shown before they are hidden again."""
_ABOUT = {
    "reload": "read the entry script again, without a new deployment",
    "update": "serve other versions of its models, or another script",
    "keys": "show the keys for a minute",
    "delete": "end the service; it asks before",
}


class DeploymentBox(LiveBox):
    """The box of a service, with what is shown of it."""

    name = traitlets.Unicode(help="the service's name").tag(sync=True)
    state = traitlets.Unicode("Unknown", help="its state, in v1's words").tag(sync=True)
    reason = traitlets.Unicode(help="why it is so, where it failed").tag(sync=True)
    cause = traitlets.Unicode(help="the diagnosis in a word").tag(sync=True)
    scoring_uri = traitlets.Unicode(help="where it is called").tag(sync=True)
    replicas_ready = traitlets.Int(help="how many replicas answer").tag(sync=True)
    replicas_wanted = traitlets.Int(help="how many there are to be").tag(sync=True)
    rate = traitlets.Float(help="requests a second, of late").tag(sync=True)


class DeploymentPanel(Panel):
    """What is shown of one service, and the buttons that change it."""

    box_class = DeploymentBox

    def __init__(self, subject: ServiceSubject) -> None:
        super().__init__(subject)
        self._facts = subject.facts
        self._parts = {name: Page() for name in ("head", "diagnosis", "metrics")}
        self._keys, self._keys_until = Page(), 0.0
        self.question, self._form_box = Question(), ipywidgets.VBox()
        self.buttons = {
            "reload": button("Reload", _ABOUT["reload"], self._reload),
            "update": button("Update…", _ABOUT["update"], self._open_form),
            "keys": button("Show keys", _ABOUT["keys"], self._toggle_keys),
            "delete": button("Delete…", _ABOUT["delete"], self._ask_delete),
        }
        self.worker = Worker(list(self.buttons.values()), self._after)
        self.log = LogPart(lambda: self._facts.lines)
        asked = [self.question.box, self._form_box, self.worker.said, self._keys]
        self.box.children = [
            self._parts["head"], row(*self.buttons.values()), *asked, self._parts["diagnosis"],
            self._parts["metrics"], self.log.box,
        ]  # fmt: skip
        self.update({*self._parts, "logs"})

    def update(self, changed: set[str]) -> None:
        facts = self._facts
        self.worker.tick()
        if self._keys_until and time.monotonic() > self._keys_until:
            self._hide_keys()
        if "head" in changed:
            self._parts["head"].value = spaced(service_panel.head(facts))
            self._allow()
        if "diagnosis" in changed:
            self._parts["diagnosis"].value = spaced(service_panel.diagnosis(facts))
        if "metrics" in changed:
            self._parts["metrics"].value = spaced(service_panel.metrics(facts, pictures=False))
        if "logs" in changed:
            self.log.update()
        if changed:
            self._tell()

    def close(self) -> None:
        super().close()
        for widget in self.question.widgets():
            widget.close()

    def _tell(self) -> None:
        facts, status = self._facts, self._facts.status
        self.tell(
            name=facts.name,
            state=facts.state,
            reason=facts.problem or facts.error,
            cause="" if facts.diagnosis is None else facts.diagnosis.cause,
            scoring_uri=str(getattr(facts.service, "scoring_uri", None) or ""),
            replicas_ready=0 if status is None else status.replicas_ready,
            replicas_wanted=0 if status is None else status.replicas_wanted,
            rate=round(service_panel.rate(facts.metrics), 2),
        )

    def _allow(self) -> None:
        if self.worker.busy or self._facts.service is None:
            return
        for name, reason in actions.reasons(self._facts.service).items():
            refuse(self.buttons[name], reason, _ABOUT[name])

    def _after(self) -> None:
        self._allow()
        if self._on_seen is not None:
            self._on_seen()  # whoever follows looks soon

    def _begin(self, doing: str, job: Any) -> None:
        self.question.close()
        self._close_form()
        self.worker.begin(doing, job)
        if self._on_seen is not None:
            self._on_seen()

    def _reload(self) -> None:
        self._begin(f"Reloading {self._facts.name}", lambda: actions.reload(self._facts.service))

    def _ask_delete(self) -> None:
        name = self._facts.name
        self._close_form()
        self.question.ask(f"Delete {name}? Whoever calls it gets no answer any more.", f"Delete {name}", self._delete)

    def _delete(self) -> None:
        self._begin(f"Deleting {self._facts.name}", lambda: actions.delete(self._facts.service))

    def _open_form(self) -> None:
        if self._form_box.children:
            self._close_form()
            return
        self.question.close()
        try:
            form = UpdateForm(self._facts.service, self._update, self._close_form)
        except AmlError as error:
            self.worker.fail(error)
            return
        self._form_box.children = [form.box]

    def _close_form(self) -> None:
        left, self._form_box.children = self._form_box.children, ()
        for box in left:
            close_all(box)

    def _update(self, **values: Any) -> None:
        self._begin(f"Updating {self._facts.name}", lambda: actions.update(self._facts.service, **values))

    def _toggle_keys(self) -> None:
        if self._keys_until:
            self._hide_keys()
            return
        try:
            page = service_panel.keys(*actions.secrets(self._facts.service))
        except Exception as error:  # a button has nobody else to tell
            self.worker.fail(error)
            return
        self._keys.value = spaced(page)
        self._keys_until = time.monotonic() + _KEYS_S
        self.buttons["keys"].description = "Hide keys"

    def _hide_keys(self) -> None:
        self._keys.value, self._keys_until = "", 0.0
        self.buttons["keys"].description = "Show keys"

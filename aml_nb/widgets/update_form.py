"""The form by which a service's panel changes the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from aml_nb.core.webservice import services
from aml_nb.widgets.controls import button, row

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice

_MOST_MODELS = 8


class UpdateForm:
    """A choice of versions for each model, a script, and what clouds let change.

    Parameters
    ----------
    service : the service as it is now.
    then : called with what is to change, by the names of ``service_actions.update``.
    close : called when nothing is to change.
    """

    def __init__(self, service: Webservice, then: Callable[..., None], close: Callable[[], None]) -> None:
        self._service, self._then = service, then
        self._ids: list[str] = list(service._record.get("modelIds", ()))
        self.versions = {identity: self._choice(identity) for identity in self._ids[:_MOST_MODELS]}
        now = str(service._record["spec"].get("entry_script") or "")
        self.script = ipywidgets.Text(placeholder=f"as it is ({now.rpartition('/')[2]})", description="Script")
        fields: list[Any] = [*self.versions.values(), self.script]
        self.description = self.replicas = None
        if service._record["computeType"] != services.LOCAL:
            self.description = ipywidgets.Text(value=service.description or "", description="Description")
            fields.append(self.description)
        if service._record["computeType"] == services.AKS:
            self.replicas = ipywidgets.BoundedIntText(
                value=self._fixed() or 0, min=0, max=1000, description="Replicas", tooltip="0: as it is"
            )
            fields.append(self.replicas)
        self.apply = button(
            "Update", "change the service; the version before answers meanwhile", self._apply, "primary"
        )
        self.leave = button("Leave it", "change nothing", close)
        self.box = ipywidgets.VBox([*fields, row(self.apply, self.leave)])

    def _choice(self, identity: str) -> Any:
        from aml_nb.core.model.rows import registry

        name, _, version = identity.rpartition(":")
        known = [row.version for row in registry(self._service.workspace).find(name)] or [int(version)]
        return ipywidgets.Dropdown(
            options=[(f"{name} version {number}", f"{name}:{number}") for number in known],
            value=identity if int(version) in known else f"{name}:{known[0]}",
            description="Model",
        )

    def _fixed(self) -> int | None:
        spec = services.spec_of(self._service._record)
        return spec.replicas if spec.scaling is None else None

    def _apply(self) -> None:
        chosen = [self.versions[i].value if i in self.versions else i for i in self._ids]
        said = None if self.description is None else self.description.value
        count = None if self.replicas is None else self.replicas.value
        self._then(
            models=chosen if chosen != self._ids else [],
            script=self.script.value.strip(),
            description=said if said != (self._service.description or "") else None,
            replicas=count if count and count != self._fixed() else None,
        )

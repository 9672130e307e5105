"""A web service as a panel follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.display import service_panel
from aml_nb.display.service_facts import ServiceFacts
from aml_nb.errors import UserErrorException
from aml_nb.widgets.subject import Subject

if TYPE_CHECKING:
    from aml_nb.widgets.panel import Panel


class ServiceSubject(Subject):
    """A service with its diagnosis, metrics and log; ``facts`` is what was seen of it last."""

    def __init__(self, service: Any) -> None:
        self.facts = ServiceFacts(service)
        self.name = self.facts.name
        self.facts.refresh()

    @property
    def over(self) -> bool:
        return self.facts.gone

    def refresh(self) -> set[str]:
        return self.facts.refresh()

    def as_html(self) -> str:
        return service_panel.whole(self.facts)

    def as_text(self) -> str:
        return service_panel.as_text(self.facts)

    def panel(self) -> Panel:
        from aml_nb.widgets.deployment_view import DeploymentPanel

        return DeploymentPanel(self)


class LogSubject(ServiceSubject):
    """A service's log alone.

    Parameters
    ----------
    service : the service.
    level : only this level and above.
    lines : how many stay in the saved notebook.
    """

    def __init__(self, service: Any, level: str | None = None, lines: int = 100) -> None:
        self.level, self.count = level, lines
        self.facts = ServiceFacts(service, ("logs",))
        self.name = self.facts.name
        self.facts.refresh()

    def as_html(self) -> str:
        return service_panel.log(self._chosen(), "", "")

    def as_text(self) -> str:
        lines = self._chosen()
        return "\n".join(lines) if lines else f"{self.facts.name} has logged nothing that fits."

    def _chosen(self) -> list[str]:
        found = service_panel.chosen(self.facts.lines, self.level or "")
        return found[-self.count :] if self.count > 0 else []

    def panel(self) -> Panel:
        from aml_nb.widgets.logs_view import LogsPanel

        return LogsPanel(self)


def check(service: Any, panel: str) -> None:
    """Refuse what is no web service."""
    from aml_nb.core.webservice import Webservice

    if not isinstance(service, Webservice):
        raise UserErrorException(
            f"{panel} shows a web service, not {type(service).__name__}.", hint=f"{panel}(Webservice(ws, 'iris'))"
        )

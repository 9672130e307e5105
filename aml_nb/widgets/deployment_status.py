"""``DeploymentStatus(service)``: a web service live, with buttons to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.widgets.live import LivePanel

if TYPE_CHECKING:
    from aml_nb.widgets.subject import Subject


class DeploymentStatus(LivePanel):
    """Shows a web service: its state and why, what is to be done about it, replicas, address, keys when they are
    asked for, requests a second, the end of its log, and buttons that reload, update and delete it.

    As a cell's value it is a live panel: the cell does not wait for it, and what stays in the saved notebook is a
    plain page. In a terminal it is text.

    Parameters
    ----------
    service : a web service of any class.

    Raises
    ------
    UserErrorException : that is no web service.

    Examples
    --------
    >>> DeploymentStatus(service)  # doctest: +SKIP
    >>> panel = DeploymentStatus(service).widget  # doctest: +SKIP
    >>> panel.observe(lambda change: print(change["new"]), "state")  # doctest: +SKIP
    """

    def __init__(self, service: Any) -> None:
        from aml_nb.widgets.service_subject import check

        check(service, "DeploymentStatus")
        self.service = service

    def _subject(self) -> Subject:
        from aml_nb.widgets.service_subject import ServiceSubject

        return ServiceSubject(self.service)

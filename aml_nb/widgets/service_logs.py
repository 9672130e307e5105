"""``ServiceLogs(service)``: what a web service writes, as it writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.widgets.live import LivePanel

if TYPE_CHECKING:
    from aml_nb.widgets.subject import Subject


class ServiceLogs(LivePanel):
    """Shows a web service's log as it grows, by level and by words; the cell does not wait for it.

    Parameters
    ----------
    service : a web service of any class.
    level : only lines of this level and above: DEBUG, INFO, WARNING, ERROR or CRITICAL.
    lines : how many of the last lines stay in the saved notebook.

    Raises
    ------
    UserErrorException : that is no web service.
    """

    def __init__(self, service: Any, level: str | None = None, lines: int = 100) -> None:
        from aml_nb.widgets.service_subject import check

        check(service, "ServiceLogs")
        self.service, self.level, self.lines = service, level, lines

    def _subject(self) -> Subject:
        from aml_nb.widgets.service_subject import LogSubject

        return LogSubject(self.service, self.level, self.lines)

"""What there is to see of a web service, looked at again and again: asking costs what has come since."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import endpoints, services, traffic
from aml_nb.core.webservice.webservice import from_record
from aml_nb.display.answers import level_of
from aml_nb.display.log_stream import LogStream
from aml_nb.display.objects import error_of
from aml_nb.errors import AmlError, StoreError

if TYPE_CHECKING:
    from aml_nb.core.diagnosis import Diagnosis
    from aml_nb.core.monitoring import ServiceMetrics
    from aml_nb.core.workspace import Workspace
    from aml_nb.engines.base import ServiceStatus

DELETED = "deleted"
METRIC_SECONDS = 300
LOG_LINES = 200
_SEVERE = ("ERROR", "CRITICAL")


class ServiceFacts:
    """One service as it was seen last.

    ``refresh`` looks again and says what has changed: any of ``head``, ``diagnosis``, ``metrics`` and ``logs``.

    Parameters
    ----------
    service : the service; the object is left as it is, and another one is asked.
    parts : what is looked at besides its state.
    """

    def __init__(self, service: Any, parts: tuple[str, ...] = ("diagnosis", "metrics", "logs")) -> None:
        self.workspace: Workspace = service.workspace
        self.name: str = service.name
        self.handle: str = service._record["handle"]
        self.service: Any = None
        self.state, self.error, self.problem = "Unknown", "", ""
        self.status: ServiceStatus | None = None
        self.diagnosis: Diagnosis | None = None
        self.metrics: ServiceMetrics | None = None
        self.log: LogStream | None = None
        self.seen = time.time()
        self._parts = parts
        self._known: Any = None

    @property
    def gone(self) -> bool:
        """Whether it was deleted."""
        return self.state == DELETED

    @property
    def settled(self) -> bool:
        """Whether nothing is under way: no deployment, update or deletion."""
        pending = self.service is not None and self.service._record.get("pending")
        return not pending and self.state.lower() not in ("transitioning", "deploying", "updating", "deleting")

    @property
    def lines(self) -> list[str]:
        """The last lines of its log."""
        return [] if self.log is None else list(self.log.lines)

    def refresh(self) -> set[str]:
        """Look again; the parts that are not what they were. StoreError where the workspace is gone."""
        self.seen = time.time()
        changed = self._look()
        if self.gone:
            return changed
        new = self._read_log() if "logs" in self._parts else []
        if new:
            changed.add("logs")
        if "diagnosis" in self._parts and self._worth_a_diagnosis("head" in changed, new) and self._diagnose():
            changed.add("diagnosis")
        if "metrics" in self._parts and self._measure():
            changed.add("metrics")
        return changed

    def _look(self) -> set[str]:
        try:
            record = services.records(self.workspace).get(self.handle)
            if record is None:
                self.state, self.error, self.problem, self.diagnosis = DELETED, "", "", None
            else:
                if self.service is None:
                    self.service = from_record(self.workspace, record)
                    record = self.service._record
                self.status = self.service._refresh(record)
                self.state, self.error, self.problem = str(self.service.state or "Unknown"), error_of(self.service), ""
        except StoreError:
            raise
        except AmlError as error:  # what carries it does not answer now, and may again
            self.problem = error.brief or error.message
        known = (self.state, self.error, self.problem, self.status, self._record_facts())
        changed, self._known = known != self._known, known
        return {"head"} if changed else set()

    def _record_facts(self) -> Any:
        record = {} if self.service is None else self.service._record
        keys = ("modelIds", "kvTags", "description", "updatedTime", "authEnabled", "aadAuthEnabled", "pending")
        own = tuple(str(record.get(key)) for key in keys)
        if record.get("computeType") != services.ENDPOINT:
            return own
        return own, traffic.shares(endpoints.versions_of(self.workspace, self.name))

    def _read_log(self) -> list[str]:
        if self.service is None:
            return []
        if self.log is None:
            self.log = LogStream(self.service, LOG_LINES)
        try:
            return self.log.read()
        except StoreError:
            raise
        except AmlError as error:
            if list(self.log.lines)[-1:] == [error.message]:
                return []
            self.log.lines.append(error.message)
            return [error.message]

    def _worth_a_diagnosis(self, changed: bool, new: list[str]) -> bool:
        """Whether something has happened that may have a cause, or may have ended one."""
        if changed or (new and self.diagnosis is not None):
            return True
        return any(level_of(line) in _SEVERE or line.startswith("Traceback") for line in new)

    def _diagnose(self) -> bool:
        from aml_nb.core.diagnosis import diagnose

        before = self.diagnosis
        with suppress(AmlError, OSError):
            self.diagnosis = None if self.service is None else diagnose(self.service)
        return self.diagnosis != before

    def _measure(self) -> bool:
        from aml_nb.core.monitoring import metrics

        if self.service is None:
            return False
        before = self.metrics
        with suppress(AmlError, OSError):
            self.metrics = metrics(self.service, METRIC_SECONDS)
        return self.metrics is not None and (before is None or _figures(before) != _figures(self.metrics))


def _figures(told: ServiceMetrics) -> Any:
    """What makes a difference to who reads them: the time goes on only as long as they show a request."""
    return told.at[-1] if any(told.requests) else None

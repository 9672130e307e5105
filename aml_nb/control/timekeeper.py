"""The clock of the control plane: it looks at each schedule when its time comes.

What is due, and what was done, is in the workspace. Here are only alarms, which are set anew when schedules change
and every few seconds: a laptop that slept, or schedules that another process made, are noticed by that.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.date import DateTrigger  # type: ignore[import-untyped]

from aml_nb.core.pipelines import firing
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.runs.submitting import launch

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

LOOK_S = 10.0
_AT_ONCE = 4
_LOG = logging.getLogger("uvicorn.error")


def utc_now() -> datetime:
    """The time."""
    return datetime.now(timezone.utc)


class Timekeeper:
    """The alarms of a workspace's schedules.

    Parameters
    ----------
    workspace : whose schedules.
    now : the clock.
    fire : what to do with a schedule whose time has come.
    """

    def __init__(
        self,
        workspace: Workspace,
        now: Callable[[], datetime] = utc_now,
        fire: Callable[[Any, str, datetime], Any] = firing.fire,
    ) -> None:
        self._workspace, self._now, self._fire = workspace, now, fire
        self._lock = threading.Lock()
        self._set: dict[str, tuple[Any, datetime]] = {}
        self._busy: set[str] = set()
        self._polled: dict[str, datetime] = {}
        self._told: dict[str, str] = {}
        self._count = 0
        self._scheduler = BackgroundScheduler(
            timezone=timezone.utc,
            executors={"default": ThreadPoolExecutor(_AT_ONCE)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def start(self) -> None:
        """Set the alarms, and keep them."""
        self._scheduler.start()
        self._scheduler.add_job(self._look, "interval", seconds=LOOK_S, id="look", next_run_time=self._now())

    def stop(self) -> None:
        """Let no alarm go off any more."""
        self._scheduler.shutdown(wait=False)

    def count(self) -> int:
        """How many schedules are looked after."""
        return self._count

    def reload(self) -> int:
        """Look at the schedules now, and set an alarm for each; returns how many are active."""
        active = kept.listed(self._workspace, kept.SCHEDULE, active_only=True)
        with self._lock:
            wanted = {payload["id"]: (payload["revision"], self._when(payload)) for payload in active}
            for identity in self._set.keys() - wanted.keys():
                self._take_away(identity)
            for identity, (revision, when) in wanted.items():
                if identity not in self._busy and when is not None and self._set.get(identity) != (revision, when):
                    self._arrange(identity, revision, when)
            self._count = len(active)
        return len(active)

    def _look(self) -> None:
        launch._reap()  # those whom a request or a schedule started, and who are done
        self.reload()

    def _when(self, payload: dict[str, Any]) -> datetime | None:
        if payload["datastore_name"] and not payload["pending"]:
            polled = self._polled.get(payload["id"])
            return self._now() if polled is None else polled + timedelta(minutes=payload["polling_interval"])
        return firing.due(payload)

    def _arrange(self, identity: str, revision: Any, when: datetime) -> None:
        self._set[identity] = (revision, when)
        self._scheduler.add_job(
            self._ring, DateTrigger(max(when, self._now())), args=[identity], id=identity, replace_existing=True
        )

    def _take_away(self, identity: str) -> None:
        del self._set[identity]
        if self._scheduler.get_job(identity) is not None:
            self._scheduler.remove_job(identity)

    def _ring(self, identity: str) -> None:
        """An alarm went off."""
        with self._lock:
            if identity in self._busy:
                return
            self._busy.add(identity)
            self._set.pop(identity, None)
        try:
            self._polled[identity] = self._now()
            self._fire(self._workspace, identity, self._now())
        except Exception as error:  # it is tried again when the schedules are looked at next
            if self._told.get(identity) != repr(error):
                _LOG.exception("the schedule %s", identity)
            self._told[identity] = repr(error)
            with self._lock:
                self._busy.discard(identity)
            return
        with self._lock:
            self._busy.discard(identity)
        self.reload()

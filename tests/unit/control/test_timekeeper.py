"""The alarms: set for what is due, set anew for what changed, and gone with what is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from aml_nb.control.timekeeper import Timekeeper
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.firing import text
from aml_nb.core.workspace import Workspace

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=timezone.utc)


def put(ws: Workspace, name: str, **fields: Any) -> None:
    payload = {"id": name, "status": kept.ACTIVE, "next": None, "pending": [], "datastore_name": None, "revision": 0}
    kept.records(ws, kept.SCHEDULE).put(name, {**payload, "polling_interval": 5, **fields})


class Fired:
    """Notes what fires, and moves it on by a day as the real thing does."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.happened = threading.Event()
        self.fail = False

    def __call__(self, workspace: Workspace, name: str, now: datetime) -> None:
        self.names.append(name)
        self.happened.set()
        if self.fail:
            self.fail = False
            raise OSError("no space left on device")
        kept.change(workspace, kept.SCHEDULE, name, next=text(now + timedelta(days=1)), pending=[])

    def wait(self) -> None:
        assert self.happened.wait(10)
        self.happened.clear()


@pytest.fixture
def fired() -> Fired:
    return Fired()


@pytest.fixture
def clock() -> dict[str, datetime]:
    return {"now": datetime.now(timezone.utc)}


@pytest.fixture
def keeper(ws: Workspace, fired: Fired, clock: dict[str, datetime]) -> Iterator[Timekeeper]:
    keeper = Timekeeper(ws, lambda: clock["now"], fired)
    keeper._scheduler.start()
    yield keeper
    keeper.stop()
    assert settled(lambda: not keeper._busy)


def settled(condition: Callable[[], bool]) -> bool:
    event = threading.Event()
    for _ in range(500):
        if condition():
            return True
        event.wait(0.01)
    return False


def test_what_is_due_fires_once_and_the_rest_waits(
    ws: Workspace, keeper: Timekeeper, fired: Fired, clock: dict[str, datetime]
) -> None:
    put(ws, "due", next=text(clock["now"] - timedelta(hours=3)))
    put(ws, "later", next=text(clock["now"] + timedelta(days=1)))
    put(ws, "off", status=kept.DISABLED, next=text(clock["now"]))
    assert keeper.reload() == keeper.count() == 2
    fired.wait()
    assert settled(lambda: not keeper._busy and "due" in keeper._set)
    keeper.reload()
    assert fired.names == ["due"]
    assert keeper._scheduler.get_job("off") is None


def test_what_is_changed_or_disabled_is_arranged_anew(
    ws: Workspace, keeper: Timekeeper, fired: Fired, clock: dict[str, datetime]
) -> None:
    put(ws, "s", next=text(clock["now"] + timedelta(days=1)))
    keeper.reload()
    before = keeper._scheduler.get_job("s").next_run_time
    put(ws, "s", next=text(clock["now"] + timedelta(days=2)), revision=1)
    keeper.reload()
    assert keeper._scheduler.get_job("s").next_run_time - before == timedelta(days=1)
    put(ws, "s", status=kept.DISABLED)
    assert keeper.reload() == 0 and keeper._scheduler.get_job("s") is None and fired.names == []


def test_what_fails_is_tried_again_when_the_schedules_are_looked_at(
    ws: Workspace, keeper: Timekeeper, fired: Fired, clock: dict[str, datetime]
) -> None:
    fired.fail = True
    put(ws, "s", next=text(clock["now"]))
    keeper.reload()
    fired.wait()
    assert settled(lambda: not keeper._busy)
    assert fired.names == ["s"]
    keeper.reload()
    fired.wait()
    assert fired.names == ["s", "s"]


def test_what_was_left_pending_fires_at_once(ws: Workspace, keeper: Timekeeper, fired: Fired) -> None:
    put(ws, "s", pending=[{"run_id": "r"}])
    keeper.reload()
    fired.wait()
    assert fired.names == ["s"]


def test_data_is_looked_at_at_once_and_then_every_few_minutes(
    ws: Workspace, keeper: Timekeeper, fired: Fired, clock: dict[str, datetime]
) -> None:
    put(ws, "s", datastore_name="store", polling_interval=5)
    keeper.reload()
    fired.wait()
    assert settled(lambda: "s" in keeper._set)
    assert keeper._set["s"][1] == clock["now"] + timedelta(minutes=5)
    keeper._polled["s"] -= timedelta(hours=2)  # the machine slept
    keeper.reload()
    fired.wait()
    assert fired.names == ["s", "s"]

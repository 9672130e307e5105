"""What schedules do by a clock that the test turns: each run once, whoever is killed and however long it slept."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datapath import DataPath
from aml_nb.core.pipelines import firing, schedule
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.calling import Call
from aml_nb.core.pipelines.graph import Graph, Parameter
from aml_nb.core.pipelines.published import PublishedPipeline, publish
from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.core.pipelines.schedule import Schedule
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.workspace import Workspace

START = datetime(2026, 5, 6, 12, 0, tzinfo=timezone.utc)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Killed(BaseException):
    """Stands for ``kill -9``: nothing of ours handles it."""


class Submitted:
    """Submits as the real thing does, as far as records go; ``kill`` says where it dies."""

    def __init__(self, workspace: Workspace) -> None:
        self.calls: list[Call] = []
        self.kill: str | None = None
        self._records = RunRecords(workspace._store)

    def __call__(self, workspace: Workspace, published: dict[str, Any], wanted: Call) -> None:
        assert wanted.run_id is not None
        if self.kill == "before":
            raise Killed
        record = RunRecord(
            wanted.run_id, wanted.experiment_name, "e", run_type="azureml.PipelineRun", properties=wanted.properties
        )
        self._records.create(record)
        if self.kill == "in between":
            raise Killed
        self._records.transition(wanted.run_id, "Running")
        self.calls.append(wanted)
        if self.kill == "after":
            raise Killed

    @property
    def ids(self) -> list[str | None]:
        return [call.run_id for call in self.calls]


@pytest.fixture
def published(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> PublishedPipeline:
    monkeypatch.setattr(schedule, "provision", lambda workspace, change: change())
    monkeypatch.setattr(schedule, "_kept_going", lambda workspace, payloads: None)
    monkeypatch.setattr(schedule, "_now", lambda: START)
    place = {"path": "", "datastore": "workspaceblobstore", "workspace": None}
    parameters = {"rate": Parameter("rate", "float", 0.5), "file": Parameter("file", "datapath", place)}
    return publish(ws, Graph([], parameters), "batch", "d", "1")


@pytest.fixture
def submitted(ws: Workspace) -> Submitted:
    return Submitted(ws)


def every(ws: Workspace, published: PublishedPipeline, frequency: str, **given: Any) -> Schedule:
    return Schedule.create(ws, "s", published.id, "batch", ScheduleRecurrence(frequency, 1), **given)


def test_it_fires_at_once_and_then_in_time(ws: Workspace, published: PublishedPipeline, submitted: Submitted) -> None:
    hourly = every(ws, published, "Hour", pipeline_parameters={"rate": 0.1})
    for minutes, count in ((0, 1), (1, 1), (59, 1), (60, 2), (61, 2), (120, 3)):
        firing.fire(ws, hourly.id, START + minutes * MINUTE, submitted)
        assert len(submitted.calls) == count
    assert len(set(submitted.ids)) == 3
    call = submitted.calls[0]
    assert (call.experiment_name, call.assignments, call.source) == ("batch", {"rate": 0.1}, "Schedule")
    assert call.properties["azureml.scheduleid"] == hourly.id


def test_a_sleep_is_made_up_for_by_one_run_that_says_so(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted
) -> None:
    hourly = every(ws, published, "Hour")
    firing.fire(ws, hourly.id, START, submitted)
    firing.fire(ws, hourly.id, START + 10 * HOUR + 20 * MINUTE, submitted)
    assert len(submitted.calls) == 2
    assert submitted.calls[0].tags == {}
    assert submitted.calls[1].tags == {"aml_nb.schedule.late": "true", "aml_nb.schedule.missed": "true"}
    firing.fire(ws, hourly.id, START + 10 * HOUR + 59 * MINUTE, submitted)
    assert len(submitted.calls) == 2
    firing.fire(ws, hourly.id, START + 11 * HOUR, submitted)
    assert len(submitted.calls) == 3 and submitted.calls[2].tags == {}


@pytest.mark.parametrize("where", ["before", "in between", "after"])
def test_a_kill_at_any_point_loses_and_doubles_nothing(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted, where: str
) -> None:
    hourly = every(ws, published, "Hour")
    submitted.kill = where
    with pytest.raises(Killed):
        firing.fire(ws, hourly.id, START, submitted)
    submitted.kill = None
    assert firing.due(kept.find(ws, kept.SCHEDULE, hourly.id)) < START  # type: ignore[operator]
    for _ in range(3):
        firing.fire(ws, hourly.id, START + MINUTE, submitted)
    assert len(submitted.calls) == 1
    assert [run.status for run in RunRecords(ws._store).find()] == ["Running"]


def test_a_kill_before_anything_is_written_down_fires_afterwards(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    hourly = every(ws, published, "Hour")
    with monkeypatch.context() as patched:

        def killed(*_: Any) -> None:
            raise Killed

        patched.setattr(firing, "_plan_time", killed)
        with pytest.raises(Killed):
            firing.fire(ws, hourly.id, START, submitted)
    firing.fire(ws, hourly.id, START, submitted)
    assert len(submitted.calls) == 1


def test_a_run_whose_process_holds_its_folder_is_there(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted
) -> None:
    hourly = every(ws, published, "Hour")
    submitted.kill = "in between"
    with pytest.raises(Killed):
        firing.fire(ws, hourly.id, START, submitted)
    run_id = kept.find(ws, kept.SCHEDULE, hourly.id)["pending"][0]["run_id"]
    hold = RunFolder(ws, run_id).hold(keep=False)
    submitted.kill = None
    assert firing.fire(ws, hourly.id, START + MINUTE, submitted) == [run_id]
    assert submitted.calls == []
    hold.close()


def test_a_disabled_pipeline_is_told_and_the_schedule_goes_on(
    ws: Workspace, published: PublishedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    hourly = every(ws, published, "Hour")
    published.disable()
    assert firing.fire(ws, hourly.id, START) == []
    payload = kept.find(ws, kept.SCHEDULE, hourly.id)
    assert "is Disabled" in payload["trouble"] and payload["pending"] == []
    published.enable()
    sent: list[Any] = []
    firing.fire(ws, hourly.id, START + HOUR, lambda *call: sent.append(call))
    assert len(sent) == 1 and kept.find(ws, kept.SCHEDULE, hourly.id)["trouble"] is None


def test_a_full_disk_is_tried_again(ws: Workspace, published: PublishedPipeline, submitted: Submitted) -> None:
    hourly = every(ws, published, "Hour")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        firing.fire(ws, hourly.id, START, full)
    firing.fire(ws, hourly.id, START + MINUTE, submitted)
    assert len(submitted.calls) == 1


def test_disabled_it_rests_and_enabled_it_goes_on_without_the_past(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    hourly = every(ws, published, "Hour")
    hourly.disable()
    assert hourly.status == "Disabled" and firing.fire(ws, hourly.id, START + DAY, submitted) == []
    monkeypatch.setattr(schedule, "_now", lambda: START + DAY + 30 * MINUTE)
    hourly.enable()
    assert firing.fire(ws, hourly.id, START + DAY + 59 * MINUTE, submitted) == []
    assert len(firing.fire(ws, hourly.id, START + DAY + HOUR, submitted)) == 1


def test_another_recurrence_counts_from_when_it_was_told(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    hourly = every(ws, published, "Hour")
    firing.fire(ws, hourly.id, START, submitted)
    monkeypatch.setattr(schedule, "_now", lambda: START + 10 * MINUTE)
    hourly.update(name="new", recurrence=ScheduleRecurrence("Day", 2))
    assert (hourly.name, str(hourly.recurrence)) == ("new", "Runs every 2 Days")
    assert firing.fire(ws, hourly.id, START + DAY, submitted) == []
    assert len(firing.fire(ws, hourly.id, START + 2 * DAY + 10 * MINUTE, submitted)) == 1


def test_one_that_ends_while_it_is_planned_fires_no_more(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    hourly = every(ws, published, "Hour")
    fresh = kept.find(ws, kept.SCHEDULE, hourly.id)
    hourly.disable()
    assert firing._plan(ws, fresh, START)["pending"] == []
    assert firing.fire(ws, "unknown", START, submitted) == []


def write(ws: Workspace, name: str, text: str) -> None:
    path = Path(str(ws.get_default_datastore()._local(name)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, ns=(hash(text) % 10**9 * 10**9,) * 2)


def watching(ws: Workspace, published: PublishedPipeline, **given: Any) -> Schedule:
    store = ws.get_default_datastore()
    return Schedule.create(ws, "s", published.id, "batch", datastore=store, path_on_datastore="new", **given)


def test_data_that_is_added_or_changed_fires_once(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted
) -> None:
    write(ws, "new/old.csv", "1")
    schedule = watching(ws, published)
    assert firing.fire(ws, schedule.id, START, submitted) == []
    write(ws, "new/a.csv", "1")
    write(ws, "new/b.csv", "1")
    assert len(firing.fire(ws, schedule.id, START + MINUTE, submitted)) == 1
    assert firing.fire(ws, schedule.id, START + 2 * MINUTE, submitted) == []
    write(ws, "new/old.csv", "22")
    assert len(firing.fire(ws, schedule.id, START + 3 * MINUTE, submitted)) == 1
    write(ws, "new/below/c.csv", "1")
    write(ws, "elsewhere/d.csv", "1")
    assert firing.fire(ws, schedule.id, START + 4 * MINUTE, submitted) == []
    assert len(set(submitted.ids)) == 2


def test_where_a_file_is_named_it_alone_is_looked_at(ws: Workspace) -> None:
    write(ws, "new/a.csv", "1")
    write(ws, "new/b.csv", "1")
    store = ws.get_default_datastore().name
    assert list(firing.look(ws, store, "new/a.csv")) == ["new/a.csv"]
    assert sorted(firing.look(ws, store, "/new/")) == ["new/a.csv", "new/b.csv"]
    assert firing.look(ws, store, "none") == firing.look(ws, store, None) == {}


def test_a_data_path_parameter_is_told_each_file(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted
) -> None:
    schedule = watching(ws, published, data_path_parameter_name="file", pipeline_parameters={"rate": 2})
    for number in range(firing.AT_ONCE + 2):
        write(ws, f"new/{number:02}.csv", "1")
    assert len(firing.fire(ws, schedule.id, START, submitted)) == firing.AT_ONCE
    assert len(firing.fire(ws, schedule.id, START + MINUTE, submitted)) == 2
    assert firing.fire(ws, schedule.id, START + 2 * MINUTE, submitted) == []
    place = {"DataStoreName": "workspaceblobstore", "RelativePath": "new/00.csv"}
    assert submitted.calls[0].assignments == {"rate": 2, "file": place}
    assert len({call.assignments["file"]["RelativePath"] for call in submitted.calls}) == firing.AT_ONCE + 2


@pytest.mark.parametrize("where", ["before", "in between", "after"])
def test_a_kill_among_several_files_loses_and_doubles_nothing(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted, where: str
) -> None:
    schedule = watching(ws, published, data_path_parameter_name="file")
    write(ws, "new/a.csv", "1")
    write(ws, "new/b.csv", "1")
    submitted.kill = where
    with pytest.raises(Killed):
        firing.fire(ws, schedule.id, START, submitted)
    submitted.kill = None
    write(ws, "new/c.csv", "1")
    for minute in range(4):
        firing.fire(ws, schedule.id, START + minute * MINUTE, submitted)
    told = sorted(call.assignments["file"]["RelativePath"] for call in submitted.calls)
    assert told == ["new/a.csv", "new/b.csv", "new/c.csv"]


def test_a_datastore_that_cannot_be_reached_is_told_and_looked_at_again(
    ws: Workspace, published: PublishedPipeline, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = watching(ws, published)
    write(ws, "new/a.csv", "1")
    with monkeypatch.context() as patched:
        patched.setattr(firing, "look", lambda *_: 1 / 0)
        assert firing.fire(ws, schedule.id, START, submitted) == []
    assert "ZeroDivisionError" in kept.find(ws, kept.SCHEDULE, schedule.id)["trouble"]
    assert len(firing.fire(ws, schedule.id, START, submitted)) == 1


def test_a_data_path_is_understood_when_the_pipeline_runs(ws: Workspace, published: PublishedPipeline) -> None:
    from aml_nb.core.pipelines.parameters import assigned

    store = ws.get_default_datastore()
    given = {"file": DataPath(store, "given")}
    schedule = Schedule.create(ws, "s", published.id, "e", ScheduleRecurrence("Day", 1), pipeline_parameters=given)
    told = kept.find(ws, kept.SCHEDULE, schedule.id)["pipeline_parameters"]
    parameters = published._graph.parameters
    assert assigned(ws, parameters, told)["file"]["path"] == "given"
    rest = {"file": {"DataStoreName": store.name, "RelativePath": "new/a.csv"}}
    assert assigned(ws, parameters, rest)["file"]["path"] == "new/a.csv"

"""What Schedule takes and refuses; when it fires is tested with ``firing``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.pipelines import schedule
from aml_nb.core.pipelines.endpoint import PipelineEndpoint
from aml_nb.core.pipelines.graph import Graph, Parameter
from aml_nb.core.pipelines.published import PublishedPipeline, publish
from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.core.pipelines.schedule import Schedule
from aml_nb.core.pipelines.time_zones import TimeZone
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ServiceException, UserErrorException

WEEKLY = ScheduleRecurrence(frequency="Week", interval=1)


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The control plane is not started; what it would have been told is noted."""
    told: list[str] = []

    def provision(workspace: Workspace, change: Callable[[], Any]) -> Any:
        told.append("provision")
        return change()

    monkeypatch.setattr(schedule, "provision", provision)
    monkeypatch.setattr(
        schedule,
        "_kept_going",
        lambda workspace, payloads: told.extend("up" for each in payloads if each["status"] == "Active"),
    )
    return told


@pytest.fixture
def published(ws: Workspace) -> PublishedPipeline:
    place = {"path": "", "datastore": "workspaceblobstore", "workspace": None}
    parameters = {"rate": Parameter("rate", "float", 0.5), "file": Parameter("file", "datapath", place)}
    return publish(ws, Graph([], parameters), "batch")


def test_the_articles_schedule(ws: Workspace, published: PublishedPipeline, told: list[str]) -> None:
    made = Schedule.create(
        ws,
        name="Weekly Predictions",
        description="batch inferencing",
        pipeline_id=published.id,
        experiment_name="Batch_Prediction",
        recurrence=WEEKLY,
    )
    assert told == ["provision"]
    for each in (made, Schedule.get(ws, made.id), *Schedule.list(ws), *Schedule.get_all(ws)):
        assert (each.name, each.description, each.status) == ("Weekly Predictions", "batch inferencing", "Active")
        assert (each.pipeline_id, each.pipeline_endpoint_id, each.id) == (published.id, None, made.id)
        assert each.recurrence is not None and vars(each.recurrence) == vars(WEEKLY)
        assert (each.datastore_name, each.polling_interval, each.path_on_datastore) == (None, None, None)
    assert "Recurrence Details: Runs every Week" in str(made) and made.id in made._repr_html_()
    assert told.count("up") == 3  # whoever asks for schedules that are active has them kept


def test_where_the_control_plane_does_not_start_nothing_is_made(
    ws: Workspace, published: PublishedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aml_nb.core.plane import starting

    def fail(workspace: Workspace) -> None:
        raise ServiceException("it does not start")

    monkeypatch.undo()
    monkeypatch.setenv("AML_NB_HOME", str(ws._folder.parents[1]))
    monkeypatch.setattr(starting, "up", fail)
    with pytest.raises(ServiceException):
        Schedule.create(ws, "s", published.id, "e", WEEKLY)
    assert Schedule.list(ws, active_only=False) == []


def test_schedules_of_a_pipeline_and_of_an_endpoint(ws: Workspace, published: PublishedPipeline) -> None:
    endpoint = PipelineEndpoint.publish(ws, "e", "d", published)
    first = Schedule.create(ws, "1", published.id, "e", WEEKLY)
    second = Schedule.create_for_pipeline_endpoint(ws, "2", endpoint.id, "e", WEEKLY, pipeline_parameters={"rate": 1})
    assert [each.id for each in Schedule.list(ws, pipeline_id=published.id)] == [first.id]
    assert [each.id for each in Schedule.list(ws, pipeline_endpoint_id=endpoint.id)] == [second.id]
    first.disable(wait_for_provisioning=True)
    assert [each.id for each in Schedule.get_schedules_for_pipeline_id(ws, published.id)] == [first.id]
    assert [each.id for each in Schedule.get_schedules_for_pipeline_endpoint_id(ws, endpoint.id)] == [second.id]
    assert Schedule.list(ws, pipeline_id=published.id) == []
    with pytest.raises(ValueError, match="not both"):
        Schedule.list(ws, pipeline_id="1", pipeline_endpoint_id="2")


@pytest.mark.parametrize(
    "given, message",
    [
        ({"recurrence": None}, "needs a recurrence or a datastore"),
        ({"datastore": "store"}, "not both"),
        ({"recurrence": "Week"}, "ScheduleRecurrence"),
        ({"path_on_datastore": "new"}, "path_on_datastore goes with"),
        ({"data_path_parameter_name": "file"}, "data_path_parameter_name goes with"),
        ({"pipeline_parameters": {"rat": 1}}, "no parameter 'rat'"),
        ({"pipeline_parameters": {"rate": [1]}}, "takes float"),
        ({"experiment_name": "no blanks"}, "Experiment name"),
        ({"experiment_name": None}, "name of an experiment"),
        ({"recurrence": None, "datastore": "text"}, "is no datastore"),
        ({"recurrence": None, "datastore": "default", "polling_interval": 0}, "number of minutes"),
        ({"recurrence": None, "datastore": "default", "polling_interval": "5"}, "number of minutes"),
        ({"recurrence": None, "datastore": "default", "data_path_parameter_name": "rate"}, "no DataPath"),
        ({"recurrence": None, "datastore": "default", "data_path_parameter_name": "fil"}, "no parameter 'fil'"),
        ({"recurrence": None, "datastore": "default", "path_on_datastore": "../other"}, "other"),
        ({"pipeline_id": "x"}, "no published pipeline"),
    ],
)
def test_what_does_not_go_together_is_refused(
    ws: Workspace, published: PublishedPipeline, told: list[str], given: dict[str, Any], message: str
) -> None:
    if given.get("datastore") == "default":
        given = {**given, "datastore": ws.get_default_datastore()}
    whole = {"pipeline_id": published.id, "experiment_name": "e", "recurrence": WEEKLY, **given}
    with pytest.raises((ValueError, UserErrorException), match=message):
        Schedule.create(ws, "s", **whole)
    assert Schedule.list(ws, active_only=False) == [] and told == []


def test_a_datastore_of_another_kind_is_refused(ws: Workspace, published: PublishedPipeline) -> None:
    from aml_nb.core.data.datastore import Datastore

    share = Datastore.register_azure_file_share(ws, "share", "files", account_name="a", account_key="a2V5")
    with pytest.raises(ValueError, match="AzureBlob"):
        Schedule.create(ws, "s", published.id, "e", datastore=share)


def test_data_and_how_it_is_looked_at_can_be_changed(ws: Workspace, published: PublishedPipeline) -> None:
    store = ws.get_default_datastore()
    made = Schedule.create(ws, "s", published.id, "e", datastore=store)
    assert (made.datastore_name, made.polling_interval, made.recurrence) == (store.name, 5, None)
    assert "every 5 minutes" in str(made)
    made.update(path_on_datastore="new", polling_interval=10, data_path_parameter_name="file")
    found = Schedule.get(ws, made.id)
    assert (found.path_on_datastore, found.polling_interval) == ("new", 10)
    assert found.data_path_parameter_name == "file"
    made.update(recurrence=ScheduleRecurrence("Day", 1))
    assert (made.datastore_name, made.data_path_parameter_name, made.polling_interval) == (None, None, None)
    made.update(datastore=store, polling_interval=7)
    assert (made.datastore_name, made.recurrence, made.polling_interval) == (store.name, None, 7)


@pytest.mark.parametrize(
    "given, message",
    [
        ({"status": "Paused"}, "neither Active nor Disabled"),
        ({"path_on_datastore": "new"}, "goes with"),
        ({"pipeline_parameters": {"x": 1}}, "no parameter 'x'"),
    ],
)
def test_an_update_that_cannot_be_changes_nothing(
    ws: Workspace, published: PublishedPipeline, given: dict[str, Any], message: str
) -> None:
    made = Schedule.create(ws, "s", published.id, "e", WEEKLY)
    with pytest.raises(ValueError, match=message):
        made.update(name="other", **given)
    assert Schedule.get(ws, made.id).name == "s"


def test_an_update_by_status_and_words(ws: Workspace, published: PublishedPipeline) -> None:
    made = Schedule.create(ws, "s", published.id, "e", WEEKLY)
    made.update(name="n", description="d", status="Disabled", pipeline_parameters={"rate": 3})
    assert (made.name, made.description, made.status) == ("n", "d", "Disabled")
    assert Schedule.list(ws) == []
    made.update(status="Active", wait_for_provisioning=True)
    assert [each.name for each in Schedule.list(ws)] == ["n"]
    assert made.get_pipeline_runs() == [] and made.get_last_pipeline_run() is None


def test_a_schedule_in_yaml(ws: Workspace, published: PublishedPipeline, tmp_path: Path) -> None:
    file = tmp_path / "schedule.yml"
    file.write_text(
        "Schedule:\n  description: weekly\n  recurrence:\n    frequency: Week\n    interval: 2\n"
        "    start_time: 2030-01-07T10:50:00\n    time_zone: RomanceStandardTime\n    week_days: [Monday]\n"
        "    time_of_day: '10:50'\n  pipeline_parameters: {rate: 1}\n"
    )
    told = Schedule.load_yaml(ws, str(file))
    assert told["description"] == "weekly" and told["pipeline_parameters"] == {"rate": 1}
    assert told["recurrence"].time_zone is TimeZone.RomanceStandardTime
    assert (told["recurrence"].interval, told["recurrence"].hours) == (2, [10])
    made = Schedule.create(ws, "s", published.id, "e", told["recurrence"], told["description"])
    assert made.recurrence is not None and made.recurrence.week_days == ["Monday"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("Schedul: {}", "nothing below"),
        ("Schedule: {often: 1}", "no 'often'"),
        ("Schedule: {recurrence: {frequency: Week, often: 1}}", "a recurrence has"),
        ("Schedule: {recurrence: {frequency: Week}}", "at least 1"),
        ("Schedule: {recurrence: {frequency: Week, interval: 1, time_zone: Mars}}", "no time zone"),
        ("Schedule: [", "cannot be read"),
    ],
)
def test_yaml_that_says_something_else(ws: Workspace, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "schedule.yml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        Schedule.load_yaml(ws, str(file))

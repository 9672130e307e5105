"""``%pipeline``: what is found by which words, calls and schedules, and what is said where they cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb import cli
from aml_nb.core.data.datasets.file_factory import FileDatasetFactory
from aml_nb.core.pipelines import calling, schedule
from aml_nb.core.pipelines.endpoint import PipelineEndpoint
from aml_nb.core.pipelines.graph import Graph, Node, OutPort, Parameter, Port
from aml_nb.core.pipelines.published import PublishedPipeline, publish
from aml_nb.core.pipelines.schedule import Schedule
from aml_nb.core.pipelines.time_zones import TimeZone, zone
from aml_nb.core.workspace import Workspace
from aml_nb.errors import AmlError, ServiceException, UsageError
from aml_nb.magics.completion import complete
from aml_nb.magics.words import Variable
from aml_nb.verbs import MAGIC, VERBS
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_pipelines import find_published
from aml_nb.verbs.scheduling import _here, time_zone


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def provision(workspace: Workspace, change: Callable[[], Any]) -> Any:
        return change()

    monkeypatch.setattr(schedule, "provision", provision)
    monkeypatch.setattr(schedule, "_kept_going", lambda workspace, payloads: None)


@pytest.fixture
def context(ws: Workspace) -> Context:
    return Context(MAGIC, say=lambda text: None)


@pytest.fixture
def graph() -> Graph:
    read = Port("given", {"kind": "step", "node": "1", "output": "made"})
    made = OutPort("made", "reference", {})
    nodes = [
        Node("1", "prepare", "script", outputs=[made]),
        Node("2", "train", "script", inputs=[read], step_type="PythonScriptStep"),
    ]
    place = {"path": "in", "datastore": "workspaceblobstore", "workspace": None}
    parameters = {
        "rate": Parameter("rate", "float", 0.5),
        "file": Parameter("file", "datapath", place),
        "data": Parameter("data", "dataset", {"id": "1"}),
    }
    return Graph(nodes, parameters)


@pytest.fixture
def published(ws: Workspace, graph: Graph) -> PublishedPipeline:
    return publish(ws, graph, "daily", "scores", "1.0")


def do(context: Context, *words: str) -> Any:
    return VERBS["pipeline"].run([part for each in words for part in each.split()], context)


def said(context: Context, line: str) -> str:
    with pytest.raises(AmlError) as caught:
        do(context, line)
    return caught.value._text()


def test_it_is_found_by_name_version_id_and_variable(context: Context, ws: Workspace, graph: Graph) -> None:
    first = publish(ws, graph, "daily", None, "1")
    second = publish(ws, graph, "daily", None, "2")
    other = publish(ws, graph, "other")
    for text, wanted in (
        ("daily", second), ("daily:1", first), (first.id, first), (other.id[:13], other), (Variable.of(first), first),
    ):  # fmt: skip
        assert find_published(context, text).id == wanted.id
    second.disable()
    assert find_published(context, "daily").id == first.id
    with pytest.raises(UsageError, match="which published pipeline"):
        find_published(context)
    other.disable()
    assert find_published(context).id == first.id
    with pytest.raises(UsageError, match="list is no published pipeline"):
        find_published(context, Variable.of([1]))
    assert "did you mean daily" in said(context, "show dayly")


def test_what_is_published_is_listed_and_shown(
    context: Context, published: PublishedPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    table = do(context, "list")
    assert [each.id for each in table] == [published.id] and table["daily"].id == published.id
    assert "rate, file, data" in repr(table)
    card = do(context, "show")
    assert card.pipeline.id == published.id and "prepare, train" in repr(card)
    assert "rate=0.5, file=workspaceblobstore/in, data=1" in repr(card)
    assert "control plane is not running" in repr(card)
    assert cli.main(["pipeline", "show", "daily", "--json", "--workspace", "test-ws"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == ["prepare", "train"]
    do(context, "disable daily")
    assert "Try: %pipeline publish" in repr(do(context, "")) and len(do(context, "list --all")) == 1
    assert do(context, "enable daily") == "The pipeline daily is Active."


def test_a_call_hands_parameters_over(
    context: Context, ws: Workspace, published: PublishedPipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "one.csv").write_text("1")
    dataset = FileDatasetFactory.from_files(str(tmp_path / "one.csv")).register(ws, "patients")
    calls: list[calling.Call] = []
    run = SimpleNamespace(id="run-1", number=4, display_name="")

    def call(workspace: Workspace, document: dict[str, Any], wanted: calling.Call) -> Any:
        calls.append(wanted)
        return run

    monkeypatch.setattr(calling, "call", call)
    do(context, "run daily --no-wait --param rate=0.1 --param file=workspaceblobstore/new/x --param data=patients:1")
    told = calls[0].assignments
    assert told is not None
    assert calls[0].experiment_name == "daily" and told["rate"] == "0.1" and told["data"].id == dataset.id
    assert told["file"] == {"DataStoreName": "workspaceblobstore", "RelativePath": "new/x"}
    assert (context.last_run, run.display_name) == ("run-1", "daily-4")
    VERBS["pipeline"].run(["run", "--no-wait", "--param", Variable.named("rate", [1])], context)
    assert calls[1].assignments == {"rate": [1]}
    endpoint = PipelineEndpoint.publish(ws, "service", None, published)
    do(context, "run service --no-wait --experiment other")
    assert calls[2].properties == {"azureml.pipelineendpointid": endpoint.id}
    assert calls[2].experiment_name == "other"


def test_a_call_that_cannot_be(context: Context, published: PublishedPipeline) -> None:
    text = said(context, "run daily --no-wait --param rat=1")
    assert "no parameter 'rat'" in text and "Try: --param rate=… --param file=… --param data=…" in text
    assert "is not key=value" in said(context, "run daily --param rate")
    published.disable()
    assert "%pipeline enable daily" in said(context, "run daily")


def test_publishing_what_has_not_run(context: Context, ws: Workspace, graph: Graph) -> None:
    pipeline = SimpleNamespace(publish=partial(publish, ws, graph), _graph=lambda keep=False: graph)
    words = ["publish", Variable.of(pipeline), "--name", "mine", "--version", "3", "--endpoint", "service"]
    made = VERBS["pipeline"].run(words, context)
    assert (made.name, made.version) == ("mine", "3")
    again = VERBS["pipeline"].run(words, context)
    endpoints = do(context, "endpoints")
    assert endpoints["service"].default_version == "1" and "0, 1" in repr(endpoints)
    assert find_published(context, "service").get_pipeline().id == again.id
    assert do(context, "show service").pipeline.id == again.id
    picture = VERBS["pipeline"].run(["graph", Variable.of(pipeline)], context)
    assert "train" in picture.as_text() and "<img" in picture.as_html()
    assert do(context, "graph mine").as_data()[1]["after"] == ["prepare"]
    assert "no pipeline has run here yet" in said(context, "publish")
    assert "no run 'nothing'" in said(context, "publish nothing")


def test_a_schedule_by_the_clock(context: Context, ws: Workspace, published: PublishedPipeline) -> None:
    words = "schedule daily --every 2weeks --on thu,monday --at 08:30 --time-zone Europe/Berlin --name weekly"
    made = do(context, words, "--param rate=0.25 --experiment lab")
    assert isinstance(made, Schedule) and made.recurrence is not None
    told = made.recurrence
    assert (told.frequency, told.interval, told.week_days) == ("Week", 2, ["Monday", "Thursday"])
    assert (told.hours, told.minutes, told.time_zone) == ([8], [30], TimeZone.WEuropeStandardTime)
    assert told.start_time is not None  # so that the first run is on such a day, not at once
    table = do(context, "schedules")
    assert table["weekly"].id == made.id and table.as_data()[0]["parameters"] == {"rate": "0.25"}
    when = datetime.fromisoformat(table.as_data()[0]["next"].replace("Z", "+00:00"))
    assert when.minute == 30 and when.weekday() in (0, 3)
    assert "weekly (Active)" in repr(do(context, "show daily"))
    assert do(context, "disable weekly") == "The schedule weekly is Disabled."
    assert len(do(context, "schedules")) == 0 and len(do(context, "schedules --all")) == 1
    assert do(context, "schedule daily --every hour").recurrence.start_time is None


def test_a_schedule_by_data(context: Context, ws: Workspace, published: PublishedPipeline) -> None:
    made = do(context, "schedule --datastore workspaceblobstore --path incoming --polling 7 --data-path file")
    assert (made.datastore_name, made.path_on_datastore, made.polling_interval) == ("workspaceblobstore", "incoming", 7)
    assert made.data_path_parameter_name == "file" and made.name == "daily-schedule"
    assert "new files in workspaceblobstore/incoming" in repr(do(context, "schedules"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "when?"),
        ("--every weak", "did you mean week"),
        ("--every 0day", "at least 1"),
        ("--every week --on funday", "is no day of the week; did you mean"),
        ("--every week --on t", "is no day of the week"),
        ("--every day --on monday", "go with the frequency Week"),
        ("--every day --at 25:00", "%pipeline schedule NAME --every week"),
        ("--every day --start yesterday", "neither a datetime"),
        ("--every day --time-zone Europe/Berlln", "there is no time zone"),
        ("--every day --path in", "--path goes with --datastore"),
        ("--every day --datastore workspaceblobstore", "either the clock or the data"),
        ("--datastore nowhere", "nowhere"),
        ("--every day --param rat=1", "Try: --param rate="),
    ],
)
def test_a_schedule_that_cannot_be(context: Context, published: PublishedPipeline, words: str, expected: str) -> None:
    assert expected in said(context, f"schedule daily {words}")
    assert len(do(context, "schedules --all")) == 0


def test_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert time_zone("Tokyo Standard Time") is time_zone("tokyostandardtime") is time_zone("Asia/Tokyo")
    vienna = zone(time_zone("Europe/Vienna").value)  # v1 has none of that name
    assert datetime(2026, 1, 1, tzinfo=vienna).utcoffset() == timedelta(hours=1)
    assert datetime(2026, 7, 1, tzinfo=vienna).utcoffset() == timedelta(hours=2)
    assert time_zone("Etc/UTC") is TimeZone.UTC
    monkeypatch.setenv("TZ", "America/New_York")
    assert time_zone(None) is TimeZone.EasternStandardTime
    monkeypatch.setenv("TZ", "Nowhere/Land")
    assert time_zone(None) is TimeZone.UTC
    monkeypatch.delenv("TZ")
    assert _here()


def test_words_are_completed(context: Context, ws: Workspace, published: PublishedPipeline) -> None:
    PipelineEndpoint.publish(ws, "service", None, published)
    do(context, "schedule daily --every week --name weekly")
    session: Any = SimpleNamespace(context=context, shell=SimpleNamespace(user_ns={}))
    parser = VERBS["pipeline"].parser(MAGIC)
    assert complete(parser, ["run"], "", session) == ["daily", "service"]
    assert complete(parser, ["disable"], "", session) == ["daily", "service", "weekly"]
    assert "workspaceblobstore" in complete(parser, ["schedule", "daily", "--datastore"], "", session)


def test_a_name_in_the_place_of_a_run_is_told_where_it_belongs(context: Context, ws: Workspace) -> None:
    with pytest.raises(ServiceException) as caught:
        do(context, "publish daily")
    assert "--name daily" in str(caught.value.hint)

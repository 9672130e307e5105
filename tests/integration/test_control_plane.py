"""The control plane as a process: REST, tokens, what it survives, and what it does when it is killed."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from aml_nb.core import plane
from aml_nb.core.authentication import InteractiveLoginAuthentication
from aml_nb.core.data.datapath import DataPath, DataPathComputeBinding
from aml_nb.core.pipelines import firing
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines import schedule as scheduling
from aml_nb.core.pipelines.endpoint import PipelineEndpoint
from aml_nb.core.pipelines.graph import Graph, Parameter
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline import Pipeline
from aml_nb.core.pipelines.published import PublishedPipeline, publish
from aml_nb.core.pipelines.recurrence import ScheduleRecurrence
from aml_nb.core.pipelines.schedule import Schedule
from aml_nb.core.pipelines.script_step import PythonScriptStep
from aml_nb.core.plane.folder import PlaneFolder
from aml_nb.core.runs.records import RunRecords
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ServiceException

KILLS = int(os.environ.get("AML_NB_KILLS", "2"))
"""How often the control plane is killed, and a quarter of how often a firing is; ``AML_NB_KILLS=200`` for a night."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plane")


@pytest.fixture(autouse=True)
def _here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_HOME", str(home))
    monkeypatch.chdir(home)


@pytest.fixture(scope="module")
def ws(home: Path) -> Iterator[Workspace]:
    """One for the whole file: a server takes a second to start."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AML_NB_HOME", str(home))
        workspace = Workspace.create("plane-ws", show_output=False)
        yield workspace
        workspace.delete()
        assert not [each for each in psutil.process_iter(["cmdline"]) if str(home) in str(each.info["cmdline"])]


@pytest.fixture
def published(ws: Workspace) -> PublishedPipeline:
    """A pipeline of no steps: what is tested here is how it is called."""
    return publish(ws, Graph([], {"rate": Parameter("rate", "float", 0.5)}), "batch", "scores", "1.0")


@pytest.fixture
def header(ws: Workspace) -> dict[str, str]:
    return InteractiveLoginAuthentication().get_authentication_header()


def finished(ws: Workspace, run_id: str) -> Run:
    run = Run.get(ws, run_id)
    until(lambda: run.get_status() in ("Finished", "Failed"))
    return run


def until(condition: Callable[[], Any], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.02)


def test_the_articles_call(ws: Workspace, published: PublishedPipeline) -> None:
    rest_endpoint = published.endpoint
    auth_header = InteractiveLoginAuthentication().get_authentication_header()
    response = requests.post(rest_endpoint, headers=auth_header, json={"ExperimentName": "Batch_Prediction"})
    assert response.status_code == 200
    told = response.json()
    run = finished(ws, told["Id"])
    assert (run.experiment.name, run.get_status()) == ("Batch_Prediction", "Finished")
    assert told["PipelineId"] == published.id and told["GraphId"] == published.graph_id
    assert told["Status"]["StatusCode"] in (0, 1) and told["Status"]["EndTime"] is None
    asked = requests.get(
        rest_endpoint.replace(f"PipelineSubmit/{published.id}", told["Id"]), headers=auth_header
    ).json()
    assert (asked["Id"], asked["Status"]["StatusCode"]) == (told["Id"], 3)
    assert datetime.fromisoformat(asked["Status"]["EndTime"]) > datetime.fromisoformat(asked["CreatedDate"])


def test_what_is_told_goes_into_the_run(ws: Workspace, published: PublishedPipeline, header: dict[str, str]) -> None:
    body = {
        "experimentname": "told",
        "ParameterAssignments": {"rate": 0.25},
        "RunSource": "SDK",
        "Description": "by hand",
        "Tags": {"who": "me"},
        "Properties": {"p": "1"},
        "SomethingElse": [1],
    }
    told = requests.post(published.endpoint, headers=header, json=body).json()
    assert told["ParameterAssignments"] == {"rate": 0.25} and told["RunSource"] == "SDK"
    run = finished(ws, told["Id"])
    assert run.get_tags()["who"] == "me" and run.get_properties()["p"] == "1"
    assert json.loads(run.get_properties()["azureml.parameters"]) == {"rate": "0.25"}
    assert run.description == "by hand"


@pytest.mark.parametrize(
    "given, status, message",
    [
        ({"data": b""}, 400, "empty"),
        ({"data": b"{'a': 1}"}, 400, "no JSON"),
        ({"data": b"\xff\xfe"}, 400, "no JSON"),
        ({"data": b"[" * 50_000}, 400, "no JSON"),
        ({"json": ["ExperimentName"]}, 400, "JSON list"),
        ({"json": {}}, 400, "ExperimentName: field required"),
        ({"json": {"ExperimentName": ""}}, 400, "ExperimentName"),
        ({"json": {"ExperimentName": None}}, 400, "ExperimentName"),
        ({"json": {"ExperimentName": "no blanks"}}, 400, "Experiment name"),
        ({"json": {"ExperimentName": "e", "ParameterAssignments": {"rat": 1}}}, 400, "no parameter 'rat'"),
        ({"json": {"ExperimentName": "e", "ParameterAssignments": {"rate": [1]}}}, 400, "ParameterAssignments.rate"),
        ({"json": {"ExperimentName": "e", "ParameterAssignments": "rate=1"}}, 400, "ParameterAssignments"),
        (
            {"json": {"ExperimentName": "e", "DataPathAssignments": {"rate": {"DataStoreName": "x"}}}},
            400,
            "'rate'",
        ),
        ({"json": {"ExperimentName": "e", "ParentRunId": "nobody"}}, 400, "no run 'nobody'"),
        ({"data": b" " * 4_000_001}, 413, "more than"),
    ],
)
def test_bodies_that_cannot_be_are_told_why(
    ws: Workspace,
    published: PublishedPipeline,
    header: dict[str, str],
    given: dict[str, Any],
    status: int,
    message: str,
) -> None:
    before = len(list(RunRecords(ws._store).find()))
    response = requests.post(published.endpoint, headers=header, **given)
    assert response.status_code == status
    error = response.json()["error"]
    assert message in error["message"] and error["code"]
    assert len(list(RunRecords(ws._store).find())) == before


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
        {"Authorization": "Bearer \xff"},
    ],
)
def test_without_a_good_token_nothing_is_answered(published: PublishedPipeline, header: dict[str, str]) -> None:
    for response in (
        requests.post(published.endpoint, headers=header, json={"ExperimentName": "e"}),
        requests.get(published.endpoint, headers=header),
        requests.get(published.endpoint.partition("PipelineRuns")[0] + "Pipelines", headers=header),
    ):
        assert response.status_code == 401 and response.headers["WWW-Authenticate"] == "Bearer"
        assert "InteractiveLoginAuthentication" in response.json()["error"]["hint"]


def test_a_stale_token_is_refused(published: PublishedPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, now = published.endpoint, time.time()
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: now - 2 * 86_400)
        stale = InteractiveLoginAuthentication().get_authentication_header()
    response = requests.post(endpoint, headers=stale, json={"ExperimentName": "e"})
    assert response.status_code == 401 and "expired" in response.json()["error"]["message"]


def test_a_page_of_the_web_that_comes_by_another_name_is_refused(
    published: PublishedPipeline, header: dict[str, str]
) -> None:
    response = requests.get(plane_url(published) + "/health", headers={"Host": "evil.example"})
    assert response.status_code == 400 and "not this machine" in response.json()["error"]["message"]


def plane_url(published: PublishedPipeline) -> str:
    return published.endpoint.partition("/pipelines/")[0]


def test_what_is_not_there_is_404(published: PublishedPipeline, header: dict[str, str]) -> None:
    endpoint = published.endpoint
    body = {"ExperimentName": "e"}
    for url in (
        endpoint[:-4] + "0000",
        endpoint.replace("plane-ws", "other-ws"),
        endpoint.replace("PipelineSubmit", "PipelineEndpointSubmit/Id"),
        endpoint + "/more",
    ):
        response = requests.post(url, headers=header, json=body)
        assert response.status_code == 404 and response.json()["error"]["code"] == "NotFound", url
    assert requests.get(endpoint.replace(f"PipelineSubmit/{published.id}", "no-run"), headers=header).status_code == 404
    assert requests.delete(endpoint, headers=header).status_code == 405


def test_one_that_is_disabled_is_not_run(published: PublishedPipeline, header: dict[str, str]) -> None:
    published.disable()
    response = requests.post(published.endpoint, headers=header, json={"ExperimentName": "e"})
    assert response.status_code == 400 and "Disabled" in response.json()["error"]["message"]


def test_the_pages_need_no_token_and_nothing_of_the_web(published: PublishedPipeline, header: dict[str, str]) -> None:
    url = plane_url(published)
    for page in ("/", "/docs"):
        html = requests.get(url + page).text
        assert "PipelineSubmit" in html and "ExperimentName" in html
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", html)
        assert published.id not in html
    openapi = requests.get(url + "/openapi.json").json()
    assert openapi["openapi"].startswith("3.")
    post = next(each for path, each in openapi["paths"].items() if "/PipelineSubmit/" in path)["post"]
    assert post["security"] == [{"token": []}] and {"200", "400", "401", "404"} == set(post["responses"])
    references = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(openapi)))
    assert {"Submission", "Error", "DataPathAssignment"} <= references <= set(openapi["components"]["schemas"])
    assert "$defs" not in json.dumps(openapi)
    assert openapi["components"]["schemas"]["Submission"]["required"] == ["ExperimentName"]
    listed = requests.get(published.endpoint.partition("PipelineRuns")[0] + "Pipelines", headers=header).json()
    assert published.endpoint in [each["Url"] for each in listed]


def test_an_endpoint_runs_its_default_version_or_another(
    ws: Workspace, published: PublishedPipeline, header: dict[str, str]
) -> None:
    other = publish(ws, Graph([]), "other")
    endpoint = PipelineEndpoint.publish(ws, f"e-{published.id}", "d", published)
    endpoint.add(other)
    body = {"ExperimentName": "e"}
    first = requests.post(endpoint.endpoint, headers=header, json=body).json()
    second = requests.post(endpoint.endpoint, headers=header, json=body, params={"pipelineVersion": "1"}).json()
    assert (first["PipelineId"], second["PipelineId"]) == (published.id, other.id)
    assert first["PipelineEndpointId"] == endpoint.id
    missing = requests.post(endpoint.endpoint, headers=header, json=body, params={"pipelineVersion": "9"})
    assert missing.status_code == 400 and "no version '9'" in missing.json()["error"]["message"]
    endpoint.disable()
    assert requests.post(endpoint.endpoint, headers=header, json=body).status_code == 400
    finished(ws, first["Id"])
    finished(ws, second["Id"])


def test_it_outlives_who_started_it_and_comes_back_at_the_same_port(
    ws: Workspace, published: PublishedPipeline, header: dict[str, str]
) -> None:
    plane.down(ws)
    code = (
        "from aml_nb.core.workspace import Workspace; from aml_nb.core.pipelines.published import PublishedPipeline;"
        f"print(PublishedPipeline.get(Workspace.get('plane-ws'), {published.id!r}).endpoint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    endpoint = done.stdout.strip()
    found = plane.look(ws)
    assert found is not None and endpoint.startswith(found.url)
    assert requests.post(endpoint, headers=header, json={}).status_code == 400
    os.kill(found.pid, signal.SIGKILL)
    until(lambda: plane.look(ws) is None)
    assert published.endpoint == endpoint


def test_a_port_that_is_taken_meanwhile_is_left_alone(ws: Workspace, published: PublishedPipeline) -> None:
    before = plane.up(ws)
    plane.down(ws)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", before.port))
        other.listen()
        assert plane.up(ws).port != before.port
        plane.down(ws)


def test_all_who_start_it_at_once_get_the_same_one(ws: Workspace, published: PublishedPipeline) -> None:
    plane.down(ws)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(published.endpoint)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1


def test_one_of_another_version_is_replaced(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from aml_nb.core.plane import starting

    before = plane.up(ws)
    real = starting._version()
    monkeypatch.setattr(starting, "_version", lambda: "another")
    with monkeypatch.context() as patched:
        patched.setattr(starting, "_start", lambda workspace, folder: "started")
        assert plane.up(ws) == "started"
    assert plane.look(ws) is None and before.version == real


def test_one_that_hangs_is_replaced(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from aml_nb.core.plane import starting

    before = plane.up(ws)
    monkeypatch.setattr(starting, "_ANSWER_S", 0.5)
    monkeypatch.setattr(starting, "_END_S", 0.5)
    os.kill(before.pid, signal.SIGSTOP)
    assert plane.up(ws).pid != before.pid

    def gone() -> bool:
        starting._reap()
        return not psutil.pid_exists(before.pid)

    until(gone)


def test_one_that_cannot_start_is_told_with_its_last_lines(ws: Workspace) -> None:
    plane.down(ws)
    facts = ws._folder / "workspace.json"
    kept_aside = facts.read_text()
    facts.write_text("{")
    try:
        with pytest.raises(ServiceException, match="damaged"):
            plane.up(ws)
    finally:
        facts.write_text(kept_aside)
    assert plane.up(ws).port


def test_it_ends_when_its_workspace_is_removed(home: Path, ws: Workspace) -> None:
    other = Workspace.create("gone-ws", show_output=False)
    found = plane.up(other)
    process = psutil.Process(found.pid)
    assert found.url != plane.up(ws).url
    shutil.rmtree(other._folder)
    gone, alive = psutil.wait_procs([process], timeout=20)
    assert not alive


def test_a_schedule_fires_and_its_runs_are_found(ws: Workspace, published: PublishedPipeline) -> None:
    weekly = ScheduleRecurrence(frequency="Week", interval=1)
    schedule = Schedule.create(
        ws, "Weekly Predictions", published.id, "Scheduled", weekly, "batch inferencing", {"rate": 0.75}
    )
    assert schedule.id in [each.id for each in Schedule.list(ws)]
    until(lambda: schedule.get_last_pipeline_run() is not None)
    run = schedule.get_last_pipeline_run()
    assert finished(ws, run.id).experiment.name == "Scheduled"
    assert run.get_properties()["runSource"] == "Schedule"
    found = plane.look(ws)
    assert found is not None and found.schedules == 1
    schedule.disable(wait_for_provisioning=True)
    assert Schedule.list(ws) == [] and len(schedule.get_pipeline_runs()) == 1
    found = plane.look(ws)
    assert found is not None and found.schedules == 0


def test_a_data_path_reaches_the_script_by_rest_and_by_what_changed(
    ws: Workspace, home: Path, header: dict[str, str]
) -> None:
    (home / "source").mkdir()
    (home / "source" / "read.py").write_text("import sys\nprint('read', open(sys.argv[1]).read())")
    store = ws.get_default_datastore()
    for name in ("given", "changed"):
        (home / f"{name}.csv").write_text(name)
    store.upload_files([str(home / "given.csv")], target_path="given", show_progress=False)
    file = (PipelineParameter("file", DataPath(store, "given/none.csv")), DataPathComputeBinding(mode="mount"))
    step = PythonScriptStep(
        script_name="read.py", source_directory="source", compute_target="local", arguments=[file], inputs=[file]
    )
    published = Pipeline(ws, [step]).publish("paths")
    place = {"DataStoreName": store.name, "RelativePath": "given/given.csv"}
    body = {"ExperimentName": "paths", "DataPathAssignments": {"file": place}}
    told = requests.post(published.endpoint, headers=header, json=body).json()
    assert told["DataPathAssignments"] == {"file": place}
    schedule = Schedule.create(
        ws,
        "watch",
        published.id,
        "paths",
        datastore=store,
        path_on_datastore="new",
        polling_interval=0.01,  # type: ignore[arg-type]
        data_path_parameter_name="file",
    )
    store.upload_files([str(home / "changed.csv")], target_path="new", show_progress=False)
    until(lambda: schedule.get_last_pipeline_run() is not None)
    schedule.disable()
    for run_id, said in ((told["Id"], "read given"), (schedule.get_last_pipeline_run().id, "read changed")):
        run: Any = finished(ws, run_id)
        assert run.get_status() == "Finished"
        assert said in run.find_step_run("read.py")[0].get_stdout_log()
    assert len(schedule.get_pipeline_runs()) == 1


KILLED_AT = """
import os, sys
from datetime import datetime, timezone
from aml_nb.core.pipelines import firing
from aml_nb.core.runs.records import RunRecords
from aml_nb.core.runs.submitting import launch
from aml_nb.core.workspace import Workspace

point, schedule = sys.argv[1:]
start = launch.start

def die(*_):
    os.kill(os.getpid(), 9)

def start_and_die(*given):
    start(*given)
    die()

if point == "before its record":
    RunRecords.create = die
else:
    launch.start = die if point == "before its process" else start_and_die
firing.fire(Workspace.get("plane-ws"), schedule, datetime.now(timezone.utc))
"""


@pytest.mark.parametrize("point", ["before its record", "before its process", "after its process"])
def test_a_submission_that_is_killed_is_done_once(
    ws: Workspace, published: PublishedPipeline, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr(scheduling, "provision", lambda workspace, change: change())
    plane.down(ws)  # what it would do is done here
    schedule = Schedule.create(ws, "s", published.id, "Points", ScheduleRecurrence("Month", 1))
    done = subprocess.run([sys.executable, "-c", KILLED_AT, point, schedule.id], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    (planned,) = kept.find(ws, kept.SCHEDULE, schedule.id)["pending"]
    assert firing.fire(ws, schedule.id, datetime.now(timezone.utc)) == [planned["run_id"]]
    assert [run.id for run in schedule.get_pipeline_runs()] == [planned["run_id"]]
    assert finished(ws, planned["run_id"]).get_status() == "Finished"
    assert kept.find(ws, kept.SCHEDULE, schedule.id)["pending"] == []
    schedule.disable()


def assert_each_was_done_once(ws: Workspace, experiment: str, schedules: list[str]) -> None:
    runs = list(RunRecords(ws._store).find(experiment=experiment))
    assert sorted(run.properties["azureml.scheduleid"] for run in runs) == sorted(schedules)
    for run in runs:
        ended = finished(ws, run.run_id)
        assert ended.get_status() == "Finished", ended.get_details()
    for each in schedules:
        told = kept.find(ws, kept.SCHEDULE, each)
        assert (told["trouble"], told["pending"]) == (None, [])


def test_a_firing_that_is_killed_at_any_moment_is_done_once(
    ws: Workspace, published: PublishedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "provision", lambda workspace, change: change())
    plane.down(ws)  # what it would do is done there
    monthly = ScheduleRecurrence("Month", 1)
    made = [Schedule.create(ws, "s", published.id, "Moments", monthly).id for _ in range(4 * KILLS + 1)]
    words = [sys.executable, "-m", "tests.integration.kill_firings", ws.name, "7", *made]
    root = Path(__file__).parents[2]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60 + 2 * KILLS, cwd=root, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= KILLS
    assert_each_was_done_once(ws, "Moments", made)


def test_kills_lose_and_double_no_firing(ws: Workspace, published: PublishedPipeline) -> None:
    """Killed at any moment around a firing, it starts anew and does what was to be done, once."""
    moments = random.Random(7)
    made = []
    folder = PlaneFolder(ws._folder)
    for number in range(KILLS):
        plane.up(ws)
        schedules = [
            Schedule.create(ws, f"s{number}", published.id, "Killed", ScheduleRecurrence("Month", 1)) for _ in range(2)
        ]
        made += [schedule.id for schedule in schedules]
        time.sleep(moments.uniform(0, 0.15))
        os.kill(int(folder.state()["pid"]), signal.SIGKILL)
        until(lambda: not folder.alive())
    plane.up(ws)
    until(lambda: not any(kept.find(ws, kept.SCHEDULE, each)["pending"] for each in made), 60)
    now = firing.text(datetime.now(timezone.utc))
    until(lambda: all(kept.find(ws, kept.SCHEDULE, each)["next"] > now for each in made), 60)
    assert_each_was_done_once(ws, "Killed", made)

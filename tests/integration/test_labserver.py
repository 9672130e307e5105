"""The server extension in a real Jupyter server: who may ask, how errors look, what is pushed, what the buttons do."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.webservice import AciWebservice, Webservice
from aml_nb.core.webservice.services import engine_of
from aml_nb.core.workspace import Workspace
from aml_nb.engines import supervisor
from aml_nb.labserver.routes import ROUTES
from tests.integration.deploying import registered, script, until
from tests.integration.lab_server import TOKEN, LabServer, quoted

SUM = """
import json

def init():
    print("ready to add")

def run(raw_data):
    return {"sum": sum(json.loads(raw_data)["data"])}
"""
KINDS = ("models", "services", "compute", "runs", "pipelines", "schedules", "data", "environments")
HOSTILE = [
    "..",
    "../../etc/passwd",
    "a/b",
    "<img src=x onerror=alert(1)>",
    "' OR 1=1 --",
    '"',
    "%",
    "é\u202e",
    "x" * 900,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    folder = tmp_path_factory.mktemp("lab")
    os.environ["AML_NB_ENGINE"] = "process"
    started = LabServer(folder, folder / "home")
    yield started
    started.stop()


@pytest.fixture
def home(server: LabServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the server, and an empty current folder."""
    monkeypatch.setenv("AML_NB_HOME", str(server.home))
    monkeypatch.chdir(tmp_path)
    return server.home


def error_of(answer: requests.Response, *statuses: int) -> dict[str, Any]:
    """The one shape of all errors."""
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].startswith("application/json"), answer.headers
    body: dict[str, Any] = answer.json()
    assert set(body) - {"where"} == {"code", "message", "hint"}, body
    assert re.fullmatch(r"[a-z-]+", body["code"]) and body["message"] and isinstance(body["message"], str)
    assert body["hint"] is None or isinstance(body["hint"], str)
    assert "Traceback" not in answer.text
    return body


def addresses(**parts: str) -> list[tuple[str, str]]:
    """Method and address of every route."""
    known = {"ws": "test-ws", "kind": "models", "id": "nothing", **parts}
    return [(method, route.address.format(**known)) for route in ROUTES for method in route.functions()]


def test_nobody_is_answered_without_the_token(server: LabServer) -> None:
    for method, address in [*addresses(), ("GET", "events"), ("GET", "nothing"), ("PUT", "nothing")]:
        answer = requests.request(method, server.url + address, json={}, timeout=20)
        assert error_of(answer, 401, 403)["code"] in ("forbidden", "unauthorized")


def test_another_token_opens_neither_addresses_nor_the_socket(server: LabServer) -> None:
    error_of(requests.get(f"{server.url}hello?token=guess", timeout=20), 401, 403)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "eA==",
        "Sec-WebSocket-Version": "13",
    }
    error_of(requests.get(f"{server.url}events", headers=upgrade, timeout=20), 401, 403)
    with requests.Session() as session:
        session.get(f"{server.url}hello?token={TOKEN}", timeout=20)  # a cookie, which a browser sends from any page
        elsewhere = {**upgrade, "Origin": "https://evil.example"}
        assert session.get(f"{server.url}events", headers=elsewhere, timeout=20).status_code == 403


def test_a_cookie_alone_changes_nothing(server: LabServer, ws: Workspace) -> None:
    session = requests.Session()
    with session:
        session.get(f"{server.url}hello?token={TOKEN}", timeout=20).raise_for_status()
        assert session.get(f"{server.url}hello", timeout=20).status_code == 200
        refused = session.post(f"{server.url}w/test-ws/services/x/keys", json={}, timeout=20)
        assert "_xsrf" in error_of(refused, 403)["message"]
        session.get(server.url.replace("aml-nb/", "login"), timeout=20)
        headers = {"X-XSRFToken": session.cookies["_xsrf"]}
        known = session.post(f"{server.url}w/test-ws/services/x/keys", json={}, headers=headers, timeout=20)
        assert error_of(known, 404)["code"] == "not-found"


def test_what_is_not_there_is_404_in_words(server: LabServer, ws: Workspace) -> None:
    body = {"name": "web", "entry_script": "score.py", "experiment": "e", "num_replicas": 1, "key": "Primary"}
    for method, address in {each for kind in KINDS for each in addresses(kind=kind) if "nothing" in each[1]}:
        answer = server.request(method, address, json=body)
        kept = method == "DELETE" and address.split("/")[2] in ("runs", "pipelines", "schedules", "environments")
        assert error_of(answer, 409 if kept else 404)["code"] == ("not-possible" if kept else "not-found"), address


def test_names_of_others_lead_nowhere(server: LabServer, ws: Workspace) -> None:
    for name in map(quoted, HOSTILE):
        for kind in KINDS:
            error_of(server.get(f"w/test-ws/{kind}/{name}"), 404)
            error_of(server.get(f"w/test-ws/{kind}/{name}/code"), 404)
        error_of(server.get(f"w/{name}/models"), 404)
        error_of(server.get(f"w/test-ws/runs/{name}/file?name={name}"), 404)
        error_of(server.get(f"w/test-ws/services/{name}/log?name={name}"), 404)
        error_of(server.get(f"w/test-ws/{name}"), 404)


def test_every_other_mistake_has_the_same_shape(server: LabServer, ws: Workspace) -> None:
    error_of(server.get("nothing/of/ours"), 404)
    error_of(server.get(""), 404)
    error_of(server.request("PUT", "hello"), 404, 405)
    assert error_of(server.post("hello"), 405)["code"] == "method-not-allowed"
    assert error_of(server.get("events"), 400)["code"] == "bad-request"
    assert error_of(server.get("w/gone/models"), 404)["code"] == "workspace-gone"
    error_of(server.get("w/test-ws/runs?limit=many"), 400)
    error_of(server.get("w/test-ws/models/%00"), 404)
    error_of(server.get("w/test-ws/models/%ff"), 400)
    for body in ("{", "[1]", '"x"', "\ud800".encode("utf-8", "surrogatepass")):
        error_of(server.request("POST", "w/test-ws/services/x/keys", data=body), 400)
    error_of(server.request("POST", "w/test-ws/services/x/keys", data=b" " * (17 * 2**20)), 413)


def test_hello_says_who_answers_and_which_workspaces_there_are(server: LabServer, ws: Workspace) -> None:
    told = server.get("hello").json()

    assert (told["version"], told["protocol"], told["home"]) == ("0.1.0", 1, str(server.home))
    mine = next(each for each in told["workspaces"] if each["name"] == "test-ws")
    assert mine["folder"] == str(ws._folder) and mine["id"] == "test-ws" and mine["default"] is False
    # It is served below the base address alone, as behind a hub.
    assert requests.get(f"http://127.0.0.1:{server.port}/aml-nb/hello?token={TOKEN}", timeout=20).status_code == 404


def test_lists_are_of_their_own_workspace(server: LabServer, ws: Workspace) -> None:
    other = Workspace.create("other-ws", show_output=False)
    registered(other, "theirs")
    registered(ws, "ours")
    registered(ws, "ours", "once more")

    listed = server.get("w/test-ws/models").json()

    assert [(row["id"], row["versions"], row["version"]) for row in listed["rows"]] == [("ours:2", 2, "2")]
    assert [row["id"] for row in server.get("w/other-ws/models").json()["rows"]] == ["theirs:1"]
    other.delete()


def test_a_change_of_another_process_is_pushed_within_a_second(server: LabServer, ws: Workspace) -> None:
    with server.events({"op": "workspace", "id": "test-ws"}) as events:
        assert events.until(lambda each: True)["event"] == "hello"
        events.until(lambda each: each["event"] == "reset")
        took: list[float] = []

        def pushed(change: Callable[[], object], wanted: Callable[[Any], Any]) -> Any:
            began = time.monotonic()
            change()
            row = events.row("fresh:1", wanted)
            took.append(time.monotonic() - began)
            return row

        row = pushed(lambda: registered(ws, "fresh"), bool)
        assert row["name"] == "fresh" and row["kind"] == "models"
        for key in ("mood", "state", "taste"):
            row = pushed(
                lambda key=key: Model(ws, "fresh").add_tags({key: "<b>"}),
                lambda row, key=key: row and key in row["tags"],
            )
            assert row["tags"][key] == "<b>"
        assert pushed(Model(ws, "fresh").delete, lambda row: row is None) is None
        print("pushed after", ", ".join(f"{1000 * each:.0f} ms" for each in took))
        assert sorted(took)[len(took) // 2] < 1, "one may meet a pause of a busy machine, not most"


def test_a_deleted_workspace_is_told_and_a_new_one_found(server: LabServer, ws: Workspace) -> None:
    with server.events({"op": "workspace", "id": "test-ws"}) as events:
        events.until(lambda each: each["event"] == "reset")
        ws.delete()
        gone = events.until(lambda each: each["event"] == "gone")
        assert gone["workspace"] == "test-ws" and "deleted" in gone["message"]
        assert error_of(server.get("w/test-ws/models"), 404)["code"] == "workspace-gone"
        again = Workspace.create("test-ws", show_output=False)
        events.until(lambda each: each["event"] == "reset")
        registered(again, "later")
        assert events.row("later:1")
        assert [row["id"] for row in server.get("w/test-ws/models").json()["rows"]] == ["later:1"]


def test_a_socket_answers_what_it_does_not_understand(server: LabServer) -> None:
    with server.events("{", "[]", {"op": "dance"}, {"op": "follow", "channel": "x"}, {"op": "ping"}) as events:
        events.until(lambda each: each["event"] == "pong")
        errors = [each for each in events.seen if each["event"] == "error"]
        assert [each["code"] for each in errors] == ["bad-request"] * 4
        events.ask({"op": "workspace", "id": "never-there"})
        assert events.until(lambda each: each["event"] == "gone")["workspace"] == "never-there"
        lost = {"op": "follow", "channel": "log", "workspace": "never-there", "kind": "runs", "id": "x", "name": ""}
        events.ask(lost)
        assert events.until(lambda each: each["event"] == "error")["code"] == "workspace-gone"


def test_a_service_from_deployment_to_deletion(server: LabServer, ws: Workspace) -> None:
    registered(ws)
    (server.root / "score.py").write_text(textwrap.dedent(SUM))
    with server.events({"op": "workspace", "id": "test-ws"}) as events:
        events.until(lambda each: each["event"] == "reset")
        wanted = {"name": "adder", "compute": "aci", "entry_script": "score.py", "auth": True}
        begun = server.post("w/test-ws/models/greeting:1/deploy", wanted)
        assert begun.status_code == 202 and begun.json()["row"]["id"] == "adder"
        assert error_of(server.post("w/test-ws/models/greeting:1/deploy", wanted), 409)["hint"]
        assert events.row("adder", lambda row: row and row["state"] == "Healthy")["tone"] == "ok"

        events.ask({"op": "follow", "channel": "log", "kind": "services", "id": "adder", "name": "service", "from": 0})
        assert "ready to add" in events.until(lambda each: each["event"] == "log")["text"]
        answer = server.post("w/test-ws/services/adder/score", {"body": '{"data": [20, 22]}'}).json()
        assert (answer["status"], json.loads(answer["body"])) == (200, {"sum": 42}) and answer["ms"] > 0
        assert "POST /score 200" in events.until(lambda each: each["event"] == "log")["text"]

        told = server.get("w/test-ws/services/adder").json()
        assert told["auth"] == "key" and told["models"] == [{"id": "greeting:1", "name": "greeting", "version": "1"}]
        assert told["actions"]["score"] is None and "AKS" in told["actions"]["scale"]
        assert told["why"] is None and told["swagger"]["info"]["title"]
        first = server.post("w/test-ws/services/adder/keys").json()
        second = server.post("w/test-ws/services/adder/regenerate_key", {"key": "Primary"}).json()
        assert first["primary"] != second["primary"] and first["secondary"] == second["secondary"]
        assert first["primary"] not in json.dumps(told)
        changed = server.post("w/test-ws/services/adder/update", {"description": "adds", "tags": {"a": "<b>"}})
        assert changed.json()["row"]["tags"] == {"a": "<b>"}
        assert Webservice(ws, "adder").description == "adds"
        registered(ws, text="hello again")
        server.post("w/test-ws/services/adder/update", {"models": ["greeting"]}).raise_for_status()
        served = "w/test-ws/services/adder"
        until(lambda: server.get(served).json()["models"][0]["id"] == "greeting:2", 30)
        assert "curl" in server.get("w/test-ws/services/adder/client_code?language=curl").json()["code"]

        _kill(Webservice(ws, "adder"))
        began = time.monotonic()
        row = events.row("adder", lambda row: row and row["state"] == "Failed")
        print(f"a killed service is told after {1000 * (time.monotonic() - began):.0f} ms")
        assert row["tone"] == "bad"
        assert server.get("w/test-ws/services/adder").json()["why"]
        assert error_of(server.post("w/test-ws/services/adder/score", {"body": "{}"}), 409)["code"] == "not-possible"

        assert server.delete("w/test-ws/services/adder").status_code == 200
        assert events.row("adder", lambda row: row is None) is None
    assert error_of(server.get("w/test-ws/services/adder"), 404)


def _kill(service: Any) -> None:
    folder = engine_of(service.workspace, service._record).folder(service._record["handle"])
    number = supervisor.process_id(folder)
    assert number is not None
    os.killpg(number, signal.SIGKILL)


def test_a_script_that_fails_says_where(server: LabServer, ws: Workspace) -> None:
    registered(ws)
    (server.root / "broken.py").write_text(
        "def init():\n    raise KeyError('model')\n\ndef run(data):\n    return data\n"
    )
    with server.events({"op": "workspace", "id": "test-ws"}) as events:
        events.until(lambda each: each["event"] == "reset")
        wanted = {"name": "broken", "compute": "local", "entry_script": "broken.py"}
        assert server.post("w/test-ws/models/greeting/deploy", wanted).status_code == 202
        events.row("broken@local", lambda row: row and row["tone"] == "bad")
    told = server.get("w/test-ws/services/broken@local").json()
    assert "KeyError" in told["why"] and told["diagnosis"]["where"]["line"] == 2
    assert server.get("w/test-ws/services/broken/diagnosis").json() == told["diagnosis"]
    (server.root / "syntax.py").write_text("def init(:\n")
    bad = server.post("w/test-ws/models/greeting/deploy", {**wanted, "name": "again", "entry_script": "syntax.py"})
    assert error_of(bad, 400)["where"]["line"] == 1


def test_a_run_is_followed_while_another_process_writes_it(server: LabServer, ws: Workspace, tmp_path: Path) -> None:
    code = """
        from aml_nb.core.workspace import Workspace
        from aml_nb.core.runs.experiment import Experiment
        ws = Workspace.get("test-ws")
        run = Experiment(ws, "train").start_logging(snapshot_directory=None)
        run.log("loss", 0.5)
        print(run.id, flush=True)
        input()
        run.complete()
    """
    with server.events({"op": "workspace", "id": "test-ws"}) as events:
        events.until(lambda each: each["event"] == "reset")
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdin is not None and other.stdout is not None
            run_id = other.stdout.readline().strip()
            assert events.row(run_id)["tone"] == "busy"
            other.stdin.write("\n")
            other.stdin.flush()
            assert events.row(run_id, lambda row: row["state"] == "Completed")["tone"] == "ok"
    metric = server.get(f"w/test-ws/runs/{run_id}").json()["metrics"][0]
    assert (metric["name"], metric["kind"], metric["values"]) == ("loss", "scalar", [0.5])


def test_files_of_runs_are_nobodys_pages(server: LabServer, ws: Workspace, tmp_path: Path) -> None:
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    picture = tmp_path / "p.svg"
    picture.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    run.log_image("a <b>", path=str(picture))
    (tmp_path / "page.html").write_text("<script>alert(1)</script>")
    run.upload_file("outputs/page.html", str(tmp_path / "page.html"))
    run.complete()

    told = server.get(f"w/test-ws/runs/{run.id}").json()
    (image,) = told["images"]
    assert not image["url"].startswith(("/", "http")) and image["name"] == "a <b>"
    address = server.url.removesuffix("aml-nb/") + image["url"]
    shown = requests.get(address, headers={"Authorization": f"token {TOKEN}"}, timeout=20)
    assert shown.headers["Content-Type"] == "image/svg+xml" and "sandbox" in shown.headers["Content-Security-Policy"]
    page = server.get(f"w/test-ws/runs/{run.id}/file?name=outputs/page.html")
    assert page.headers["Content-Type"] == "application/octet-stream"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Content-Disposition"].startswith("attachment;")
    for name in ("../lock", "/etc/passwd", "outputs/../../lock", "", "outputs"):
        error_of(server.get(f"w/test-ws/runs/{run.id}/file?name={quoted(name)}"), 404)


def test_what_sdk_v1_never_deletes_is_kept(server: LabServer, ws: Workspace) -> None:
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    run.complete()
    assert error_of(server.delete(f"w/test-ws/runs/{run.id}"), 409)["code"] == "not-possible"
    assert error_of(server.post(f"w/test-ws/runs/{run.id}/cancel"), 409)["code"] == "not-possible"
    assert error_of(server.delete("w/test-ws/data/workspaceblobstore"), 400)
    model = registered(ws)
    assert server.delete(f"w/test-ws/models/{quoted(model.id)}").status_code == 200
    assert server.get("w/test-ws/models").json()["rows"] == []


def test_acis_without_keys_have_none_to_show(server: LabServer, ws: Workspace) -> None:
    service = Model.deploy(ws, "open", [], script(SUM), AciWebservice.deploy_configuration(auth_enabled=False))
    service.wait_for_deployment()
    assert error_of(server.post("w/test-ws/services/open/keys"), 409)["code"] == "not-possible"
    sent = {"body": "{}", "path": "//evil.example/x"}
    assert server.post("w/test-ws/services/open/score", sent).json()["status"] == 404
    for path in ("http://evil.example/", "score", "/a b", "/a\r\nHost: x"):
        error_of(server.post("w/test-ws/services/open/score", {"body": "{}", "path": path}), 400)


def test_the_server_comes_back(server: LabServer, ws: Workspace) -> None:
    with server.events({"op": "workspace", "id": "test-ws"}) as events:
        events.until(lambda each: each["event"] == "reset")
        server.stop()  # with a socket open
    registered(ws, "meanwhile")
    server.start()
    assert [row["id"] for row in server.get("w/test-ws/models").json()["rows"]] == ["meanwhile:1"]
    assert "Traceback" not in server.log.read_text()

"""What goes wrong with services: what the user reads, and a workspace that still works."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, ECHO, registered, script, until, version

ACI, LOCAL = AciWebservice.deploy_configuration, LocalWebservice.deploy_configuration
ROOT = Path(__file__).parents[2]


def state_of(ws: Workspace, handle: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((ws._folder / "services" / handle / "state.json").read_text())
    return data


def still_works(ws: Workspace) -> None:
    service = Model.deploy(ws, "after-all", [], script(ECHO, "good.py"), LOCAL())
    assert service.run(BODY)["data"] == [1, 2]


INIT_RAISES = """
import json

def init():
    limit = 3
    raise ValueError("no such limit: %d" % limit)

def run(raw_data):
    return raw_data
"""


def test_init_that_raises_fails_the_deployment_and_names_the_line(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Model.deploy(ws, "broken", [registered(ws)], script(INIT_RAISES), ACI())

    with pytest.raises(WebserviceException) as caught:
        service.wait_for_deployment(show_output=True)

    message = caught.value.message
    assert message.startswith(
        "Service deployment polling reached non-successful terminal state, current service state: Failed\n"
        "Operation ID: "
    )
    assert ".get_logs()" in message
    assert json.loads(message.partition("Error:\n")[2])["code"] == "AciDeploymentFailed"
    assert "no such limit: 3" in message
    source = caught.value.source
    assert source is not None
    assert (source.path, source.line) == (str(Path("score.py").absolute()), 6)
    assert 'raise ValueError("no such limit' in str(source)
    assert 'operation finished, operation "Failed"' in capsys.readouterr().out
    assert service.state == "Failed"
    assert service.error is not None and "no such limit" in json.dumps(service.error)


def test_a_failed_service_keeps_its_log_and_is_found_listed_and_deleted(ws: Workspace) -> None:
    service = Model.deploy(ws, "broken", [registered(ws)], script(INIT_RAISES), ACI())
    with pytest.raises(WebserviceException):
        service.wait_for_deployment()

    found = Webservice(ws, "broken")

    assert found.state == "Failed"
    assert "ValueError: no such limit: 3" in found.get_logs()
    assert [s.state for s in Webservice.list(ws)] == ["Failed"]
    with pytest.raises(WebserviceException, match="scoring_uri unavailable"):
        found.run(BODY)
    found.delete()
    assert Webservice.list(ws) == []


def test_a_failed_service_is_mended_by_an_update(ws: Workspace) -> None:
    service = Model.deploy(ws, "broken", [], script(INIT_RAISES), ACI())
    with pytest.raises(WebserviceException):
        service.wait_for_deployment()

    service.update(models=[], inference_config=script())
    service.wait_for_deployment()

    assert service.run(BODY)["version"] == 1


def test_a_failed_local_service_prints_its_log(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    service = Model.deploy(ws, "broken", [], script(INIT_RAISES), LOCAL())
    with pytest.raises(WebserviceException, match="Did your init method fail") as caught:
        service.wait_for_deployment()
    said = capsys.readouterr().out
    assert "Container Logs:" in said and "no such limit: 3" in said
    assert caught.value.source is not None and caught.value.source.line == 6
    assert service.state == "failed"
    with pytest.raises(WebserviceException, match=r"Cannot call run\(\) when service is failed\."):
        service.run(BODY)
    assert "no such limit" in service.get_logs()


def test_the_line_is_told_by_the_users_path_in_a_source_directory(ws: Workspace) -> None:
    folder = Path("source") / "deep"
    folder.mkdir(parents=True)
    (folder / "score.py").write_text(textwrap.dedent(INIT_RAISES))
    config = InferenceConfig(entry_script="deep/score.py", source_directory="source")
    service = Model.deploy(ws, "broken", [], config, ACI())
    with pytest.raises(WebserviceException) as caught:
        service.wait_for_deployment()
    assert caught.value.source is not None
    assert caught.value.source.path == str(Path("source/deep/score.py").absolute())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def run(data):\n    return data\n", "init"),
        ("def init():\n    pass\n", "run"),
        ("import a_module_that_is_not_there\ndef init(): pass\ndef run(d): return d\n", "a_module_that_is_not_there"),
        ("import os\ndef init():\n    os._exit(9)\ndef run(d): return d\n", "9"),
    ],
)
def test_scripts_that_cannot_serve_fail_with_the_reason(ws: Workspace, text: str, told: str) -> None:
    service = Model.deploy(ws, "broken", [], script(text), ACI())
    with pytest.raises(WebserviceException) as caught:
        service.wait_for_deployment()
    assert told in caught.value.message
    still_works(ws)


def test_a_run_that_raises_answers_500_and_names_the_line(ws: Workspace) -> None:
    text = "import json\ndef init(): pass\ndef run(raw_data):\n    return json.loads(raw_data)['data']\n"
    service = Model.deploy(ws, "echo", [], script(text), ACI())
    service.wait_for_deployment()

    with pytest.raises(WebserviceException, match="Received bad response from service") as caught:
        service.run('{"other": 1}')

    assert caught.value.status_code == 500
    assert "Response Code: 500" in caught.value.message
    assert "run() raised KeyError: 'data'" in caught.value.message
    assert caught.value.source is not None
    assert (caught.value.source.path, caught.value.source.line) == (str(Path("score.py").absolute()), 4)
    assert "KeyError" in service.get_logs()
    assert service.run(BODY) == [1, 2]


def test_a_local_run_that_raises_is_told_tersely(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script(), LOCAL())
    with pytest.raises(WebserviceException) as caught:
        service.run("this is no JSON")
    assert caught.value.message.startswith("Error: Scoring was unsuccessful.\n")
    assert "JSONDecodeError" in caught.value.message
    assert caught.value.source is not None and caught.value.source.line == 8


def test_a_port_in_use_names_who_has_it(ws: Workspace) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        service = Model.deploy(ws, "echo", [], script(), LOCAL(port=port))
        with pytest.raises(WebserviceException, match=str(port)) as caught:
            service.wait_for_deployment()
    assert f"process {os.getpid()}" in caught.value.message
    assert "port" in str(caught.value.hint)

    service.reload(wait=True)
    assert service.port == port


def test_a_port_of_another_service_names_that_service(ws: Workspace) -> None:
    first = Model.deploy(ws, "first", [], script(), LOCAL())
    first.wait_for_deployment()
    first.update(deployment_config=LOCAL(port=first.port), wait=True)
    second = Model.deploy(ws, "second", [], script(), LOCAL(port=first.port))
    with pytest.raises(WebserviceException, match="local web service 'first'"):
        second.wait_for_deployment()


@pytest.mark.parametrize("name", ["ab", "Upper", "under_score", "1st", "ends-", "x" * 33, "", None])
def test_a_name_that_breaks_the_rules(ws: Workspace, name: Any) -> None:
    with pytest.raises(WebserviceException, match="provided service name is invalid"):
        Model.deploy(ws, name, [], script())
    assert Webservice.list(ws) == []


@pytest.mark.parametrize("models", ["greeting", [None], ["greeting"], [3]])
def test_models_that_are_none(ws: Workspace, models: Any) -> None:
    with pytest.raises(WebserviceException):
        Model.deploy(ws, "echo", models, script())
    assert Webservice.list(ws) == []


def test_a_name_that_exists(ws: Workspace) -> None:
    first = Model.deploy(ws, "echo", [], script())
    first.wait_for_deployment()
    with pytest.raises(WebserviceException, match="already a service with name echo") as caught:
        Model.deploy(ws, "echo", [], version(2))
    assert "overwrite=True" in str(caught.value.hint)
    assert first.run(BODY)["version"] == 1


def test_a_name_that_is_not_there_suggests_one_that_is(ws: Workspace) -> None:
    Model.deploy(ws, "classifier", [], script())
    with pytest.raises(
        WebserviceException, match="WebserviceNotFound: Webservice with name clasifier not found"
    ) as caught:
        Webservice(ws, "clasifier")
    assert "'classifier'" in str(caught.value.hint)


def test_a_deployment_that_is_given_up_waiting_for_goes_on(ws: Workspace) -> None:
    go = Path("go").absolute()
    slow = script(
        "import os, time\n"
        f"def init():\n    while not os.path.exists({str(go)!r}):\n        time.sleep(0.02)\n"
        "def run(data):\n    return data\n"
    )
    service = Model.deploy(ws, "slow", [], slow)
    with pytest.raises(WebserviceException, match="still running after 0.1 s"):
        service.wait_for_deployment(timeout_sec=0.1)
    go.touch()
    service.wait_for_deployment()
    assert service.state == "Healthy"


def test_two_processes_that_deploy_one_name_get_one_service(ws: Workspace) -> None:
    script()
    code = (
        "import sys\n"
        "from aml_nb import InferenceConfig, Model, Workspace\n"
        "from aml_nb.errors import WebserviceException\n"
        "ws = Workspace.get('test-ws')\n"
        "config = InferenceConfig('score.py')\n"
        "sys.stdin.readline()\n"
        "try:\n"
        "    Model.deploy(ws, 'raced', [], config).wait_for_deployment()\n"
        "    print('won')\n"
        "except WebserviceException as error:\n"
        "    print('lost' if 'already a service with name raced' in error.message else error)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )
        for _ in range(3)
    ]
    time.sleep(1.0)
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = sorted(racer.communicate(timeout=60)[0].split("\n")[-2] for racer in racers)
    assert said == ["lost", "lost", "won"]
    assert Webservice(ws, "raced").run(BODY)["version"] == 1


def test_a_killed_supervisor_is_never_called_healthy(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script())
    service.wait_for_deployment()
    state = state_of(ws, "echo")

    os.kill(state["pid"], signal.SIGKILL)
    until(lambda: Webservice(ws, "echo").state != "Healthy")

    found = Webservice(ws, "echo")
    assert found.state == "Failed"
    assert "supervisor is gone" in json.dumps(found.error)
    with pytest.raises(WebserviceException):
        found.run(BODY)
    for worker in state["workers"]:
        until(lambda pid=worker["pid"]: not Path(f"/proc/{pid}").exists() or _zombie(pid))

    found.update(models=[], inference_config=version(2))
    found.wait_for_deployment()
    assert found.run(BODY)["version"] == 2


def _zombie(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_killed_worker_is_replaced(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script())
    service.wait_for_deployment()
    (worker,) = state_of(ws, "echo")["workers"]

    os.kill(worker["pid"], signal.SIGKILL)

    until(
        lambda: (
            [w["pid"] for w in state_of(ws, "echo")["workers"] if w["state"] == "ready"] not in ([], [worker["pid"]])
        )
    )
    assert service.run(BODY)["version"] == 1
    until(lambda: Webservice(ws, "echo").state == "Healthy")


def test_a_deployment_killed_before_it_was_set_up_shows_as_failed_and_can_be_deleted(ws: Workspace) -> None:
    from aml_nb.core.webservice import content, deploy, services

    record = deploy.new_record(ws, "orphan", content.gather([], script(), False, services.new_engine(ws)), ACI(), None)
    services.records(ws).create("orphan", {**record, "engine": "process"})

    found = Webservice(ws, "orphan")

    assert found.state == "Failed"
    assert "interrupted" in json.dumps(found.error)
    assert found.get_logs() == ""
    found.delete()
    assert Webservice.list(ws) == []
    still_works(ws)


def test_a_source_directory_that_is_too_large_leaves_nothing(ws: Workspace) -> None:
    Path("big").mkdir()
    Path("big/score.py").write_text(ECHO)
    with open("big/data.bin", "wb") as file:
        file.truncate(301 * 1024 * 1024)
    config = InferenceConfig(entry_script="score.py", source_directory="big")
    with pytest.raises(WebserviceException, match="more than 300 MB"):
        Model.deploy(ws, "big", [], config)
    assert Webservice.list(ws) == []
    still_works(ws)


def test_a_script_that_is_gone_when_it_is_reloaded_leaves_the_old_one(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script(), LOCAL())
    service.wait_for_deployment()
    Path("score.py").unlink()
    with pytest.raises(WebserviceException, match=r"unable to find the entry script .*score\.py"):
        service.reload()
    assert LocalWebservice(ws, "echo").run(BODY)["version"] == 1


def test_nothing_to_update(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script())
    with pytest.raises(WebserviceException, match=r"No parameters provided to update\."):
        service.update()
    with pytest.raises(WebserviceException, match="both 'models' and 'inference_config'"):
        service.update(models=[registered(ws)])


def test_a_body_that_is_too_large_or_no_json_is_answered(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script())
    service.wait_for_deployment()
    assert requests.post(service.scoring_uri, "{", timeout=10).status_code == 500
    assert service.run(BODY)["version"] == 1


def test_deleting_the_workspace_ends_its_services(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script())
    service.wait_for_deployment()
    pid = state_of(ws, "echo")["pid"]
    ws.delete()
    until(lambda: not Path(f"/proc/{pid}").exists() or _zombie(pid))


def test_a_local_service_whose_supervisor_was_killed_is_started_again_by_reload(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script(), LOCAL())
    service.wait_for_deployment()
    port = service.port
    os.kill(state_of(ws, "echo@local")["pid"], signal.SIGKILL)
    until(lambda: LocalWebservice(ws, "echo").state == "failed")

    found = LocalWebservice(ws, "echo")
    found.reload()

    assert found.run(BODY)["version"] == 1
    assert found.port == port


def test_a_process_that_got_the_supervisors_number_is_never_signalled(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script())
    service.wait_for_deployment()
    state = state_of(ws, "echo")
    os.kill(state["pid"], signal.SIGKILL)
    until(lambda: Webservice(ws, "echo").state != "Healthy")
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    path = ws._folder / "services" / "echo" / "state.json"
    path.write_text(json.dumps({**state, "pid": bystander.pid}))

    Webservice(ws, "echo").delete()

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_deployment_that_cannot_be_set_up_leaves_the_one_before_serving(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script())
    service.wait_for_deployment()
    config = version(2)
    Path("score.py").unlink()
    with pytest.raises(WebserviceException, match=r"unable to find the entry script .*score\.py"):
        Model.deploy(ws, "echo", [], config, overwrite=True)
    assert Webservice(ws, "echo").run(BODY)["version"] == 1


def test_what_the_environment_leaves_out_is_told_in_the_deployments_log(ws: Workspace) -> None:
    from aml_nb.core.environment import Environment

    environment = Environment("imaged")
    environment.docker.base_image = "example/image:1"
    script()
    config = InferenceConfig(entry_script="score.py", environment=environment)
    service = Model.deploy(ws, "echo", [], config)
    assert "example/image:1 is not used" in service.get_logs(init=True)


LIMITED = """
import resource
from aml_nb import InferenceConfig, Model, Webservice, Workspace
from aml_nb.errors import StoreError

ws = Workspace.get("test-ws")
model, config = Model(ws, "big"), InferenceConfig("score.py")
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
try:
    Model.deploy(ws, "echo", [model], config)
except StoreError as error:
    print("refused:", error.message)
print("left:", Webservice.list(ws))
"""


def test_a_disk_without_room_is_told_and_leaves_nothing(ws: Workspace) -> None:
    registered(ws, "big", "x" * 1024**2)
    script()
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", LIMITED], env=env, capture_output=True, text=True, check=False)
    assert "refused: There is no room left" in done.stdout, done.stderr
    assert "left: []" in done.stdout
    assert not [p.name for p in (ws._folder / "services").iterdir() if not p.name.startswith(".lock-")]
    still_works(ws)

"""LocalWebservice: deployed, called, reloaded, found again and deleted."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from aml_nb.core.environment import Environment
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, ECHO, registered, script, version

LOCAL = LocalWebservice.deploy_configuration
pytestmark = pytest.mark.usefixtures("engine")


def test_a_deployed_service_answers_at_its_address(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], script(), LOCAL())

    service.wait_for_deployment(show_output=True)

    said = capsys.readouterr().out
    assert "Downloading model greeting:1 to " in said
    assert f"Checking container health...\nLocal webservice is running at http://localhost:{service.port}\n" in said
    assert service.state == "running"
    assert service.scoring_uri == f"http://localhost:{service.port}/score"
    assert service.swagger_uri == f"http://localhost:{service.port}/swagger.json"
    assert requests.post(service.scoring_uri, BODY, timeout=10).json() == {"version": 1, "data": [1, 2]}


def test_run_waits_for_a_service_that_is_starting(ws: Workspace) -> None:
    slow = script("import time\ndef init():\n    time.sleep(0.5)\ndef run(raw_data):\n    return raw_data\n")

    service = Model.deploy(ws, "slow", [], slow, LOCAL())

    assert service.state == "deploying"
    assert service.run("é") == "é"
    assert service.state == "running"


def test_bytes_are_sent_as_they_are(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", None, script(), LOCAL())
    assert service.run(BODY.encode())["data"] == [1, 2]


def test_variables_of_the_environment_set_the_server_as_in_v1s_container(ws: Workspace) -> None:
    configured = script("import os, time\ndef init(): ...\ndef run(raw_data):\n    time.sleep(float(raw_data))\n")
    environment = Environment("served")
    environment.python.user_managed_dependencies = True
    variables = {"SCORING_TIMEOUT_MS": "300", "WORKER_COUNT": 2, "AML_CORS_ORIGINS": "http://page.example"}
    environment.environment_variables = variables
    service = Model.deploy(
        ws, "served", None, InferenceConfig(configured.entry_script, environment=environment), LOCAL()
    )
    service.wait_for_deployment()
    page = {"Origin": "http://page.example"}
    late = requests.post(service.scoring_uri, "5", headers=page, timeout=10)
    assert late.json() == {"message": "Scoring timeout after 300 ms"}
    assert late.headers["Access-Control-Allow-Origin"] == "http://page.example"
    assert service.get_logs().count("ready for serving traffic") >= 2


def test_an_object_that_is_no_body_is_refused_with_the_call_that_helps(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", None, script(), LOCAL())
    with pytest.raises(WebserviceException) as caught:
        service.run({"data": [1]})
    assert "json.dumps" in str(caught.value.hint)


def test_the_port_asked_for_is_the_port_it_has(ws: Workspace) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]

    service = Model.deploy(ws, "echo", [], script(), LOCAL(port=port))
    service.wait_for_deployment()

    assert service.port == port


def test_reload_takes_the_changed_script(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], script(), LOCAL())
    service.wait_for_deployment()
    port = service.port

    version(2)
    service.reload()

    assert service.run(BODY)["version"] == 2
    assert service.port == port


def test_reload_takes_the_changed_source_directory(ws: Workspace) -> None:
    folder = Path("source")
    folder.mkdir()
    (folder / "helper.py").write_text("ANSWER = 1\n")
    (folder / "score.py").write_text("import helper\ndef init(): pass\ndef run(data): return helper.ANSWER\n")
    config = InferenceConfig(entry_script="score.py", source_directory="source")
    service = Model.deploy(ws, "folder", [], config, LOCAL())
    assert service.run("") == 1

    (folder / "helper.py").write_text("ANSWER = 2\n")
    LocalWebservice(ws, "folder").reload(wait=True)

    assert service.run("") == 2


def test_files_beside_the_script_stand_in_for_no_module_of_the_server(ws: Workspace) -> None:
    os.mkdir("source")
    for name in ("selectors", "json", "http", "docker"):
        Path(f"source/{name}.py").write_text("raise SystemExit('not this one')\n")
    Path("source/score.py").write_text(ECHO)

    config = InferenceConfig("score.py", source_directory="source", environment=Environment("plain"))
    service = Model.deploy(ws, "echo", [], config, LOCAL())

    service.wait_for_deployment()
    assert service.run(BODY)["data"] == [1, 2]


def test_the_same_name_again_replaces_the_service(ws: Workspace) -> None:
    first = Model.deploy(ws, "echo", [], script(), LOCAL())
    first.wait_for_deployment()

    second = Model.deploy(ws, "echo", [], version(2), LOCAL())

    assert second.run(BODY)["version"] == 2
    assert [service.name for service in LocalWebservice.list(ws)] == ["echo"]


def test_a_local_and_a_cloud_service_may_have_one_name(ws: Workspace) -> None:
    Model.deploy(ws, "myservice", [], version(1), AciWebservice.deploy_configuration()).wait_for_deployment()
    Model.deploy(ws, "myservice", [], version(2), LOCAL()).wait_for_deployment()

    assert Webservice(ws, "myservice").run(BODY)["version"] == 1
    assert LocalWebservice(ws, "myservice").run(BODY)["version"] == 2
    assert list(ws.webservices) == ["myservice"]


def test_plain_paths_are_deployed_without_being_registered(ws: Workspace) -> None:
    Path("a-model-whose-name-is-longer-than-thirty.txt").write_text("from a path")
    config = script(
        """
        import os
        def init():
            global text
            root = os.environ["AZUREML_MODEL_DIR"]
            assert root.endswith("azureml-models/a-model-whose-name-is-longer-t/0"), root
            text = open(os.path.join(root, "a-model-whose-name-is-longer-than-thirty.txt")).read()
        def run(data):
            return text
        """
    )
    service = Model.deploy(ws, "loose", ["a-model-whose-name-is-longer-than-thirty.txt"], config, LOCAL())
    assert service.run("") == "from a path"


def test_the_script_finds_several_models_below_one_folder(ws: Workspace) -> None:
    models = [registered(ws, "one", "1"), registered(ws, "two", "2")]
    config = script(
        """
        import os
        def init(): pass
        def run(data):
            root = os.environ["AZUREML_MODEL_DIR"]
            return [open(os.path.join(root, n, "1", n + ".txt")).read() for n in ("one", "two")]
        """
    )
    assert Model.deploy(ws, "both", models, config, LOCAL()).run("") == ["1", "2"]


def test_environment_variables_reach_the_script(ws: Workspace) -> None:
    environment = Environment("with-variables")
    environment.environment_variables = {"GREETING": "hello"}
    Path("score.py").write_text("import os\ndef init(): pass\ndef run(data): return os.environ['GREETING']\n")
    config = InferenceConfig(entry_script="score.py", environment=environment)
    assert Model.deploy(ws, "greet", [], config, LOCAL()).run("") == "hello"


def test_another_process_finds_calls_and_deletes_it(ws: Workspace) -> None:
    Model.deploy(ws, "echo", [], script(), LOCAL()).wait_for_deployment()
    code = (
        "from aml_nb import LocalWebservice, Workspace\n"
        "ws = Workspace.get('test-ws')\n"
        "service = LocalWebservice(ws, 'echo')\n"
        f"print(service.run({BODY!r})['data'])\n"
        "service.delete()\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert done.stdout.strip() == "[1, 2]", done.stderr
    assert LocalWebservice.list(ws) == []


def test_a_deleted_service_answers_no_more_and_leaves_nothing(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script(), LOCAL())
    service.wait_for_deployment()
    uri = service.scoring_uri

    service.delete()

    with pytest.raises(requests.ConnectionError):
        requests.post(str(uri), BODY, timeout=5)
    with pytest.raises(WebserviceException, match="WebserviceNotFound"):
        LocalWebservice(ws, "echo")
    assert LocalWebservice(ws, "echo", must_exist=False).state == "deleted"
    assert [p.name for p in (ws._folder / "services").iterdir() if not p.name.startswith(".lock-")] == []


def test_logs_are_text_or_bytes(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script(ECHO.replace("pass", "print('ready to echo')")), LOCAL())
    service.wait_for_deployment()
    assert "ready to echo" in service.get_logs()
    assert b"ready to echo" in service.get_logs(raw=True)
    assert service.get_logs(num_lines=1).count("\n") == 1


def test_a_local_service_goes_to_the_cloud_as_it_is(ws: Workspace) -> None:
    local = Model.deploy(ws, "echo", [registered(ws)], version(3), LOCAL())

    cloud = local.deploy_to_cloud("echo-cloud", AciWebservice.deploy_configuration())
    cloud.wait_for_deployment()

    assert cloud.run(BODY)["version"] == 3
    assert [model.id for model in cloud.models] == ["greeting:1"]


def test_update_replaces_models_or_script(ws: Workspace) -> None:
    text = """
    import os
    def init(): pass
    def run(data): return open(os.environ["AZUREML_MODEL_DIR"] + "/greeting.txt").read()
    """
    service = Model.deploy(ws, "greet", [registered(ws)], script(text), LOCAL())
    assert service.run("") == "hello"

    service.update(models=[registered(ws, text="good day")])
    assert service.run("") == "good day"
    service.update(inference_config=script(text.replace(".read()", ".read().upper()")), wait=True)
    assert service.run("") == "GOOD DAY"


@pytest.mark.parametrize("call", ["get_keys", "get_token"])
def test_a_local_service_knows_no_keys(ws: Workspace, call: str) -> None:
    service = Model.deploy(ws, "echo", [], script(), LOCAL())
    with pytest.raises(NotImplementedError):
        getattr(service, call)()


def test_it_serializes_to_json(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], script(), LOCAL())
    service.wait_for_deployment()
    data = json.loads(json.dumps(service.serialize()))
    assert (data["name"], data["computeType"], data["state"]) == ("echo", "LOCAL", "running")
    assert data["modelIds"] == [model["id"] for model in data["modelDetails"]] == ["greeting:1"]
    with pytest.raises(NotImplementedError):
        LocalWebservice.deserialize(ws, data)

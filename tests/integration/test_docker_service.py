"""Local services as containers: how one is made, changed under load, found again and removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.core.environment import CondaDependencies, Environment
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, ECHO, Load, registered, script, until, version
from tests.integration.docking import container_of, containers_of, docker, images_of, networks_of, root_of

LOCAL = LocalWebservice.deploy_configuration


@pytest.fixture(autouse=True)
def on_docker(require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")


@pytest.fixture
def echo(on_docker: None, ws: Workspace) -> LocalWebservice:
    service = Model.deploy(ws, "echo", [registered(ws)], script(), LOCAL())
    service.wait_for_deployment()
    assert isinstance(service, LocalWebservice)
    return service


def packed(*packages: str) -> Environment:
    """An environment whose image has other packages than the usual one."""
    environment = Environment(f"with-{'-'.join(packages) or 'nothing'}")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=list(packages))
    return environment


def test_what_v1_prints_is_printed(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], script(), LOCAL())
    service.wait_for_deployment()
    said = capsys.readouterr().out
    lines = [
        "Downloading model greeting:1 to ",
        "Generating Docker build context.\n",
        "Building Docker image from Dockerfile...\n",
        "Starting Docker container...\n",
        "Docker container running.\n",
        "Checking container health...\n",
        f"Local webservice is running at http://localhost:{service.port}\n",
    ]
    places = [said.index(line) for line in lines]
    assert places == sorted(places)

    Model.deploy(ws, "echo", [], script(), LOCAL()).wait_for_deployment()
    again = capsys.readouterr().out
    assert again.index("Container has been successfully cleaned up.\n") < again.index("Starting Docker container...\n")


def test_the_container_is_closed_to_all_but_this_machine_and_its_user(echo: LocalWebservice) -> None:
    facts = container_of(echo).attrs
    host, labels = facts["HostConfig"], facts["Config"]["Labels"]

    assert facts["NetworkSettings"]["Ports"] == {"5001/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(echo.port)}]}
    assert host["CapDrop"] == ["ALL"] and host["SecurityOpt"] == ["no-new-privileges"]
    assert facts["Config"]["User"] == "1000:1000"
    assert host["PidsLimit"] > 0 and host["Binds"] is None and not facts["Mounts"]
    assert host["RestartPolicy"]["Name"] == "always"
    assert (labels["amlServiceName"], labels["amlIsService"], labels["aml_nb.service"]) == (
        "echo",
        "True",
        "echo@local",
    )
    assert (
        requests.get(f"http://127.0.0.1:{echo.port}/", headers={"Host": "evil.example"}, timeout=5).status_code == 403
    )


def test_the_keys_are_in_the_container_for_its_user_alone_and_in_no_image(ws: Workspace) -> None:
    config = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=0.5, auth_enabled=True)
    service = Model.deploy(ws, "locked", [], script(), config)
    service.wait_for_deployment()
    container = container_of(service)
    image = str(container.image.id)

    listed = container.exec_run(["ls", "-ln", "/var/aml_nb/service/keys.json"]).output.decode()
    assert listed.split()[:4] == ["-rw-------", "1", "1000", "1000"]
    inside = docker("run", "--rm", "--network", "none", "--entrypoint", "ls", image, "/var/aml_nb/service")
    assert "keys.json" not in inside.split()
    told = docker("inspect", str(container.id)) + docker("history", "--no-trunc", image)
    assert not any(key in told for key in service.get_keys())


def test_a_service_without_keys_has_none_in_its_container(echo: LocalWebservice) -> None:
    listed = container_of(echo).exec_run(["ls", "/var/aml_nb/service"]).output.decode().split()
    assert "service.json" in listed and "keys.json" not in listed


def test_a_reload_and_new_models_lose_no_request_and_keep_container_and_port(
    echo: LocalWebservice, ws: Workspace
) -> None:
    container, port = container_of(echo).id, echo.port
    with Load(str(echo.scoring_uri)) as load:
        version(2)
        echo.reload(wait=True)
        echo.update(models=[registered(ws, text="good day")], wait=True)
        version(3)
        LocalWebservice(ws, "echo").reload(wait=True)
        done = len(load.answers)
        until(lambda: len(load.answers) > done + 50)

    assert load.failures == []
    assert {answer["version"] for answer in load.answers} == {1, 2, 3}
    assert load.answers[-1]["version"] == 3
    assert (container_of(echo).id, echo.port) == (container, port)


def test_a_reload_keeps_the_models_of_the_revision_that_serves(ws: Workspace) -> None:
    text = """
    import os
    def init(): pass
    def run(data): return [1, open(os.environ["AZUREML_MODEL_DIR"] + "/greeting.txt").read()]
    """
    service = Model.deploy(ws, "greet", [registered(ws)], script(text), LOCAL())
    service.update(models=[registered(ws, text="good day")], wait=True)
    script(text.replace("[1,", "[2,"))
    service.reload(wait=True)
    assert service.run("") == [2, "good day"]

    container_of(service).remove(force=True)
    script(text.replace("[1,", "[3,"))
    service.reload(wait=True)
    assert service.run("") == [3, "good day"]


def test_models_of_revisions_that_serve_no_more_leave_the_container(ws: Workspace) -> None:
    text = """
    import os
    def init(): pass
    def run(data): return open(os.environ["AZUREML_MODEL_DIR"] + "/greeting.txt").read()
    """
    service = Model.deploy(ws, "greet", [registered(ws)], script(text), LOCAL())
    for number in range(5):
        service.update(models=[registered(ws, text=f"day {number}")], wait=True)
        script(text + f"# {number}")
        service.reload(wait=True)
    assert service.run("") == "day 4"
    _, found = container_of(service).exec_run(["/opt/aml_nb/environment/bin/python", "-c", _GREETINGS])
    places = {place for place in found.decode().split() if "/revisions/" in place}
    assert 1 <= len(places) <= 3


_GREETINGS = "import pathlib; print(*pathlib.Path('/var/aml_nb/service/revisions').rglob('greeting.txt'))"


def test_another_environment_takes_over_the_port_with_a_short_gap_that_is_told(
    echo: LocalWebservice, ws: Workspace, require: Callable[[str], None]
) -> None:
    require("network")
    port, old = echo.port, container_of(echo).id
    Path("score.py").write_text("import iniconfig\n" + ECHO.replace('"version": 1', '"version": 2'))
    config = InferenceConfig(entry_script="score.py", environment=packed("iniconfig==2.0.0"))

    with Load(str(echo.scoring_uri)) as load:
        echo.update(inference_config=config, wait=True)
        done = len(load.answers)
        until(lambda: len(load.answers) > done + 50)

    assert load.answers[0]["version"] == 1 and load.answers[-1]["version"] == 2
    assert all("refused" in failure or "reset" in failure or "aborted" in failure for failure in load.failures)
    assert echo.port == port
    assert container_of(echo).id != old
    assert networks_of(echo) == []
    events = (root_of(ws) / "echo@local" / "deployment.log").read_text()
    assert f"Port {port} was handed over to the new container; nobody listened for " in events
    log = echo.get_logs(num_lines=100_000)
    assert log.index("POST /score 200") < log.index("Service echo, revision 2, listens"), (
        "the old container's lines too"
    )

    docker("restart", "-t", "1", str(container_of(echo).id))
    until(lambda: _state(echo) == "running")
    assert (echo.port, echo.run(BODY)["version"]) == (port, 2)


def test_an_init_that_calls_out_starts_in_another_environment_too(
    echo: LocalWebservice, ws: Workspace, require: Callable[[str], None]
) -> None:
    """It cannot where the new container is first tried, for that network leads nowhere."""
    require("network")
    other = Model.deploy(ws, "other", [], script(), LOCAL())
    other.wait_for_deployment()
    address = container_of(other).attrs["NetworkSettings"]["IPAddress"]
    port = echo.port
    calls_out = (
        f"import socket\nimport iniconfig\ndef init():\n    socket.create_connection(({address!r}, 5001), 5).close()\n"
    )
    Path("score.py").write_text(calls_out + "def run(d):\n    return 'called out'\n")
    config = InferenceConfig(entry_script="score.py", environment=packed("iniconfig==2.0.0"))
    echo.update(inference_config=config, wait=True)
    assert (echo.run(""), echo.port) == ("called out", port)
    assert len(containers_of(echo)) == 1


def test_a_bad_update_of_the_environment_leaves_the_old_one_serving(
    echo: LocalWebservice, ws: Workspace, require: Callable[[str], None]
) -> None:
    require("network")
    Path("bad.py").write_text(
        "import iniconfig\ndef init():\n    raise ValueError('not like this')\ndef run(d): return d\n"
    )
    config = InferenceConfig(entry_script="bad.py", environment=packed("iniconfig==2.0.0"))

    with Load(str(echo.scoring_uri)) as load:
        with pytest.raises(WebserviceException, match="not like this") as caught:
            echo.update(inference_config=config, wait=True)

    assert load.failures == []
    assert (
        caught.value.source is not None
        and caught.value.source.path.endswith("bad.py")
        and caught.value.source.line == 3
    )
    assert LocalWebservice(ws, "echo").run(BODY)["version"] == 1
    assert len(containers_of(echo)) == 1
    version(4)
    echo.update(inference_config=InferenceConfig(entry_script="score.py"), wait=True)
    assert echo.run(BODY)["version"] == 4


def test_another_port_is_taken_when_it_is_asked_for(echo: LocalWebservice) -> None:
    from aml_nb.engines.docker.ports import free_port

    port = free_port()
    echo.update(deployment_config=LOCAL(port=port), wait=True)
    assert echo.port == port and echo.run(BODY)["version"] == 1
    assert len(containers_of(echo)) == 1


def test_a_script_that_failed_is_not_tried_when_the_container_comes_back(echo: LocalWebservice) -> None:
    script("def init():\n    raise ValueError('no')\ndef run(d): return d\n")
    with pytest.raises(WebserviceException, match="no"):
        echo.reload(wait=True)

    docker("restart", "-t", "1", str(container_of(echo).id))

    until(lambda: _state(echo) == "running")
    assert echo.run(BODY)["version"] == 1
    version(5)
    echo.reload(wait=True)
    assert echo.run(BODY)["version"] == 5


def test_services_of_one_name_in_two_workspaces_know_nothing_of_each_other(
    echo: LocalWebservice, ws: Workspace
) -> None:
    other = Workspace.create("other-ws", show_output=False)
    try:
        twin = Model.deploy(other, "echo", [], version(2), LOCAL())
        assert (echo.run(BODY)["version"], twin.run(BODY)["version"]) == (1, 2)
        twin.delete()
        assert echo.run(BODY)["version"] == 1
    finally:
        other.delete()
    assert echo.run(BODY)["version"] == 1


def test_a_deleted_service_leaves_no_container_image_or_network(echo: LocalWebservice) -> None:
    assert len(images_of(echo)) == 1
    version(2)
    echo.update(inference_config=InferenceConfig(entry_script="score.py"), wait=True)
    echo.delete()
    assert (containers_of(echo), images_of(echo), networks_of(echo)) == ([], [], [])


def test_a_container_that_a_user_runs_of_its_image_is_left_alone(echo: LocalWebservice, ws: Workspace) -> None:
    image = images_of(echo)[0].tags[0]
    mine = docker("run", "-d", "--init", "-p", "127.0.0.1::5001", image)
    try:
        version(2)
        echo.reload(wait=True)
        Model.deploy(ws, "second", [], version(3), LOCAL()).wait_for_deployment()
        echo.delete()
        assert docker("inspect", "-f", "{{.State.Running}}", mine) == "true"
        address = docker("port", mine, "5001/tcp").splitlines()[0]
        until(lambda: _answers(f"http://{address}/"))
        assert requests.post(f"http://{address}/score", BODY, timeout=10).json()["version"] == 1
    finally:
        docker("rm", "-f", mine)
        docker("rmi", "-f", image)


def _answers(uri: str) -> bool:
    try:
        return requests.get(uri, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_the_log_has_what_replaced_containers_wrote(echo: LocalWebservice) -> None:
    container_of(echo).kill()
    echo.update_deployment_state()
    script(ECHO.replace("pass", "print('the second one')"))
    echo.reload(wait=True)
    log = echo.get_logs()
    assert log.index("Service echo, revision 1, listens") < log.index("the second one")
    assert echo.get_logs(num_lines=1).count("\n") == 1


def test_it_uses_cpu_and_memory_and_tells_how_much(echo: LocalWebservice) -> None:
    from aml_nb.core.webservice.services import engine_of

    used = engine_of(echo.workspace, echo._record).usage("echo@local")
    assert used is not None and used.memory > 5_000_000 and used.cpu_s > 0


def _state(service: Any) -> str:
    service.update_deployment_state()
    return str(service.state)


def test_from_inside_a_container_services_are_called_by_name_in_v1s_network(
    echo: LocalWebservice, ws: Workspace, monkeypatch: pytest.MonkeyPatch, require: Callable[[str], None]
) -> None:
    from aml_nb.engines.docker import client as clients
    from aml_nb.engines.docker import daemon, networks

    client = clients.connect()
    here = client.containers.run(images_of(echo)[0].tags[0], ["sleep", "300"], detach=True, init=True)
    monkeypatch.setattr(daemon, "in_container", lambda: True)
    monkeypatch.setattr(networks, "own_container", lambda client: here)
    call = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], b'{\"data\": [3]}', 10).read().decode())"
    try:
        service = Model.deploy(ws, "inner", [], script(), LOCAL())
        until(lambda: _state(service) == "running")
        host = f"aml-inner-local-{container_of(service).labels['aml_nb.root'][:6]}"
        assert service.scoring_uri == f"http://{host}:5001/score"
        here.reload()
        assert set(here.attrs["NetworkSettings"]["Networks"]) == {"bridge", LocalWebservice.NETWORK_NAME}
        assert '"data": [3]' in here.exec_run(["python", "-c", call, service.scoring_uri]).output.decode()

        require("network")
        Path("score.py").write_text("import iniconfig\n" + ECHO.replace('"version": 1', '"version": 2'))
        config = InferenceConfig(entry_script="score.py", environment=packed("iniconfig==2.0.0"))
        service.update(inference_config=config)
        until(lambda: _state(service) == "running")
        assert service.scoring_uri == f"http://{host}:5001/score"
        assert '"version": 2' in here.exec_run(["python", "-c", call, service.scoring_uri]).output.decode()
        service.delete()
    finally:
        here.remove(force=True)
        for network in client.networks.list(names=[LocalWebservice.NETWORK_NAME]):
            networks.remove(network)


def test_after_many_bad_scripts_the_last_good_one_can_still_be_gone_on_from(
    echo: LocalWebservice, ws: Workspace
) -> None:
    text = (
        "import os\ndef init(): {0}\n"
        "def run(d): return open(os.environ['AZUREML_MODEL_DIR'] + '/greeting.txt').read()\n"
    )
    good = script(text.format("pass"))
    echo.update(models=[registered(ws, text="good day")], inference_config=good, wait=True)
    for number in range(5):
        script(text.format(f"raise ValueError('bad {number}')"))
        with pytest.raises(WebserviceException, match=f"bad {number}"):
            echo.update(inference_config=good, wait=True)
        assert echo.run("") == "good day"
    script(text.format("pass").replace(".read()", ".read() + '!'"))
    echo.reload(wait=True)
    assert echo.run("") == "good day!"

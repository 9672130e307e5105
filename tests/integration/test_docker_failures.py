"""What goes wrong with containers of local services: seen, named, and mended by what the message says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from aml_nb.core.environment import Environment
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import LocalWebservice, services
from aml_nb.core.workspace import Workspace
from aml_nb.engines.base import Packages, ServiceStatus
from aml_nb.engines.docker import base_image
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker.build import BuildLog, ImageError
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.ports import free_port
from aml_nb.engines.folder import Keys
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, ECHO, registered, script, until, version
from tests.integration.docking import container_of, containers_of, docker, images_of, networks_of, root_of

LOCAL = LocalWebservice.deploy_configuration
ROOT = Path(__file__).parents[2]


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


def state(service: LocalWebservice) -> str:
    service.update_deployment_state()
    return str(service.state)


def status(service: LocalWebservice) -> ServiceStatus:
    return services.engine_of(service.workspace, service._record).status(service._record["handle"])


def told(service: LocalWebservice) -> str:
    error = status(service).error
    return "" if error is None else f"{error.code}: {error.message}"


def test_init_that_raises_names_the_line_and_leaves_the_log(ws: Workspace) -> None:
    service = Model.deploy(
        ws, "broken", [], script("def init():\n    raise ValueError('no limit')\ndef run(d): pass\n"), LOCAL()
    )

    with pytest.raises(WebserviceException, match="init.. raised ValueError: no limit") as caught:
        service.wait_for_deployment()

    source = caught.value.source
    assert source is not None and (source.path, source.line) == (str(Path("score.py").resolve()), 2)
    assert "    raise ValueError('no limit')" in source.lines
    assert service.state == "failed"
    assert "ValueError: no limit" in service.get_logs()
    time.sleep(1)
    assert container_of(service).attrs["RestartCount"] == 0, "a start that fails is not tried again and again"

    version(2)
    service.reload(wait=True)
    assert service.run(BODY)["version"] == 2


def test_a_run_that_raises_names_the_users_line(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], script(), LOCAL())
    with pytest.raises(WebserviceException, match="JSONDecodeError") as caught:
        service.run("this is no JSON")
    assert caught.value.source is not None
    assert (caught.value.source.path, caught.value.source.line) == (str(Path("score.py").resolve()), 8)


def test_a_container_that_was_killed_is_named_and_reload_brings_it_back(echo: LocalWebservice) -> None:
    port, name = echo.port, container_of(echo).name
    docker("kill", str(name))
    assert state(echo) == "failed"
    assert f"container-killed: The container {name} was killed from outside" in told(echo)
    with pytest.raises(WebserviceException, match="was killed from outside") as caught:
        echo.wait_for_deployment()
    assert "reload()" in str(caught.value.hint)

    echo.reload(wait=True)
    assert (echo.run(BODY)["version"], echo.port) == (1, port)
    assert len(containers_of(echo)) == 1


def test_a_container_that_was_stopped_or_paused_is_named(echo: LocalWebservice) -> None:
    name = str(container_of(echo).name)
    docker("pause", name)
    assert state(echo) == "failed" and "docker pause" in told(echo)
    docker("unpause", name)
    assert state(echo) == "running" and echo.run(BODY)["version"] == 1
    docker("stop", name)
    assert state(echo) == "failed" and f"The container {name} was stopped from outside" in told(echo)
    docker("start", name)
    until(lambda: state(echo) == "running")
    assert echo.run(BODY)["version"] == 1


@pytest.mark.parametrize("command", ["pause", "network disconnect --force bridge"])
def test_one_that_nobody_reaches_is_named_and_reload_replaces_it(echo: LocalWebservice, command: str) -> None:
    port = echo.port
    docker(*command.split(), str(container_of(echo).name))
    assert state(echo) == "failed" and f"docker {command.split(' --')[0]}" in told(echo)
    echo.reload(wait=True)
    assert (state(echo), echo.port, echo.run(BODY)["version"]) == ("running", port, 1)
    assert len(containers_of(echo)) == 1


def test_a_container_that_was_removed_is_named_and_a_new_one_takes_its_port(
    echo: LocalWebservice, ws: Workspace
) -> None:
    port, name = echo.port, container_of(echo).name
    docker("rm", "-f", str(name))

    assert state(echo) == "failed"
    assert f"container-removed: The container {name} was removed from outside" in told(echo)
    assert [service.state for service in LocalWebservice.list(ws)] == ["failed"]

    echo.reload(wait=True)
    assert (echo.run(BODY)["version"], echo.port) == (1, port)


def test_a_service_whose_container_was_removed_is_deployed_again_and_deleted(
    echo: LocalWebservice, ws: Workspace
) -> None:
    docker("rm", "-f", str(container_of(echo).name))
    again = Model.deploy(ws, "echo", [], version(2), LOCAL())
    assert again.run(BODY)["version"] == 2
    docker("rm", "-f", str(container_of(again).name))
    again.delete()
    assert (containers_of(again), images_of(again), networks_of(again)) == ([], [], [])
    assert LocalWebservice.list(ws) == []


def test_an_image_that_was_removed_is_built_again_by_the_next_deployment(echo: LocalWebservice, ws: Workspace) -> None:
    (image,) = images_of(echo)
    docker("rm", "-f", str(container_of(echo).name))
    docker("rmi", "-f", image.tags[0])
    with pytest.raises(WebserviceException, match="no such image|not there"):
        echo.reload(wait=True)
    assert Model.deploy(ws, "echo", [], script(), LOCAL()).run(BODY)["version"] == 1


_END_ALL = (
    "import os; [os.kill(int(p), 9) for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, os.getpid())]"
)


def test_a_server_that_dies_is_started_again_by_docker(echo: LocalWebservice) -> None:
    container = container_of(echo)
    container.exec_run(["python", "-c", _END_ALL])
    until(lambda: container_of(echo).attrs["RestartCount"] >= 1)
    until(lambda: state(echo) == "running")
    assert echo.run(BODY)["version"] == 1
    assert container_of(echo).id == container.id


def test_memory_that_is_used_up_is_named_with_the_limit(echo: LocalWebservice, ws: Workspace) -> None:
    engine = services.new_engine(ws)
    given = Deployment.read(root_of(ws) / "echo@local")
    assert given is not None
    script("def init(): pass\ndef run(d):\n    return len(b'x' * int(d))\n", "greedy.py")
    spec = replace(
        given.spec, handle="greedy@local", name="greedy", entry_script=os.path.abspath("greedy.py"),
        models=(), memory_gb_limit=0.15, port=None,
    )  # fmt: skip
    try:
        engine.start(spec, Keys.make())
        port = until(lambda: engine.status(spec.handle).serving and engine.status(spec.handle).port)
        assert requests.post(f"http://localhost:{port}/score", "1000", timeout=10).json() == 1000
        with suppress(requests.RequestException):
            assert requests.post(f"http://localhost:{port}/score", str(400 * 1024**2), timeout=30).status_code != 200
        until(lambda: engine.status(spec.handle).serving)
        assert "SIGKILL (out of memory: it used more than its 0.15 GB)" in engine.logs(spec.handle, 100)

        Path("greedy.py").write_text("def init():\n    global x\n    x = b'x' * 400 * 1024**2\ndef run(d): pass\n")
        engine.start(spec, Keys.make())
        failed = until(lambda: engine.status(spec.handle).state == "Failed" and engine.status(spec.handle).error)
        assert failed.code == "out-of-memory"
        assert "it used more memory than its 0.15 GB" in failed.message
    finally:
        engine.stop(spec.handle)


def test_a_port_of_another_program_is_told_with_its_name(ws: Workspace) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        service = Model.deploy(ws, "echo", [], script(), LOCAL(port=port))
        with pytest.raises(WebserviceException, match=f"Port {port} of 127.0.0.1 is in use") as caught:
            service.wait_for_deployment()
        assert f"(process {os.getpid()}) has it." in caught.value.message
        assert service.state == "failed" and containers_of(service) == []

    service.reload(wait=True)
    assert service.port == port


def test_a_port_of_another_service_or_container_is_told_with_its_name(echo: LocalWebservice, ws: Workspace) -> None:
    second = Model.deploy(ws, "second", [], script(), LOCAL(port=echo.port))
    with pytest.raises(WebserviceException, match="the local web service 'echo'"):
        second.wait_for_deployment()

    port, image = free_port(), images_of(echo)[0].tags[0]
    other = docker("run", "-d", "--rm", "--init", "-p", f"127.0.0.1:{port}:5001", image, "sleep", "60")
    try:
        with pytest.raises(WebserviceException, match="the container .* has it"):
            echo.update(deployment_config=LOCAL(port=port), wait=True)
        assert echo.run(BODY)["version"] == 1, "the old one serves on"
    finally:
        docker("rm", "-f", other)
    echo.update(deployment_config=LOCAL(port=port), wait=True)
    assert echo.port == port and echo.run(BODY)["version"] == 1


def test_two_processes_that_deploy_one_name_get_one_container(ws: Workspace) -> None:
    script()
    code = (
        "import sys\n"
        "from aml_nb import InferenceConfig, LocalWebservice, Model, Workspace\n"
        "ws = Workspace.get('test-ws')\n"
        "sys.stdin.readline()\n"
        "service = Model.deploy(ws, 'raced', [], InferenceConfig('score.py'), LocalWebservice.deploy_configuration())\n"
        "print('deployed')\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )
        for _ in range(2)
    ]
    said = [racer.communicate("go\n", timeout=120)[0].splitlines()[-1] for racer in racers]
    assert said == ["deployed", "deployed"]
    service = LocalWebservice(ws, "raced")
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 1
    assert len(containers_of(service)) == 1


def test_a_deployment_that_was_killed_leaves_nothing_that_the_next_does_not_remove(
    echo: LocalWebservice, ws: Workspace
) -> None:
    orphan = docker(
        "run", "-d", "--init", "--label", "aml_nb.service=lost@local", "--label", "aml_nb.container=True",
        "--label", f"aml_nb.root={container_of(echo).labels['aml_nb.root']}", images_of(echo)[0].tags[0], "sleep", "60",
    )  # fmt: skip
    Model.deploy(ws, "second", [], script(), LOCAL()).wait_for_deployment()
    known = docker("ps", "-aq", "--no-trunc").split()
    assert orphan not in known
    assert container_of(echo).id in known


def test_an_update_that_was_killed_in_the_middle_leaves_the_old_one_serving(
    echo: LocalWebservice, ws: Workspace, require: Callable[[str], None]
) -> None:
    require("network")
    Path("slow.py").write_text("import iniconfig, time\ndef init():\n    time.sleep(60)\ndef run(d): return d\n")
    code = (
        "from aml_nb import CondaDependencies, Environment, InferenceConfig, LocalWebservice, Workspace\n"
        "service = LocalWebservice(Workspace.get('test-ws'), 'echo')\n"
        "environment = Environment('other')\n"
        "environment.python.conda_dependencies = CondaDependencies.create(pip_packages=['iniconfig==2.0.0'])\n"
        "service.update(inference_config=InferenceConfig('slow.py', environment=environment))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], env=env) as process:
        until(lambda: len(containers_of(echo)) == 2 or process.poll() is not None, 120)
        assert process.poll() is None
        process.kill()

    assert echo.run(BODY)["version"] == 1
    assert state(LocalWebservice(ws, "echo")) == "running"
    version(2)
    LocalWebservice(ws, "echo").reload(wait=True)
    assert LocalWebservice(ws, "echo").run(BODY)["version"] == 2
    assert len(containers_of(echo)) == 1 and networks_of(echo) == []


def test_a_script_that_is_gone_when_it_is_reloaded_leaves_the_old_one(echo: LocalWebservice) -> None:
    Path("score.py").unlink()
    with pytest.raises(WebserviceException, match="unable to find the entry script"):
        echo.reload()
    assert echo.run(BODY)["version"] == 1
    Path("score.py").write_text(ECHO)
    echo.reload(wait=True)
    assert echo.run(BODY)["version"] == 1


def test_the_log_of_a_build_that_fails_stays_until_the_next(ws: Workspace) -> None:
    own = base_image.base_image(clients.connect(), Packages("d"), BuildLog(lambda text: None))
    environment = Environment.from_dockerfile("broken", f"FROM {own.name}\nRUN nonsense-command")
    script()
    with pytest.raises(ImageError, match="line 2: RUN nonsense-command") as caught:
        Model.deploy(ws, "echo", [], InferenceConfig("score.py", environment=environment), LOCAL())
    assert caught.value.log is not None
    assert str(caught.value.log) in caught.value.message
    assert "nonsense-command: not found" in caught.value.log.read_text()
    Model.deploy(ws, "echo", [], script(), LOCAL())
    assert not caught.value.log.exists()


def test_a_gpu_that_nobody_has_is_told_in_the_deployments_log(echo: LocalWebservice, ws: Workspace) -> None:
    engine = services.new_engine(ws)
    given = Deployment.read(root_of(ws) / "echo@local")
    assert given is not None
    if engine.missing(replace(given.spec, gpu=1)) == []:
        pytest.skip("this daemon gives GPUs")
    assert engine.missing(replace(given.spec, gpu=1)) == [
        "The docker engine has no GPUs of its own: gpu 1 noted, not enforced."
    ]

"""A daemon that goes away, hangs, comes back or runs out of disk: what users read meanwhile, and what is left after.

Each test has a daemon of its own, so that the machine's is left alone.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aml_nb.core.environment import CondaDependencies, Environment
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import LocalWebservice, services
from aml_nb.core.workspace import Workspace
from aml_nb.engines.docker import base_image, daemon
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.solo import environment_of
from aml_nb.errors import WebserviceException
from tests.integration import packaging
from tests.integration.deploying import BODY, ECHO, until
from tests.integration.docking import containers_of
from tests.integration.own_daemon import OwnDaemon, can_run, folder

LOCAL = LocalWebservice.deploy_configuration


@pytest.fixture(scope="module")
def parts(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The images that a small service needs, made by the machine's own daemon."""
    require("docker")
    if why := can_run():
        pytest.skip(why)
    with pytest.MonkeyPatch.context() as frozen:
        packaging.freeze(frozen)  # a daemon of a test's own reaches no index: it is to need what was made here
        with pytest.MonkeyPatch.context() as patch:
            home = tmp_path_factory.mktemp("parts")
            patch.setenv("AML_NB_HOME", str(home))
            patch.setenv("AML_NB_ENGINE", "docker")
            patch.chdir(home)
            ws = Workspace.create("parts-ws", show_output=False)
            try:
                service = Model.deploy(ws, "parts", [], small(), LOCAL())
                deployment = Deployment.read(ws._folder / "services" / "parts@local")
                assert deployment is not None
                environment = environment_of(clients.connect(), deployment.image)
                service.delete()
            finally:
                ws.delete()
        yield [environment, base_image.own_tag()]


def small(number: int = 1) -> InferenceConfig:
    """The echo script in an environment without packages of its own."""
    Path("score.py").write_text(ECHO.replace('"version": 1', f'"version": {number}'))
    environment = Environment("small")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=[])
    return InferenceConfig(entry_script="score.py", environment=environment)


@pytest.fixture
def own(parts: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnDaemon]:
    """A daemon of the test's own that has these images."""
    yield from _running(OwnDaemon(folder()), parts, monkeypatch)


def _running(own: OwnDaemon, parts: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnDaemon]:
    try:
        own.start()
        own.take(*parts)
        monkeypatch.setenv("DOCKER_HOST", own.host)
        monkeypatch.setenv("AML_NB_ENGINE", "docker")
        yield own
    finally:
        own.discard()


@pytest.fixture
def ws(own: OwnDaemon, home: Path) -> Iterator[Workspace]:
    """A workspace whose services are gone with their daemon."""
    yield Workspace.create("test-ws", show_output=False)


@pytest.fixture
def echo(own: OwnDaemon, ws: Workspace) -> LocalWebservice:
    service = Model.deploy(ws, "echo", [], small(), LOCAL())
    service.wait_for_deployment()
    assert isinstance(service, LocalWebservice)
    return service


def state(service: LocalWebservice) -> str:
    service.update_deployment_state()
    return str(service.state)


def test_while_the_daemon_is_away_lists_answer_and_say_so_and_after_it_the_service_serves(
    own: OwnDaemon, echo: LocalWebservice, ws: Workspace
) -> None:
    port = echo.port
    own.stop()

    began = time.monotonic()
    assert [service.state for service in LocalWebservice.list(ws)] == ["unknown"]
    assert time.monotonic() - began < 8  # no time limit of a request was waited for
    with pytest.raises(WebserviceException, match="No Docker daemon runs|does not answer") as caught:
        echo.wait_for_deployment()
    assert "docker" in str(caught.value.hint).lower()
    assert "daemon" in echo.get_logs()
    for refused in (
        lambda: echo.delete(),
        lambda: echo.reload(),
        lambda: Model.deploy(ws, "other", [], small(), LOCAL()),
    ):
        with pytest.raises(WebserviceException, match="Is Docker running/installed"):
            refused()
    assert [service.name for service in LocalWebservice.list(ws)] == ["echo"], "nothing half-made, nothing lost"

    own.start()
    until(lambda: state(echo) == "running")
    assert (echo.run(BODY)["version"], echo.port) == (1, port)
    small(2)
    echo.reload(wait=True)
    assert echo.run(BODY)["version"] == 2


def test_a_daemon_that_was_killed_finds_its_services_again(own: OwnDaemon, echo: LocalWebservice) -> None:
    own.kill()
    own.start()
    until(lambda: state(echo) == "running", 60)
    assert echo.run(BODY)["version"] == 1


def test_a_daemon_that_hangs_holds_nobody_up_for_long(own: OwnDaemon, echo: LocalWebservice, ws: Workspace) -> None:
    own.signal(signal.SIGSTOP)
    try:
        time.sleep(0.1)
        began = time.monotonic()
        assert [service.state for service in LocalWebservice.list(ws)] == ["unknown"]
        assert time.monotonic() - began < 20
        assert echo.run(BODY)["version"] == 1, "the container itself serves on"
    finally:
        own.signal(signal.SIGCONT)
    daemon.forget()
    until(lambda: state(echo) == "running")


def test_auto_takes_processes_while_the_daemon_is_away_and_says_so(
    own: OwnDaemon, ws: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own.stop()
    monkeypatch.setenv("AML_NB_ENGINE", "auto")
    Path("score.py").write_text(ECHO)
    service = Model.deploy(ws, "echo", [], InferenceConfig(entry_script="score.py"), LOCAL())
    try:
        assert service.run(BODY)["version"] == 1
        assert service._record["engine"] == "process"
        assert f"there is no {own.socket}. The service runs as processes." in capsys.readouterr().out
        events = services.engine_of(ws, service._record).folder("echo@local").events()
        assert any("The service runs as processes." in line for line in events)
    finally:
        service.delete()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900m", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine does not let a small file system be mounted")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture
def narrow(parts: list[str], small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnDaemon]:
    """A daemon whose disk is small."""
    yield from _running(OwnDaemon(folder(), data=small_disk), parts, monkeypatch)


def test_a_full_disk_is_told_leaves_nothing_and_the_old_service_serves_on(
    narrow: OwnDaemon, small_disk: Path, home: Path
) -> None:
    ws = Workspace.create("full-ws", show_output=False)
    echo = Model.deploy(ws, "echo", [], small(), LOCAL())
    echo.wait_for_deployment()
    assert isinstance(echo, LocalWebservice)
    filler = small_disk / "filler"
    with open(filler, "wb") as file:
        file.write(b"\0" * max(0, shutil.disk_usage(small_disk).free - 4096 * 4))
    Path("model.bin").write_bytes(b"x" * 5_000_000)

    with pytest.raises(WebserviceException, match="full|no space left") as caught:
        Model.deploy(ws, "large", ["model.bin"], small(), LOCAL())
    assert "docker system" in str(caught.value.hint)
    with pytest.raises(WebserviceException, match="full|no space left"):
        echo.update(models=["model.bin"], wait=True)
    assert echo.run(BODY)["version"] == 1
    assert [service.name for service in LocalWebservice.list(ws)] == ["echo"]

    filler.unlink()
    echo.update(models=["model.bin"], inference_config=small(2), wait=True)
    assert echo.run(BODY)["version"] == 2
    assert len(containers_of(echo)) == 1

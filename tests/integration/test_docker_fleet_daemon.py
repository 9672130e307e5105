"""ACI services on Docker while their daemon is away; each test has a daemon of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice
from aml_nb.core.workspace import Workspace
from tests.integration.deploying import BODY, until
from tests.integration.fleets import controller, ended, folder_of, state_of
from tests.integration.own_daemon import OwnDaemon
from tests.integration.test_docker_daemon import own, parts, small

__all__ = ["own", "parts"]


@pytest.fixture
def service(own: OwnDaemon, home: Path, require: Callable[[str], None]) -> Iterator[AciWebservice]:
    require("haproxy")
    ws = Workspace.create("test-ws", show_output=False)
    made = Model.deploy(ws, "fleet", [], small(), AciWebservice.deploy_configuration(cpu_cores=0.5, memory_gb=0.3))
    made.wait_for_deployment()
    pid = controller(made)
    assert isinstance(made, AciWebservice)
    yield made
    if not ended(pid):
        if own.running:
            ws.delete()
        else:
            own.start()
            ws.delete()


def state(service: AciWebservice) -> str:
    service.update_deployment_state()
    return str(service.state)


def test_a_daemon_that_is_stopped_is_told_and_after_it_the_service_serves(
    own: OwnDaemon, service: AciWebservice
) -> None:
    uri = str(service.scoring_uri)
    own.stop()
    until(lambda: (state_of(service)["error"] or {}).get("code") == "daemon-away")
    assert state(service) == "Unhealthy"
    assert str(own.socket) in state_of(service)["error"]["message"]
    own.start()
    until(lambda: state(service) == "Healthy", 60)
    assert service.scoring_uri == uri
    assert service.run(BODY)["version"] == 1
    log = folder_of(service) / "service.log"
    until(lambda: "The Docker daemon answers again." in log.read_text())
    assert "The Docker daemon does not answer" in log.read_text()
    until(lambda: state_of(service)["error"] is None)


def test_what_serves_while_the_daemon_is_away_is_healthy(own: OwnDaemon, service: AciWebservice) -> None:
    own.kill()
    until(lambda: (state_of(service)["error"] or {}).get("code") == "daemon-away")
    assert state(service) == "Healthy"
    assert requests.post(str(service.scoring_uri), BODY, timeout=5).json()["version"] == 1
    own.start()
    until(lambda: state(service) == "Healthy" and state_of(service)["error"] is None, 60)
    assert service.run(BODY)["version"] == 1

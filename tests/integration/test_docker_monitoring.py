"""What services on Docker tell of themselves, whichever of their containers has it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core import monitoring
from aml_nb.core.model import Model
from aml_nb.core.webservice import LocalWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.engines.docker.fleet import figures
from aml_nb.engines.docker.ports import free_port
from tests.integration.deploying import BODY, registered, until, version
from tests.integration.docking import containers_of
from tests.integration.fleets import controller, fleet, settled
from tests.integration.test_monitoring import COLLECTING, ask, counted


@pytest.fixture(autouse=True)
def on_docker(require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    require("docker")
    require("haproxy")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")


def requests_of(service: Webservice) -> int:
    return sum(service.get_metrics(120).requests)


def test_containers_are_told_of_as_one_service_and_what_they_keep_arrives(ws: Workspace) -> None:
    options: dict[str, Any] = {"enable_app_insights": True, "collect_model_data": True, "auth_enabled": True}
    service: Any = fleet(ws, COLLECTING, num_replicas=2, memory_gb=0.4, **options)
    settled(service, 2)
    bearer = {"Authorization": f"Bearer {service.get_keys()[0]}"}
    for number in range(6):
        ask(service, [[number, 1]])
    until(lambda: requests_of(service) == 6)
    assert service.get_metrics(2).replicas[-1] == 2
    url = service.scoring_uri.rsplit("/", 1)[0]
    assert counted(url, **bearer) == {"200": 6}
    assert len(service.get_requests()) == 6 and len(set(service.get_requests()["service.instance.id"])) == 2

    killed = controller(service)
    os.kill(killed, signal.SIGKILL)
    until(lambda: _pid_of(service) not in (None, killed))
    until(lambda: service.get_metrics(2).replicas[-1] == 2)
    ask(service, [[7, 7]])
    until(lambda: requests_of(service) == 7)
    assert len(service.get_requests()) == 7
    ask(service, [[8, 8]])
    service.delete()
    assert len(monitoring.requests(ws)) == 8
    files = Path(ws._folder, "datastores/workspaceblobstore/modeldata").rglob("*.csv")
    rows = {path.parts[-5]: path.read_text().splitlines() for path in files}
    assert {name: len(lines) for name, lines in rows.items()} == {"inputs": 9, "predictions": 9}


def _pid_of(service: Webservice) -> int | None:
    """Who keeps a service; whoever looks at one that nobody keeps has it kept again."""
    service.update_deployment_state()
    return controller(service) if service.state == "Healthy" else None


def test_a_local_service_keeps_its_figures_from_container_to_container(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], version(1), LocalWebservice.deploy_configuration())
    service.wait_for_deployment()
    service.run(BODY)
    until(lambda: requests_of(service) == 1)
    (before,) = containers_of(service)
    (port,) = {str(service.scoring_uri).rsplit("/", 1)[0]}
    assert counted(port) == {"200": 1}
    service.update(deployment_config=LocalWebservice.deploy_configuration(port=free_port()), wait=True)
    service.run(BODY)
    until(lambda: requests_of(service) == 2)
    (after,) = containers_of(service)
    assert after.id != before.id


def test_a_server_that_does_not_answer_is_left_out() -> None:
    assert figures.ask(("127.0.0.1", 1), "none", None, "svc") is None

"""Services on Docker with several replicas, for tests: deployed as users do, looked at from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil
from docker.models.containers import Container

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AksWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.engines.front import Front
from tests.integration.deploying import registered, script, until
from tests.integration.docking import containers_of, root_of

AKS = AksWebservice.deploy_configuration
SMALL = {"cpu_cores": 0.2, "memory_gb": 0.3, "auth_enabled": False, "max_request_wait_time": 30_000}
WHO = """
import socket, json, time
def init(): pass
def run(raw_data):
    time.sleep(json.loads(raw_data).get("sleep", 0))
    return {"version": 1, "data": [1, 2], "who": socket.gethostname()}
"""


def cluster(ws: Workspace) -> AksCompute:
    """A cluster with room for everything here."""
    made = ComputeTarget.create(ws, "aks-cluster", AksCompute.provisioning_configuration())
    assert isinstance(made, AksCompute)
    return made


def fleet(ws: Workspace, text: str = WHO, target: AksCompute | None = None, **options: Any) -> AksWebservice:
    """A deployed AKS service."""
    config = AKS(**{**SMALL, **options})
    service: AksWebservice = Model.deploy(ws, "fleet", [registered(ws)], script(text), config, target or cluster(ws))  # type: ignore[assignment]
    service.wait_for_deployment()
    return service


def who(version: int) -> InferenceConfig:
    """The script with another version number."""
    return script(WHO.replace('"version": 1', f'"version": {version}'))


def folder_of(service: Webservice) -> Path:
    found: Path = root_of(service.workspace) / service._record["handle"]
    return found


def state_of(service: Webservice) -> dict[str, Any]:
    """What the controller told last."""
    told: dict[str, Any] = json.loads((folder_of(service) / "state.json").read_text())
    return told


def controller(service: Webservice) -> int:
    """The controller's process id."""
    return int(state_of(service)["pid"])


def front_of(service: Webservice) -> Front:
    return Front(folder_of(service) / "front")


def running(service: Webservice) -> list[Container]:
    return [found for found in containers_of(service) if found.status == "running"]


def settled(service: Webservice, ready: int, seconds: float = 60) -> None:
    """Wait until so many replicas are ready and no other container is left."""

    def done() -> bool:
        told = state_of(service)
        return told["replicas"] == {"ready": ready, "wanted": ready} and len(containers_of(service)) == ready

    until(done, seconds)


def ended(pid: int) -> bool:
    """Whether a process has ended, also one that its parent has not asked after yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True

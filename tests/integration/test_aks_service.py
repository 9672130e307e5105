"""AksWebservice on a local cluster: address, keys and tokens, replicas, limits."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timezone

import pytest
import requests

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.model import Model
from aml_nb.core.webservice import AksWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, WebserviceException
from tests.integration.deploying import BODY, registered, script, until

AKS = AksWebservice.deploy_configuration
PID = "import os\ndef init(): pass\ndef run(data): return os.getpid()\n"


@pytest.fixture
def cluster(ws: Workspace) -> AksCompute:
    made = ComputeTarget.create(ws, "aks-cluster", AksCompute.provisioning_configuration(location="eastus"))
    assert isinstance(made, AksCompute)
    return made


def deployed(ws: Workspace, cluster: AksCompute, text: str | None = None, **options: object) -> AksWebservice:
    config = script() if text is None else script(text)
    service: AksWebservice = Model.deploy(ws, "classifier", [registered(ws)], config, AKS(**options), cluster)  # type: ignore[arg-type]
    service.wait_for_deployment()
    return service


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


def test_it_answers_at_v1s_path_to_those_with_a_key(
    ws: Workspace, cluster: AksCompute, capsys: pytest.CaptureFixture[str]
) -> None:
    service = deployed(ws, cluster, cpu_cores=1, memory_gb=1)
    assert 'AKS service creation operation finished, operation "Succeeded"\n' in capsys.readouterr().out
    uri = service.scoring_uri
    assert uri is not None and uri.endswith("/api/v1/service/classifier/score")
    primary, _ = service.get_keys()
    assert requests.post(uri, BODY, headers=headers(primary), timeout=10).json()["data"] == [1, 2]
    assert requests.post(uri, BODY, headers=headers("wrong"), timeout=10).status_code == 401
    assert service.run(BODY)["version"] == 1
    assert (service.auth_enabled, service.token_auth_enabled, service.compute_name) == (True, False, "aks-cluster")


def test_v1s_defaults(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster)
    scaler, needs, probe = (
        service.autoscaler,
        service.container_resource_requirements,
        service.liveness_probe_requirements,
    )
    assert scaler is not None and needs is not None and probe is not None
    assert (scaler.autoscale_enabled, scaler.min_replicas, scaler.max_replicas) == (True, 1, 10)
    assert (scaler.refresh_period_seconds, scaler.target_utilization) == (1, 70)
    assert (needs.cpu, needs.memory_in_gb) == (0.1, 0.5)
    assert (probe.period_seconds, probe.initial_delay_seconds, probe.failure_threshold) == (10, 310, 3)
    assert (service.scoring_timeout_ms, service.max_request_wait_time) == (60000, 500)
    assert service.max_concurrent_requests_per_container == 1


def test_tokens(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster, token_auth_enabled=True)
    token, refresh_after = service.get_token()
    access = service.get_access_token()

    assert service.auth_enabled is False
    assert access.token_type == "Bearer"
    assert datetime.now(timezone.utc) < refresh_after < access.expiry_on
    assert requests.post(service.scoring_uri, BODY, headers=headers(token), timeout=10).status_code == 200
    assert requests.post(service.scoring_uri, BODY, headers=headers(token[:-2] + "xx"), timeout=10).status_code == 401
    assert service.run(BODY)["version"] == 1
    assert access.access_token not in repr(access)


def test_a_service_with_keys_has_no_tokens(ws: Workspace, cluster: AksCompute) -> None:
    with pytest.raises(WebserviceException, match="token authentication is not enabled"):
        deployed(ws, cluster).get_access_token()


def test_replicas_are_processes_and_their_number_changes(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster, PID, num_replicas=2, auth_enabled=False, autoscale_enabled=False)
    assert service.deployment_status["availableReplicas"] >= 1
    before = until(lambda: len(pids := {service.run("") for _ in range(20)}) == 2 and pids)

    service.update(num_replicas=1)
    service.wait_for_deployment()

    until(lambda: len({service.run("") for _ in range(20)}) == 1)
    assert service.run("") in before  # the one that is left went on working
    assert Webservice(ws, "classifier").num_replicas == 1


def test_the_autoscalers_settings_change(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster)
    service.update(autoscale_max_replicas=4, cpu_cores=2, period_seconds=20)
    service.wait_for_deployment()
    assert service.autoscaler is not None and service.autoscaler.max_replicas == 4
    assert service.serialize()["containerResourceRequirements"]["cpu"] == 2
    with pytest.raises(WebserviceException, match="autoscale"):
        service.update(autoscale_enabled=True, num_replicas=3)


def test_a_request_that_waits_too_long_gets_a_503(ws: Workspace, cluster: AksCompute) -> None:
    text = "import time\ndef init(): pass\ndef run(data):\n    time.sleep(1.5)\n    return 'done'\n"
    service = deployed(ws, cluster, text, num_replicas=1, max_request_wait_time=200, auth_enabled=False)
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(requests.post(str(service.scoring_uri), "", timeout=30).status_code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 503]


def test_a_run_that_takes_too_long_is_ended(ws: Workspace, cluster: AksCompute) -> None:
    text = "import time\ndef init(): pass\ndef run(data):\n    time.sleep(float(data))\n    return 'done'\n"
    service = deployed(ws, cluster, text, scoring_timeout_ms=500, auth_enabled=False)
    answer = requests.post(str(service.scoring_uri), "30", timeout=20)
    assert (answer.status_code, "Scoring timeout after 500 ms" in answer.text) == (500, True)


def test_the_target_may_be_named_by_the_configuration(ws: Workspace, cluster: AksCompute) -> None:
    service = Model.deploy(ws, "by-name", [], script(), AKS(compute_target_name="aks-cluster"))
    service.wait_for_deployment()
    assert isinstance(service, AksWebservice)
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        Model.deploy(ws, "no-target", [], script(), AKS(compute_target_name="missing"))
    with pytest.raises(WebserviceException, match="must be an AksCompute"):
        Model.deploy(ws, "no-target", [], script(), AKS())


def test_a_target_without_a_configuration_is_aks(ws: Workspace, cluster: AksCompute) -> None:
    assert isinstance(Model.deploy(ws, "by-target", [], script(), None, cluster), AksWebservice)


def test_a_cluster_in_use_is_not_deleted(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster)
    with pytest.raises(ComputeTargetException, match="classifier"):
        cluster.delete()
    service.delete()
    cluster.delete()
    assert ComputeTarget.list(ws) == []


def test_it_serializes_to_json(ws: Workspace, cluster: AksCompute) -> None:
    data = json.loads(json.dumps(deployed(ws, cluster).serialize()))
    assert (data["computeType"], data["computeName"], data["maxQueueWaitMs"]) == ("AKS", "aks-cluster", 500)
    assert isinstance(Webservice.deserialize(ws, data), AksWebservice)

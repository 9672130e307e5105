"""AksWebservice on a local cluster: address, keys and tokens, replicas, limits."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.model import Model
from aml_nb.core.webservice import AksWebservice, Webservice, services
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, WebserviceException
from aml_nb.scoring.auth import make_token
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
    assert datetime.now() < refresh_after < access.expiry_on < datetime.now() + timedelta(hours=1)
    assert requests.post(service.scoring_uri, BODY, headers=headers(token), timeout=10).status_code == 200
    assert requests.post(service.scoring_uri, BODY, headers=headers(token[:-2] + "xx"), timeout=10).status_code == 401
    assert service.run(BODY)["version"] == 1
    assert access.access_token not in repr(access)


def test_a_token_that_has_expired_is_refused_and_renewed(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster, token_auth_enabled=True, num_replicas=1)
    expired, _ = make_token(service._keys().token_secret, "classifier", -1)
    answer = requests.post(service.scoring_uri, BODY, headers=headers(expired), timeout=10)
    assert answer.status_code == 401
    assert "the token has expired" in answer.text and "get_access_token" in answer.text
    elsewhere, _ = make_token(service._keys().token_secret, "another-service", 60)
    answer = requests.post(service.scoring_uri, BODY, headers=headers(elsewhere), timeout=10)
    assert (answer.status_code, "for another service" in answer.text) == (401, True)
    service._credential = expired
    assert service.run(BODY)["version"] == 1  # it gets itself a new one
    assert service._credential != expired


def test_keys_follow_tokens_and_tokens_keys(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster, num_replicas=1, primary_key="first-key", secondary_key="second-key")
    assert service.get_keys() == ("first-key", "second-key")
    service.regen_key("secondary", "third-key")
    service.regen_key("Primary")
    primary, secondary = service.get_keys()
    assert primary not in ("first-key", "third-key") and secondary == "third-key"
    with pytest.raises(WebserviceException, match="'Primary' or 'Secondary'"):
        service.regen_key("Tertiary")
    until(lambda: answers_to(service, "first-key", "third-key") == [401, 200])

    service.update(token_auth_enabled=True)
    service.wait_for_deployment()
    token = service.get_token()[0]
    assert (service.auth_enabled, service.token_auth_enabled) == (False, True)
    assert answers_to(service, "third-key", token) == [401, 200] and service.run(BODY)["version"] == 1

    service.update(auth_enabled=True)
    service.wait_for_deployment()
    assert answers_to(service, token, "third-key") == [401, 200] and service.run(BODY)["version"] == 1
    with pytest.raises(WebserviceException, match="cannot both be True"):
        service.update(auth_enabled=True, token_auth_enabled=True)


def answers_to(service: AksWebservice, *credentials: str) -> list[int]:
    sent = [requests.post(str(service.scoring_uri), BODY, headers=headers(c), timeout=10) for c in credentials]
    return [answer.status_code for answer in sent]


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


def test_a_change_that_could_not_be_told_is_told_when_it_is_asked_for_again(
    ws: Workspace, cluster: AksCompute, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = deployed(ws, cluster, num_replicas=1)

    def away(*_: Any) -> None:
        raise WebserviceException("The daemon is away.")

    with monkeypatch.context() as patched:
        patched.setattr(type(services.engine_of(ws, service._record)), "update", away)
        with pytest.raises(WebserviceException, match="is away"):
            service.update(num_replicas=2)
    service.update_deployment_state()
    assert service._record["numReplicas"] == 1
    service.update(num_replicas=2)
    service.wait_for_deployment()

    def replicas() -> bool:
        service.update_deployment_state()
        return bool(service.deployment_status["availableReplicas"] == 2)

    until(replicas)


def test_the_autoscalers_settings_change(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster)
    service.update(autoscale_max_replicas=4, cpu_cores=2, period_seconds=20)
    service.wait_for_deployment()
    assert service.autoscaler is not None and service.autoscaler.max_replicas == 4
    assert service.serialize()["containerResourceRequirements"]["cpu"] == 2
    with pytest.raises(WebserviceException, match="autoscale"):
        service.update(autoscale_enabled=True, num_replicas=3)


def test_everything_that_v1_lets_change_changes(ws: Workspace, cluster: AksCompute) -> None:
    service = deployed(ws, cluster, num_replicas=1, tags={"a": "1"}, properties={"p": "1"})
    service.update(
        autoscale_enabled=True,
        autoscale_min_replicas=1,
        autoscale_max_replicas=3,
        autoscale_refresh_seconds=2,
        autoscale_target_utilization=50,
        collect_model_data=True,
        cpu_cores=0.5,
        memory_gb=1,
        cpu_cores_limit=1,
        memory_gb_limit=2,
        enable_app_insights=True,
        scoring_timeout_ms=3000,
        replica_max_concurrent_requests=2,
        max_request_wait_time=900,
        tags={"b": "2"},
        properties={"q": "2"},
        description="changed",
        period_seconds=5,
        initial_delay_seconds=1,
        timeout_seconds=3,
        success_threshold=1,
        failure_threshold=4,
        namespace="mine",
    )
    service.wait_for_deployment()
    found = AksWebservice(ws, "classifier").serialize()
    scaler = {"autoscaleEnabled": True, "minReplicas": 1, "maxReplicas": 3}
    assert found["autoScaler"] == {**scaler, "refreshPeriodInSeconds": 2, "targetUtilization": 50}
    needs = {"cpu": 0.5, "memoryInGB": 1, "gpu": None, "cpuLimit": 1, "memoryInGBLimit": 2}
    assert found["containerResourceRequirements"] == needs
    probe = {"periodSeconds": 5, "initialDelaySeconds": 1, "timeoutSeconds": 3, "successThreshold": 1}
    assert found["livenessProbeRequirements"] == {**probe, "failureThreshold": 4}
    assert found["dataCollection"] == {"eventHubEnabled": True, "storageEnabled": True}
    assert (found["tags"], found["properties"]) == ({"b": "2"}, {"p": "1", "q": "2"})
    plain = ("description", "namespace", "scoringTimeoutMillis", "maxConcurrentRequestsPerContainer", "maxQueueWaitMs")
    assert [found[key] for key in plain] == ["changed", "mine", 3000, 2, 900]
    assert found["appInsightsEnabled"] is True
    spec = ws._store.records("webservice").get("classifier")["spec"]
    assert (spec["concurrency"], spec["cpu_limit"], spec["probe"]["failure"]) == (2, 1, 4)
    assert spec["scaling"] == {"minimum": 1, "maximum": 3, "refresh_s": 2, "target": 0.5}
    assert service.run(BODY)["version"] == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"num_replicas": 0}, "num_replicas must be greater than zero"),
        ({"cpu_cores": -1}, "cpu_cores must be greater than zero"),
        ({"scoring_timeout_ms": -5}, "scoring_timeout_ms must be greater than zero"),
        ({"max_request_wait_time": -1}, "max_request_wait_time must be zero or more"),
        ({"autoscale_enabled": True, "autoscale_target_utilization": 101}, "at most 100"),
        ({"autoscale_enabled": True, "autoscale_min_replicas": 11}, "min_replicas is above autoscale_max_replicas"),
        ({"cpu_cores": 2, "cpu_cores_limit": 1}, "cpu_cores_limit must be greater than or equal"),
        ({"cpu_cores_limit": 0.05}, "cpu_cores_limit must be greater than or equal"),
        ({"failure_threshold": 0}, "failure_threshold must be greater than zero"),
        ({"namespace": "Not Good"}, "namespace is invalid"),
        ({"properties": {"p": "2"}}, "properties are immutable"),
        ({"traffic_percentile": 101}, "for versions of an endpoint"),
        ({}, "No parameters provided to update"),
    ],
)
def test_an_update_that_cannot_be_right_changes_nothing(
    ws: Workspace, cluster: AksCompute, options: dict[str, Any], told: str
) -> None:
    service = Model.deploy(ws, "classifier", [], script(), AKS(num_replicas=1, properties={"p": "1"}), cluster)
    before = ws._store.records("webservice").get("classifier")
    with pytest.raises(WebserviceException, match=told):
        service.update(**options)
    assert ws._store.records("webservice").get("classifier") == before


def test_two_who_deploy_one_name_at_once(ws: Workspace, cluster: AksCompute) -> None:
    config, outcomes = script(), []

    def deploy() -> None:
        try:
            outcomes.append(Model.deploy(ws, "classifier", [], config, AKS(num_replicas=1), cluster).name)
        except WebserviceException as error:
            outcomes.append(error.status_code)

    threads = [threading.Thread(target=deploy) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [409, 409, "classifier"]


def test_a_request_that_waits_too_long_gets_a_503(ws: Workspace, cluster: AksCompute) -> None:
    held = Path("held").absolute()
    held.touch()
    text = (
        "import os, time\ndef init(): pass\ndef run(data):\n    while os.path.exists(HELD):\n        time.sleep(0.01)\n"
    )
    text = text.replace("HELD", repr(str(held)))
    service = deployed(ws, cluster, text, num_replicas=1, max_request_wait_time=200, auth_enabled=False)
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(requests.post(str(service.scoring_uri), "", timeout=30).status_code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: statuses)
    assert statuses == [503]
    held.unlink()
    for thread in threads:
        thread.join()
    assert statuses == [503, 200]


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
    assert (data["isDefault"], data["trafficPercentile"], data["versionType"]) == (None, None, None)
    assert isinstance(Webservice.deserialize(ws, data), AksWebservice)

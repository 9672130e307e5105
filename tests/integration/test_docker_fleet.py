"""ACI and AKS services on Docker: replicas as containers, changed, killed and scaled under load."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.engines.docker import client as clients
from aml_nb.engines.front import control
from aml_nb.errors import WebserviceException
from tests import certificates
from tests.integration.deploying import BODY, Load, registered, script, until
from tests.integration.docking import containers_of, docker
from tests.integration.fleets import (
    WHO,
    cluster,
    controller,
    ended,
    fleet,
    folder_of,
    front_of,
    running,
    settled,
    state_of,
    who,
)


@pytest.fixture(autouse=True)
def on_docker(require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    require("docker")
    require("haproxy")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")


def lost(load: Load) -> int:
    return len(load.failures)


def test_replicas_share_the_requests_and_leave_nothing_behind(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=2)
    settled(service, 2)
    hosts = {service.run(BODY)["who"] for _ in range(10)}
    found = containers_of(service)
    assert hosts == {str(container.attrs["Config"]["Hostname"]) for container in found}
    for container in found:
        facts = container.attrs
        assert facts["HostConfig"]["Memory"] == int(0.3 * 1024**3)
        assert facts["HostConfig"]["RestartPolicy"]["Name"] == "always"
        assert not any(facts["NetworkSettings"]["Ports"].values())
        assert facts["Config"]["Labels"]["amlServiceName"] == "fleet"
    (network,) = {name for c in found for name in c.attrs["NetworkSettings"]["Networks"]}
    pid, master = controller(service), control.processes(front_of(service).folder).master
    service.delete()
    until(lambda: ended(pid) and ended(master))
    assert containers_of(service) == []
    assert network not in docker("network", "ls", "--format", "{{.Name}}").split()


def test_updates_under_load_lose_nothing(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=2)
    before = {container.id for container in containers_of(service)}
    with Load(str(service.scoring_uri)) as load:
        who(2)
        service.update(inference_config=who(2), models=[Model(ws, "greeting")])
        service.wait_for_deployment()
        until(lambda: load.answers[-1]["version"] == 2)
        service.update(scoring_timeout_ms=20_000, replica_max_concurrent_requests=2)
        service.wait_for_deployment()
        settled(service, 2)
        until(lambda: len(load.answers) > 1000)
    assert load.failures == []
    assert {answer["version"] for answer in load.answers} == {1, 2}
    assert not before & {container.id for container in containers_of(service)}


def test_a_number_of_replicas_needs_no_new_containers(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=1)
    (first,) = containers_of(service)
    with Load(str(service.scoring_uri)) as load:
        service.update(num_replicas=3)
        service.wait_for_deployment()
        settled(service, 3)
        assert first.id in {container.id for container in containers_of(service)}
        service.update(num_replicas=1, tags={"new": "tag"})
        service.wait_for_deployment()
        settled(service, 1)
    assert load.failures == []
    assert [container.id for container in containers_of(service)] == [first.id]


def test_a_revision_that_does_not_start_is_put_away(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=2)
    before = {container.id for container in containers_of(service)}
    with Load(str(service.scoring_uri)) as load:
        service.update(inference_config=script("def init():\n    raise ValueError('no model')\ndef run(data): pass\n"))
        with pytest.raises(WebserviceException, match="no model") as caught:
            service.wait_for_deployment()
        settled(service, 2)
    assert load.failures == []
    assert {answer["version"] for answer in load.answers} == {1}
    assert caught.value.source is not None and caught.value.source.line == 2
    assert {container.id for container in containers_of(service)} == before
    service.update(inference_config=who(3))
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 3


def test_a_service_that_does_not_start_tells_the_line(ws: Workspace) -> None:
    service = Model.deploy(
        ws,
        "broken",
        [],
        script("import json\ndef init():\n    1 / 0\ndef run(data): pass\n"),
        AciWebservice.deploy_configuration(),
    )
    with pytest.raises(WebserviceException, match="ZeroDivisionError|division by zero") as caught:
        service.wait_for_deployment()
    assert caught.value.source is not None and caught.value.source.line == 3
    assert service.state == "Failed"
    until(lambda: containers_of(service) == [])
    assert "division by zero" in service.get_logs()
    service.update(inference_config=who(2))
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 2


@pytest.mark.parametrize("how", ["kill", "remove", "restart"])
def test_a_container_that_ends_costs_what_it_computes(ws: Workspace, how: str) -> None:
    service = fleet(ws, num_replicas=2)
    settled(service, 2)
    victim = running(service)[0]
    with Load(str(service.scoring_uri)) as load:
        if how == "kill":
            os.kill(int(victim.attrs["State"]["Pid"]), signal.SIGKILL)
        else:
            victim.remove(force=True) if how == "remove" else victim.restart(timeout=0)
        so_far = len(load.answers)
        until(lambda: len(load.answers) > so_far + 300)
        until(lambda: front_of(service).stats().idle or len(load.answers) > so_far + 500)
        settled(service, 2)
        so_far = len(load.answers)
        until(lambda: len({answer["who"] for answer in load.answers[so_far:]}) == 2)
    assert lost(load) <= 1, load.failures
    assert service.state == "Healthy"
    ids = {container.id for container in containers_of(service)}
    assert (victim.id in ids) is (how != "remove")


def test_a_container_that_is_restarted_in_peace_costs_nothing(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=2)
    settled(service, 2)
    victim = running(service)[0]
    with Load(str(service.scoring_uri)) as load:
        victim.restart(timeout=10)
        so_far = len(load.answers)
        until(lambda: len({answer["who"] for answer in load.answers[so_far:]}) == 2)
    assert load.failures == []


def test_the_autoscaler_follows_the_load(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_SCALE_DOWN_SECONDS", "2")
    service = fleet(
        ws, autoscale_enabled=True, autoscale_min_replicas=1, autoscale_max_replicas=3, autoscale_refresh_seconds=1
    )
    settled(service, 1)
    with Load(str(service.scoring_uri), threads=4, body=json.dumps({"sleep": 0.2})) as load:
        settled(service, 3)
    assert load.failures == []
    settled(service, 1)
    said = (folder_of(service) / "service.log").read_text()
    assert "The load asks for 2 replicas; there were 1." in said


def test_a_controller_that_is_killed_is_missed_by_nobody(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=2)
    settled(service, 2)
    before = {container.id for container in containers_of(service)}
    pid = controller(service)
    with Load(str(service.scoring_uri)) as load:
        os.kill(pid, signal.SIGKILL)
        so_far = len(load.answers)
        until(lambda: len(load.answers) > so_far + 100)
        found = Webservice(ws, "fleet")
        until(lambda: ended(pid))
        until(lambda: (found.update_deployment_state(), found.state)[1] == "Healthy")
        assert controller(service) != pid
        settled(service, 2)
        assert {container.id for container in containers_of(service)} == before
        service.update(inference_config=who(2))
        service.wait_for_deployment()
    assert load.failures == []
    assert service.run(BODY)["version"] == 2


def test_a_controller_killed_in_a_rollout_finishes_it(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=2)
    settled(service, 2)
    with Load(str(service.scoring_uri)) as load:
        service.update(inference_config=who(2))
        until(lambda: len(containers_of(service)) > 2)
        os.kill(controller(service), signal.SIGKILL)
        until(lambda: (service.update_deployment_state(), load.answers[-1]["version"])[1] == 2)
        settled(service, 2)
    assert load.failures == []


def test_haproxy_that_is_killed_comes_back_at_its_port(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=1)
    uri = service.scoring_uri
    os.killpg(control.processes(front_of(service).folder).master, signal.SIGKILL)
    until(lambda: front_of(service).alive())
    assert service.scoring_uri == uri
    assert service.run(BODY)["version"] == 1


def test_waiting_too_long_and_computing_too_long(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=1, max_request_wait_time=300, scoring_timeout_ms=4000)
    uri = str(service.scoring_uri)
    answers: list[requests.Response] = []
    slow = threading.Thread(target=lambda: answers.append(requests.post(uri, json.dumps({"sleep": 30}), timeout=30)))
    slow.start()
    until(lambda: not front_of(service).stats().idle)
    started = time.monotonic()
    turned_away = requests.post(uri, BODY, timeout=30)
    assert turned_away.status_code == 503 and "message" in turned_away.json()
    assert time.monotonic() - started > 0.2 and not answers
    slow.join()
    assert answers[0].status_code == 500
    assert answers[0].json() == {"message": "Scoring timeout after 4000 ms"}


STUCK = """
import json, os, signal
def init(): pass
def run(data):
    if json.loads(data).get("stop"):
        os.kill(os.getpid(), signal.SIGSTOP)
    return {"version": 1}
"""


def test_a_replica_that_does_not_answer_its_probes_is_restarted(ws: Workspace) -> None:
    probe = {"period_seconds": 1, "initial_delay_seconds": 1, "timeout_seconds": 1, "failure_threshold": 2}
    service = fleet(ws, STUCK, num_replicas=1, scoring_timeout_ms=60_000, **probe)
    (container,) = containers_of(service)
    began = container.attrs["State"]["StartedAt"]
    stop = threading.Thread(target=lambda: requests.post(str(service.scoring_uri), json.dumps({"stop": True})))
    stop.start()
    until(lambda: containers_of(service)[0].attrs["State"]["StartedAt"] != began)
    stop.join(30)
    settled(service, 1)
    assert service.run(BODY) == {"version": 1}
    assert "it is restarted" in (folder_of(service) / "service.log").read_text()


def test_new_keys_need_no_restart(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=2, auth_enabled=True)
    settled(service, 2)
    old, _ = service.get_keys()
    uri = str(service.scoring_uri)

    def status(key: str) -> set[int]:
        headers = {"Authorization": f"Bearer {key}"}
        return {requests.post(uri, BODY, headers=headers, timeout=10).status_code for _ in range(6)}

    assert status(old) == {200}
    before = {container.id for container in containers_of(service)}
    service.regen_key("Primary")
    until(lambda: status(old) == {401})
    assert status(service.get_keys()[0]) == {200}
    assert {container.id for container in containers_of(service)} == before


def test_tls(ws: Workspace, tmp_path: Path) -> None:
    files = certificates.make(tmp_path, cname="localhost")
    config = AciWebservice.deploy_configuration(
        cpu_cores=0.2,
        memory_gb=0.3,
        ssl_enabled=True,
        ssl_cert_pem_file=files.certificate,
        ssl_key_pem_file=files.key,
        ssl_cname=files.cname,
    )
    service = Model.deploy(ws, "secure", [registered(ws)], script(WHO), config)
    service.wait_for_deployment()
    uri = str(service.scoring_uri)
    assert uri.startswith("https://")
    assert requests.post(uri, BODY, verify=files.certificate, timeout=10).json()["version"] == 1


def test_services_of_a_workspace_have_addresses_of_their_own(ws: Workspace) -> None:
    """They share a network, which is there for as long as one of them is."""
    target = cluster(ws)
    service = fleet(ws, target=target, num_replicas=1)
    other = Model.deploy(ws, "other", [], script(WHO), AciWebservice.deploy_configuration(cpu_cores=0.2, memory_gb=0.3))
    other.wait_for_deployment()
    assert service.scoring_uri != other.scoring_uri
    other.delete()
    assert service.run(BODY)["version"] == 1
    (network,) = containers_of(service)[0].attrs["NetworkSettings"]["Networks"]
    assert clients.connect().networks.list(names=[network])


def test_a_paused_container_gets_no_requests(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=2)
    settled(service, 2)
    victim = running(service)[0]
    hostname = str(victim.attrs["Config"]["Hostname"])
    victim.pause()
    try:
        until(lambda: state_of(service)["replicas"]["ready"] == 1)
        assert {service.run(BODY)["who"] for _ in range(6)}.isdisjoint({hostname})
    finally:
        victim.unpause()
    settled(service, 2)
    until(lambda: service.run(BODY)["who"] == hostname)


def test_a_service_without_its_controller_is_deleted_whole(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=1)
    (network,) = containers_of(service)[0].attrs["NetworkSettings"]["Networks"]
    master, pid = control.processes(front_of(service).folder).master, controller(service)
    os.kill(pid, signal.SIGKILL)
    until(lambda: ended(pid))
    service.delete()
    until(lambda: ended(master))
    assert containers_of(service) == []
    assert network not in docker("network", "ls", "--format", "{{.Name}}").split()


def test_a_service_whose_folder_was_removed_leaves_nothing_behind(ws: Workspace) -> None:
    service = fleet(ws, num_replicas=1)
    master, pid = control.processes(front_of(service).folder).master, controller(service)
    shutil.rmtree(folder_of(service), ignore_errors=True)
    until(lambda: ended(pid))
    assert ended(master)
    assert containers_of(service) == []
    assert not folder_of(service).exists()
    service.delete()

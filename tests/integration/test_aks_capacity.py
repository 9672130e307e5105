"""What a cluster has room for: who is Unschedulable and why, and what happens when there is room again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, Webservice, clusters, services
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, registered, script, until, version

AKS = AksWebservice.deploy_configuration


@pytest.fixture
def cluster(ws: Workspace) -> AksCompute:
    """One node that gives services 3.86 cores and 10.85 GB."""
    config = AksCompute.provisioning_configuration(agent_count=1, cluster_purpose="DevTest")
    made = ComputeTarget.create(ws, "one-node", config)
    assert isinstance(made, AksCompute)
    return made


def deploy(ws: Workspace, cluster: AksCompute, name: str, number: int = 1, **options: Any) -> AksWebservice:
    options = {"num_replicas": 1, **options}
    service: AksWebservice = Model.deploy(ws, name, [], version(number), AKS(**options), cluster)
    return service


def test_one_that_asks_for_more_than_a_node_has(ws: Workspace, cluster: AksCompute) -> None:
    service = deploy(ws, cluster, "greedy", cpu_cores=4, memory_gb=1)
    assert service.state == "Unschedulable"

    with pytest.raises(WebserviceException) as caught:
        service.wait_for_deployment(show_output=True)

    message = caught.value.message
    assert "polling reached non-successful terminal state, current service state: Unschedulable" in message
    assert "0/1 nodes are available: 1 Insufficient cpu." in message
    assert "asks for 1 x 4 cores, 1 GB" in message and "3.86 cores, 10.85 GB" in message
    assert '"code": "KubernetesDeploymentFailed"' in message and '"code": "Unschedulable"' in message
    assert "cpu_cores" in str(caught.value.hint)
    found = Webservice(ws, "greedy")
    assert (found.state, found.scoring_uri) == ("Unschedulable", None)
    assert "Insufficient cpu" in found.error["message"]
    assert "Nothing runs for greedy: 0/1 nodes are available" in found.get_logs()
    assert not (ws._folder / "services" / "greedy" / "service.json").exists()
    assert len(found.get_keys()) == 2
    with pytest.raises(WebserviceException, match="Current state: Unschedulable"):
        found.run(BODY)
    found.delete()
    assert ws.webservices == {}


def test_room_is_made_by_a_deletion(engine: str, ws: Workspace, cluster: AksCompute) -> None:
    deploy(ws, cluster, "first", cpu_cores=2).wait_for_deployment()
    second = deploy(ws, cluster, "second", 2, cpu_cores=3)
    keys = second.get_keys()
    told = str(second.error)
    assert second.state == "Unschedulable" and "held by first (1 x 2 cores, 0.5 GB)" in told
    Path("score.py").unlink()  # what was deployed is kept, whatever becomes of the user's file

    Webservice(ws, "first").delete()

    found = until(lambda: (now := Webservice(ws, "second")).state == "Healthy" and now)
    assert found.run(BODY)["version"] == 2 and found.get_keys() == keys
    second.update_deployment_state()
    assert (second.state, second.error) == ("Healthy", None)


def test_it_is_scheduled_when_somebody_looks(ws: Workspace, cluster: AksCompute) -> None:
    first = deploy(ws, cluster, "first", cpu_cores=2)
    first.wait_for_deployment()
    second = deploy(ws, cluster, "second", 2, cpu_cores=3)
    # What deletes a service without looking after the others: a kernel killed at the right moment.
    from aml_nb.core.webservice.deletion import delete

    delete(ws, "first", look=False)
    assert ws._store.records("webservice").get("second")["unschedulable"]

    second.wait_for_deployment()

    assert second.run(BODY)["version"] == 2


def test_room_is_made_by_an_update_or_by_nodes(ws: Workspace, cluster: AksCompute) -> None:
    first = deploy(ws, cluster, "first", cpu_cores=1, num_replicas=3)
    first.wait_for_deployment()
    second = deploy(ws, cluster, "second", 2, cpu_cores=1.5)
    assert second.state == "Unschedulable"
    first.update(num_replicas=2)
    first.wait_for_deployment()
    until(lambda: Webservice(ws, "second").state == "Healthy")

    third = deploy(ws, cluster, "third", 3, cpu_cores=3)
    assert third.state == "Unschedulable"
    cluster._resize(2)
    third.wait_for_deployment()
    assert third.run(BODY)["version"] == 3


def test_one_that_waits_may_ask_for_less(engine: str, ws: Workspace, cluster: AksCompute) -> None:
    service = deploy(ws, cluster, "greedy", cpu_cores=8)
    service.update(cpu_cores=6)
    assert service.state == "Unschedulable" and "asks for 1 x 6 cores" in str(service.error)
    service.update(models=[registered(ws)], inference_config=version(3), cpu_cores=1)
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 3
    assert [model.id for model in service.models] == ["greeting:1"]


@pytest.mark.parametrize("how", ["by an update", "by a look"])
def test_one_whose_start_was_interrupted_waits_again(
    ws: Workspace, cluster: AksCompute, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    first = deploy(ws, cluster, "first", cpu_cores=3)
    service = deploy(ws, cluster, "waiting", 2, cpu_cores=2)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if how == "by a look":
            patched.setattr(clusters, "look", lambda *_: None)
            first.delete()
        patched.setattr(type(services.engine_of(ws, service._record)), "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            service.update(cpu_cores=0.5) if how == "by an update" else Webservice(ws, "waiting")
    found = until(lambda: (now := Webservice(ws, "waiting")).state == "Healthy" and now)
    assert found.run(BODY)["version"] == 2


def test_an_update_that_does_not_fit_changes_nothing(engine: str, ws: Workspace, cluster: AksCompute) -> None:
    service = deploy(ws, cluster, "steady", cpu_cores=1)
    service.wait_for_deployment()

    service.update(models=[], inference_config=version(2), cpu_cores=9)
    with pytest.raises(WebserviceException, match="1 Insufficient cpu") as caught:
        service.wait_for_deployment()

    assert "current service state: Unschedulable" in caught.value.message
    found = Webservice(ws, "steady")
    assert (found.state, found.run(BODY)["version"]) == ("Healthy", 1)
    assert "Insufficient cpu" in found.error["message"]
    assert found.container_resource_requirements.cpu == 1
    found.update(models=[], inference_config=version(3))
    found.wait_for_deployment()
    assert found.run(BODY)["version"] == 3 and Webservice(ws, "steady").error is None


def test_a_deployment_over_one_that_serves_and_does_not_fit(ws: Workspace, cluster: AksCompute) -> None:
    deploy(ws, cluster, "steady", cpu_cores=1).wait_for_deployment()
    again = Model.deploy(ws, "steady", [], version(2), AKS(cpu_cores=9, num_replicas=1), cluster, overwrite=True)
    with pytest.raises(WebserviceException, match="Insufficient cpu"):
        again.wait_for_deployment()
    assert Webservice(ws, "steady").run(BODY)["version"] == 1
    over = Model.deploy(ws, "steady", [], version(3), AKS(cpu_cores=3.5, num_replicas=1), cluster, overwrite=True)
    over.wait_for_deployment()
    assert over.run(BODY)["version"] == 3


def test_memory_and_gpus_count_too(ws: Workspace, cluster: AksCompute) -> None:
    assert "1 Insufficient memory." in str(deploy(ws, cluster, "large", memory_gb=12).error)
    assert "1 Insufficient nvidia.com/gpu." in str(deploy(ws, cluster, "with-gpu", gpu_cores=1).error)


def test_an_autoscaler_goes_as_far_as_there_is_room(ws: Workspace, cluster: AksCompute) -> None:
    def most(name: str) -> int:
        return int(ws._store.records("webservice").get(name)["spec"]["scaling"]["maximum"])

    options = {"num_replicas": None, "autoscale_enabled": True, "autoscale_max_replicas": 10, "cpu_cores": 1}
    service = deploy(ws, cluster, "elastic", **options)
    service.wait_for_deployment()
    assert most("elastic") == 3
    assert service.autoscaler is not None and service.autoscaler.max_replicas == 10

    other = deploy(ws, cluster, "other", cpu_cores=1.5)
    other.wait_for_deployment()
    assert most("elastic") == 2
    other.delete()
    assert most("elastic") == 3
    assert Webservice(ws, "elastic").run(BODY)["version"] == 1


def test_services_on_aci_need_no_room(ws: Workspace, cluster: AksCompute) -> None:
    service = Model.deploy(ws, "on-aci", [], script(), AciWebservice.deploy_configuration(cpu_cores=16))
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 1


def test_a_workspace_with_one_that_waits_is_deleted(ws: Workspace, cluster: AksCompute) -> None:
    deploy(ws, cluster, "first", cpu_cores=3).wait_for_deployment()
    deploy(ws, cluster, "second", cpu_cores=3)
    ws.delete()
    assert not ws._folder.exists()

"""Compute targets: made, found, listed, waited for, deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aml_nb.core.compute import AksCompute, AmlCompute, ComputeTarget
from aml_nb.core.compute.amlcompute import AmlComputeStatus
from aml_nb.core.compute.vm_sizes import find, listed
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, NotAvailableError, UserErrorException


def aks(ws: Workspace, name: str = "aks-cluster", **options: Any) -> Any:
    return ComputeTarget.create(ws, name, AksCompute.provisioning_configuration(**options))


def aml(ws: Workspace, name: str = "cpu-cluster", **options: Any) -> Any:
    return ComputeTarget.create(ws, name, AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", **options))


def test_a_cluster_is_there_at_once(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    made = aks(ws, location="eastus")
    capsys.readouterr()

    made.wait_for_completion(show_output=True)

    assert capsys.readouterr().out == 'SucceededProvisioning operation finished, operation "Succeeded"\n'
    assert (made.provisioning_state, made.provisioning_errors, made.type) == ("Succeeded", None, "AKS")
    assert (made.agent_count, made.agent_vm_size, made.cluster_purpose) == (3, "Standard_D3_v2", "FastProd")
    assert made.cluster_location == "eastus"


def test_getters_know_their_class(ws: Workspace) -> None:
    aks(ws)
    aml(ws)
    assert type(ComputeTarget(ws, "aks-cluster")) is AksCompute
    assert type(ComputeTarget(workspace=ws, name="cpu-cluster")) is AmlCompute
    assert type(AksCompute(ws, "aks-cluster")) is AksCompute
    assert list(ws.compute_targets) == ["aks-cluster", "cpu-cluster"]
    assert ws.compute_targets["cpu-cluster"].type == "AmlCompute"
    with pytest.raises(ComputeTargetException, match="of type AKS, not AmlCompute"):
        AmlCompute(ws, "aks-cluster")


def test_a_target_that_is_not_there(ws: Workspace) -> None:
    with pytest.raises(ComputeTargetException) as caught:
        ComputeTarget(ws, "missing")
    assert caught.value.message == (
        "ComputeTargetNotFound: Compute Target with name missing not found in provided workspace"
    )


@pytest.mark.parametrize("name", ["local", "amlcompute", "containerinstance"])
def test_reserved_names(ws: Workspace, name: str) -> None:
    with pytest.raises(UserErrorException, match="reserved"):
        aks(ws, name)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"agent_count": 0}, "agent count"),
        ({"agent_count": 2}, "at least 12 virtual CPUs"),
        ({"agent_count": 3, "vm_size": "Standard_D2_v2"}, "3 x Standard_D2_v2 have 6"),
        ({"cluster_purpose": "Prod"}, "cluster_purpose must be one of FastProd, DevTest"),
        ({"vm_size": "huge"}, "Invalid VM size"),
        ({"vnet_name": "net"}, "given together"),
        ({"load_balancer_type": "None"}, "load_balancer_type"),
        ({"ssl_cname": "example.org"}, "given together"),
    ],
)
def test_clusters_that_cannot_be_made(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ComputeTargetException, match=told):
        AksCompute.provisioning_configuration(**options)


def test_small_clusters_are_for_development(ws: Workspace) -> None:
    made = aks(ws, agent_count=1, vm_size="Standard_D2_v2", cluster_purpose=AksCompute.ClusterPurpose.DEV_TEST)
    assert (made.agent_count, made.cluster_purpose) == (1, "DevTest")


def test_sizes() -> None:
    assert find("standard_nc6") == ("Standard_NC6", 6, 56, 1)
    assert find("D3_v2").cores == 4
    assert find("Standard_D48_v9").cores == 48
    with pytest.raises(ComputeTargetException) as caught:
        find("Standart_D3_v2")
    assert "Standard_D3_v2" in str(caught.value.hint)


def test_a_name_that_is_there_is_handed_back(ws: Workspace) -> None:
    first = aks(ws)
    assert aks(ws).id == first.id
    with pytest.raises(UserErrorException, match="of type AKS exists"):
        aml(ws, "aks-cluster")


def test_amlcompute_waits_and_tells_as_v1(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    made = aml(ws, min_nodes=1, max_nodes=4)
    capsys.readouterr()
    made.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)
    assert capsys.readouterr().out == (
        "Succeeded\nAmlCompute wait for completion finished\n\n"
        "Minimum number of nodes requested have been provisioned\n"
    )


def test_the_status_of_a_cluster_for_runs(ws: Workspace) -> None:
    status = aml(ws, min_nodes=1, max_nodes=4, idle_seconds_before_scaledown=600).get_status()
    data = status.serialize()
    assert (data["currentNodeCount"], data["nodeStateCounts"]["idleNodeCount"]) == (1, 1)
    assert data["scaleSettings"] == {"minNodeCount": 1, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT600S"}
    assert AmlComputeStatus.deserialize(json.loads(json.dumps(data))).serialize() == data


def test_scale_settings_change(ws: Workspace) -> None:
    made = aml(ws, max_nodes=2)
    made.update(max_nodes=6, idle_seconds_before_scaledown=60)
    assert ComputeTarget(ws, made.name).scale_settings.maximum_node_count == 6
    with pytest.raises(ComputeTargetException, match="above"):
        made.update(min_nodes=7)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "vm_size is required"),
        ({"vm_size": "STANDARD_D2_V2", "vm_priority": "high"}, "vm_priority"),
        ({"vm_size": "STANDARD_D2_V2", "min_nodes": 3, "max_nodes": 2}, "above"),
        ({"vm_size": "STANDARD_D2_V2", "max_nodes": 0}, "one or more"),
        ({"vm_size": "STANDARD_D2_V2", "admin_user_password": "x"}, "admin_username"),
        ({"vm_size": "STANDARD_D2_V2", "idle_seconds_before_scaledown": -1}, "whole number of seconds"),
        ({"vm_size": "STANDARD_D2_V2", "idle_seconds_before_scaledown": "10"}, "whole number of seconds"),
    ],
)
def test_clusters_for_runs_that_cannot_be_made(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ComputeTargetException, match=told):
        AmlCompute.provisioning_configuration(**options)


def test_a_password_is_not_kept(ws: Workspace) -> None:
    made = aml(ws, admin_username="me", admin_user_password="very secret")
    assert "very secret" not in json.dumps(made.serialize()) + repr(made)


def test_what_is_serialized_comes_back(ws: Workspace) -> None:
    for made in (aks(ws), aml(ws)):
        data = json.loads(json.dumps(made.serialize()))
        again = type(made).deserialize(ws, data)
        assert type(again) is type(made) and again.serialize() == data
    with pytest.raises(ComputeTargetException):
        ComputeTarget.deserialize(ws, {"name": "x"})


def test_a_deleted_target_is_gone(ws: Workspace) -> None:
    made = aks(ws)
    made.delete()
    assert ComputeTarget.list(ws) == []
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        made.delete()
    with pytest.raises(ComputeTargetException, match="created, not attached"):
        made.detach()


def test_attaching_is_not_there_yet(ws: Workspace) -> None:
    with pytest.raises(ComputeTargetException, match="must be given"):
        AksCompute.attach_configuration()
    config = AksCompute.attach_configuration(resource_group="group", cluster_name="cluster")
    with pytest.raises(NotAvailableError):
        ComputeTarget.attach(ws, "attached", config)


def test_sizes_are_listed_with_the_keys_of_v1() -> None:
    sizes = {size["name"]: size for size in listed()}
    assert sizes["Standard_D2_v2"] == {
        "name": "Standard_D2_v2",
        "vCPUs": 2,
        "gpus": 0,
        "memoryGB": 7,
        "maxResourceVolumeMB": 102400,
    }
    disks = {name: size["maxResourceVolumeMB"] for name, size in sizes.items()}
    assert (disks["Standard_NC6"], disks["Standard_DS3_v2"], disks["Standard_D4_v4"]) == (389120, 28672, 0)

"""Compute of Azure: the classes import and are looked up as in v1; to attach it is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import aml_nb.core.compute as compute
from aml_nb.core.compute import ComputeTarget
from aml_nb.core.compute.elsewhere.kubernetescompute import KubernetesComputeStatus
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, NotAvailableError

ATTACHED = {
    "AdlaCompute": {"resource_group": "g", "account_name": "a"},
    "BatchCompute": {"resource_id": "/subscriptions/x"},
    "DataFactoryCompute": {"resource_group": "g", "factory_name": "f"},
    "DatabricksCompute": {"resource_group": "g", "workspace_name": "w", "access_token": "t"},
    "HDInsightCompute": {"username": "me", "address": "example.org"},
    "KubernetesCompute": {"resource_id": "/subscriptions/x"},
    "KustoCompute": {"resource_group": "g", "workspace_name": "w"},
    "RemoteCompute": {"username": "me", "address": "example.org", "ssh_port": 22},
    "SynapseCompute": {"linked_service": object(), "type": "SynapseSpark", "pool_name": "p"},
}


@pytest.mark.parametrize("name", [*ATTACHED, "DsvmCompute"])
def test_looking_one_up_says_that_it_is_not_there(ws: Workspace, name: str) -> None:
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        getattr(compute, name)(ws, "mine")


@pytest.mark.parametrize(("name", "options"), ATTACHED.items())
def test_attaching_is_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(NotAvailableError, match=f"{name}: compute of Azure cannot be attached"):
        getattr(compute, name).attach_configuration(**options)


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("BatchCompute", {}, "resource_id or resource_group and account_name must be given"),
        ("BatchCompute", {"resource_group": "g"}, "account_name must be given with resource_group"),
        ("KustoCompute", {"resource_id": "x", "workspace_name": "w"}, "not both"),
        ("RemoteCompute", {"username": ""}, "username must be given"),
        ("DatabricksCompute", {"resource_id": "x"}, "access_token must be given"),
        ("KubernetesCompute", {}, "resource_id must be given"),
        ("SynapseCompute", {"linked_service": object(), "type": "Other", "pool_name": "p"}, "SynapseSpark"),
    ],
)
def test_what_cannot_be_right_is_told_first(name: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ComputeTargetException, match=told):
        getattr(compute, name).attach_configuration(**options)


@pytest.mark.parametrize(
    "call",
    [
        lambda ws: compute.DsvmCompute.provisioning_configuration("STANDARD_D2_V2"),
        lambda ws: compute.RemoteCompute.attach(ws, "mine", "me", "example.org"),
        lambda ws: compute.AdlaCompute.attach(ws, "mine", "/subscriptions/x"),
    ],
)
def test_other_ways_to_have_one_are_refused_too(ws: Workspace, call: Callable[[Workspace], Any]) -> None:
    with pytest.raises(NotAvailableError):
        call(ws)
    assert ComputeTarget.list(ws) == []


def test_a_data_factory_is_a_name_for_steps_that_copy(ws: Workspace) -> None:
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        compute.DataFactoryCompute(ws, "adf")
    made = ComputeTarget.create(ws, "adf", compute.DataFactoryCompute.provisioning_configuration(location="eastus"))
    made.wait_for_completion()
    found = compute.DataFactoryCompute(ws, "adf")
    assert (found.type, found.provisioning_state) == ("DataFactory", "Succeeded")
    with pytest.raises(ComputeTargetException, match="cannot be submitted"):
        found._place()
    found.delete()
    assert ComputeTarget.list(ws) == []


def test_a_status_survives_json() -> None:
    data = {
        "creationTime": "2020-01-01T00:00:00+00:00",
        "modifiedTime": "2020-01-02T00:00:00+00:00",
        "provisioningState": "Succeeded",
    }
    assert KubernetesComputeStatus.deserialize(data).serialize() == data

"""Compute instances: this machine under a name, started and stopped."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from aml_nb.core.compute import ComputeInstance, ComputeTarget
from aml_nb.core.compute.computeinstance_status import ComputeInstanceStatus
from aml_nb.core.compute.places import place
from aml_nb.core.compute.pool import Pool
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.user import user
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, UserErrorException


def instance(ws: Workspace, name: str = "my-instance", **options: Any) -> ComputeInstance:
    made = ComputeTarget.create(ws, name, ComputeInstance.provisioning_configuration(**options))
    assert isinstance(made, ComputeInstance)
    return made


def test_it_is_there_and_runs(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    made = instance(ws, vm_size="Standard_D3_v2", ssh_public_access=False, tags={"of": "me"})
    capsys.readouterr()
    made.wait_for_completion(show_output=True)
    assert capsys.readouterr().out == 'SucceededProvisioning operation finished, operation "Succeeded"\n'
    found = ComputeInstance(ws, "my-instance")
    assert (found.vm_size, found.ssh_public_access, found.type) == ("STANDARD_D3_V2", "Disabled", "ComputeInstance")
    assert found.get_status().state == "Running" and found.get_status().created_by_user_name == user()
    assert "my-instance" in str(found) and "STANDARD_D3_V2" in found._repr_html_()
    data = json.loads(json.dumps(found.get_status().serialize()))
    assert ComputeInstanceStatus.deserialize(data).serialize() == data
    assert ComputeTarget.deserialize(ws, json.loads(json.dumps(found.serialize()))).serialize() == found.get()


def test_it_stops_with_its_runs_and_starts_again(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    made = instance(ws)
    assert place(ws, made.name) == ("pool", made.name, None, 1)
    assert [node.state for node in Pool(ws._folder, made.name).nodes()] == ["idle"]
    runs = RunRecords(ws._store)
    runs.create(RunRecord("on", "exp", "id", status="Queued", target=made.name))
    with contextlib.closing(RunFolder(ws, "on").hold(keep=False)):
        made.stop(wait_for_completion=True, show_output=True)
    assert capsys.readouterr().out == "Stopped\n"
    assert made.get_status().state == "Stopped" and getattr(runs.get("on"), "status", None) == "CancelRequested"
    with pytest.raises(ComputeTargetException, match="is Stopped; it runs nothing") as refused:
        place(ws, made.name)
    assert "start()" in str(refused.value.hint)
    made.start()
    assert place(ws, made.name).kind == "pool"
    made.restart()
    assert ComputeInstance(ws, made.name).status.state == "Running"
    made.delete(wait_for_completion=True)
    assert 'operation "Succeeded"' in capsys.readouterr().out
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        made.start()


@pytest.mark.parametrize("name", ["ab", "1st", "a_b", "a" * 25])
def test_names_that_are_none(ws: Workspace, name: str) -> None:
    with pytest.raises(ComputeTargetException, match="3 to 24 letters"):
        instance(ws, name)


def test_reserved_names(ws: Workspace) -> None:
    with pytest.raises(UserErrorException, match="reserved"):
        instance(ws, "containerinstance")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"vm_size": "huge"}, "Invalid VM size"),
        ({"vnet_name": "net"}, "given together"),
        ({"ssh_public_access": True}, "admin_user_ssh_public_key is required"),
        ({"admin_user_ssh_public_key": "ssh-rsa A"}, "no effect without ssh_public_access"),
        ({"assigned_user_object_id": "x"}, "given together"),
    ],
)
def test_instances_that_cannot_be_made(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ComputeTargetException, match=told):
        ComputeInstance.provisioning_configuration(**options)

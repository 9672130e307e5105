"""The core quota: a cluster beyond it is there, Failed, with Azure's error."""

from __future__ import annotations

import json

import pytest

from aml_nb.core.compute import AksCompute, ComputeTarget, quota
from aml_nb.core.model import Model
from aml_nb.core.webservice import AksWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, UserErrorException, WebserviceException
from tests.integration.deploying import script

EXCEEDED = (
    "Operation results in exceeding quota limits of Core. Maximum allowed: 20, Current in use: 12, "
    "Additional requested: 12."
)


def cluster(ws: Workspace, name: str, **options: object) -> AksCompute:
    made = ComputeTarget.create(ws, name, AksCompute.provisioning_configuration(**options))  # type: ignore[arg-type]
    assert isinstance(made, AksCompute)
    return made


def test_a_cluster_beyond_the_quota_fails(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    quota.set_limit(ws, 20)
    cluster(ws, "first").wait_for_completion()
    second = cluster(ws, "second")
    capsys.readouterr()

    with pytest.raises(ComputeTargetException) as caught:
        second.wait_for_completion(show_output=True)

    assert capsys.readouterr().out == 'FailedProvisioning operation finished, operation "Failed"\n'
    assert EXCEEDED in caught.value.message and "QuotaExceeded" in caught.value.message
    assert "%aml quota" in str(caught.value.hint)
    found = ws.compute_targets["second"]
    assert found.provisioning_state == "Failed"
    assert found.provisioning_errors[0]["error"]["details"] == [{"code": "QuotaExceeded", "message": EXCEEDED}]
    assert json.loads(json.dumps(found.serialize()))["properties"]["provisioningState"] == "Failed"


def test_nothing_is_deployed_to_a_cluster_that_failed(ws: Workspace) -> None:
    quota.set_limit(ws, 4)
    failed = cluster(ws, "small")
    with pytest.raises(WebserviceException, match=r"provisioning state Failed.*Additional requested: 12"):
        Model.deploy(ws, "echo", [], script(), AksWebservice.deploy_configuration(), failed)
    with pytest.raises(ComputeTargetException, match="non-successful terminal state"):
        failed._resize(1)


def test_room_is_made_by_a_deletion_or_by_more_quota(ws: Workspace) -> None:
    quota.set_limit(ws, 12)
    first = cluster(ws, "first")
    cluster(ws, "second").delete()
    first.delete()
    assert cluster(ws, "second").provisioning_state == "Succeeded"
    assert quota.used(ws) == 12
    quota.set_limit(ws, None)
    assert cluster(ws, "third").provisioning_state == "Succeeded"


def test_the_variable_goes_before_the_setting(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert quota.limit(ws) == quota.DEFAULT
    quota.set_limit(ws, 8)
    assert quota.limit(ws) == 8
    monkeypatch.setenv("AML_NB_CORE_QUOTA", "40")
    assert quota.limit(ws) == 40
    monkeypatch.setenv("AML_NB_CORE_QUOTA", "many")
    with pytest.raises(UserErrorException, match="whole number"):
        quota.limit(ws)
    with pytest.raises(UserErrorException, match="whole number"):
        quota.set_limit(ws, -1)


def test_a_cluster_grows_within_the_quota_only(ws: Workspace) -> None:
    quota.set_limit(ws, 16)
    made = cluster(ws, "grows")
    made._resize(4)
    assert ComputeTarget(ws, "grows").agent_count == 4
    with pytest.raises(ComputeTargetException, match="Current in use: 16, Additional requested: 4"):
        made._resize(5)
    with pytest.raises(ComputeTargetException, match="one node or more"):
        made._resize(0)

"""``Model.deploy(..., overwrite=True)`` over a service that serves: it does so until the new one can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.engines import supervisor
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, Load, registered, script, until, version

ACI, AKS = AciWebservice.deploy_configuration, AksWebservice.deploy_configuration
BAD = "def init():\n    raise RuntimeError('not this one')\ndef run(data):\n    return data\n"


class Deployment:
    """One way to deploy the service ``echo`` over itself."""

    def __init__(self, ws: Workspace, kind: str) -> None:
        self.ws, self.configure = ws, {"ACI": ACI, "AKS": AKS}[kind]
        self.target = None
        self.options: dict[str, Any] = {"auth_enabled": False}
        if kind == "AKS":
            self.options["num_replicas"] = 1
            self.target = ComputeTarget.create(ws, "cluster", AksCompute.provisioning_configuration())

    def __call__(self, inference_config: Any, models: Any = (), **options: Any) -> Webservice:
        config = self.configure(**{**self.options, **options})
        return Model.deploy(self.ws, "echo", list(models), inference_config, config, self.target, overwrite=True)


@pytest.fixture(params=["ACI", "AKS"])
def deploy(ws: Workspace, request: pytest.FixtureRequest) -> Deployment:
    return Deployment(ws, request.param)


@pytest.mark.usefixtures("engine")
def test_no_request_is_lost_and_the_address_stays(
    ws: Workspace, deploy: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    first = deploy(version(1), [registered(ws)], tags={"only": "first"})
    first.wait_for_deployment(show_output=True)
    assert "Generating deployment configuration" in capsys.readouterr().out

    with Load(first.scoring_uri) as load:
        second = deploy(version(2), [registered(ws, text="second")], description="the second", memory_gb=0.6)
        assert second.state == "Transitioning"
        assert (second.tags, second.description) == ({}, "the second")  # v1's object has what was just asked for
        assert [model.id for model in second.models] == ["greeting:2"]
        second.wait_for_deployment(show_output=True)
        told = capsys.readouterr().out
        assert "revision 2" in told and "Generating" not in told  # what was told of the first is old
        assert second.run(BODY)["version"] == 2

    assert load.failures == []
    assert {answer["version"] for answer in load.answers} <= {1, 2}
    found = Webservice(ws, "echo")
    assert (found.state, found.scoring_uri) == ("Healthy", first.scoring_uri)
    assert (found.tags, found.description) == ({}, "the second")
    assert found.container_resource_requirements.memory_in_gb == 0.6
    assert [model.id for model in found.models] == ["greeting:2"]
    assert found.created_time > first.created_time


@pytest.mark.usefixtures("engine")
def test_one_that_does_not_start_leaves_what_was_there(ws: Workspace, deploy: Deployment) -> None:
    first = deploy(version(1), tags={"area": "iris"})
    first.wait_for_deployment()

    with Load(first.scoring_uri) as load:
        second = deploy(script(BAD, "bad.py"), tags={"area": "digits"})
        with pytest.raises(WebserviceException, match="not this one") as caught:
            second.wait_for_deployment()

    assert caught.value.source is not None
    assert (caught.value.source.path, caught.value.source.line) == (str(Path("bad.py").absolute()), 2)
    assert load.failures == []
    assert "The version that was deployed before goes on serving." in caught.value.message
    assert "goes on serving" in str(caught.value.brief)
    found = Webservice(ws, "echo")
    assert (found.state, found.tags, found.run(BODY)["version"]) == ("Healthy", {"area": "iris"}, 1)
    assert "not this one" in found.get_logs()

    deploy(version(3)).wait_for_deployment()
    assert Webservice(ws, "echo").run(BODY)["version"] == 3


def test_one_whose_files_are_not_there_leaves_what_was_there(ws: Workspace, deploy: Deployment) -> None:
    first = deploy(version(1))
    first.wait_for_deployment()
    with pytest.raises(WebserviceException, match="gone.py"):
        config = version(2)
        config.entry_script = "gone.py"
        deploy(config)
    assert Webservice(ws, "echo").run(BODY)["version"] == 1
    assert first.scoring_uri == Webservice(ws, "echo").scoring_uri


@pytest.mark.usefixtures("engine")
def test_one_whose_kernel_is_killed_before_the_service_hears_of_it_goes_on(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy = Deployment(ws, "ACI")
    deploy(version(1), tags={"area": "iris"}).wait_for_deployment()

    def killed(*_: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(supervisor, "signal", killed)
        deploy(version(2), tags={"area": "digits"})
    until(lambda: Webservice(ws, "echo").tags == {"area": "digits"})
    assert Webservice(ws, "echo").run(BODY)["version"] == 2


def test_keys_stay_unless_others_are_given(ws: Workspace, deploy: Deployment) -> None:
    deploy.options["auth_enabled"] = True
    first = deploy(version(1))
    first.wait_for_deployment()
    primary, secondary = first.get_keys()

    second = deploy(version(2))
    second.wait_for_deployment()
    assert tuple(second.get_keys()) == (primary, secondary)

    third = deploy(version(3), primary_key="a-key-of-my-own")
    third.wait_for_deployment()
    assert tuple(third.get_keys()) == ("a-key-of-my-own", secondary)
    assert Webservice(ws, "echo").run(BODY)["version"] == 3


def test_keys_stay_where_there_is_no_room_for_the_new_one(ws: Workspace) -> None:
    deploy = Deployment(ws, "AKS")
    deploy.options["auth_enabled"] = True
    first = deploy(version(1))
    first.wait_for_deployment()
    keys = first.get_keys()
    with pytest.raises(WebserviceException, match="Insufficient cpu"):
        deploy(version(2), cpu_cores=100, primary_key="a-key-of-my-own").wait_for_deployment()
    assert first.get_keys() == keys
    assert first.run(BODY)["version"] == 1


def test_what_the_engine_cannot_do_of_the_new_one_is_told(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    deploy = Deployment(ws, "ACI")
    deploy(version(1)).wait_for_deployment(show_output=True)
    assert "memory 0.5 GB noted, not enforced" in capsys.readouterr().out
    deploy(version(2), memory_gb=0.7).wait_for_deployment(show_output=True)
    assert "memory 0.7 GB noted, not enforced" in capsys.readouterr().out
    deploy(version(3), memory_gb=0.7).wait_for_deployment(show_output=True)
    assert "not enforced" not in capsys.readouterr().out


def test_over_one_that_failed_it_starts_anew(ws: Workspace, deploy: Deployment) -> None:
    with pytest.raises(WebserviceException) as caught:
        deploy(script(BAD, "bad.py")).wait_for_deployment()
    assert "goes on" not in caught.value.message
    again = deploy(version(1))
    again.wait_for_deployment()
    assert again.run(BODY)["version"] == 1
    assert "not this one" not in again.get_logs()


def test_another_kind_of_service_takes_the_name(ws: Workspace) -> None:
    aci, aks = Deployment(ws, "ACI"), Deployment(ws, "AKS")
    aci(version(1)).wait_for_deployment()
    aks(version(2)).wait_for_deployment()
    found = Webservice(ws, "echo")
    assert (type(found), found.run(BODY)["version"]) == (AksWebservice, 2)

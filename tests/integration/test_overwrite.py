"""``Model.deploy(..., overwrite=True)`` over a service that serves: it does so until the new one can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.engines import supervisor
from aml_nb.engines.process import ProcessEngine
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
            self.options |= {"num_replicas": 1, "max_request_wait_time": 30_000}  # half a second is a pause's length
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


@pytest.mark.usefixtures("engine")
def test_other_keys_open_the_new_one_alone(ws: Workspace) -> None:
    deploy = Deployment(ws, "ACI")
    deploy.options["auth_enabled"] = True
    service = deploy(version(1))
    service.wait_for_deployment()
    primary, secondary = service.get_keys()

    with Load(service.scoring_uri, bearer(primary)) as load:
        with pytest.raises(WebserviceException, match="not this one"):
            deploy(script(BAD, "bad.py"), primary_key="another").wait_for_deployment()
        assert status(service, "another") == 401
    assert load.failures == []
    assert service.get_keys() == (primary, secondary)

    with Load(service.scoring_uri, bearer(secondary)) as load:  # which stays
        deploy(version(2), primary_key="another").wait_for_deployment()
    assert load.failures == []
    assert service.get_keys() == ("another", secondary)
    opens(service, "another", secondary, but=(primary,))
    service.regen_key("Secondary", "the-second")
    assert service.get_keys() == ("another", "the-second")
    opens(service, "another", "the-second", but=(secondary,))
    assert service.run(BODY)["version"] == 2


class Held:
    """A script whose ``init()`` goes on when it is let go; told to, it fails."""

    def __init__(self, folder: Path) -> None:
        self._go = folder / "go"

    def config(self, number: int) -> Any:
        wait = f"import os, time\n    while not os.path.exists({str(self._go)!r}): time.sleep(0.01)"
        wait += f"\n    if open({str(self._go)!r}).read(): raise RuntimeError('not this one')"
        text = f'def init():\n    {wait}\ndef run(data):\n    return {{"version": {number}}}\n'
        return script(text, f"held{number}.py")

    def let_go(self, word: str = "") -> None:
        self._go.with_suffix(".part").write_text(word)
        self._go.with_suffix(".part").rename(self._go)


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path)


@pytest.fixture
def keyed(ws: Workspace) -> Deployment:
    """Ways to deploy a service that asks for keys; it has been deployed once, with keys of the user's."""
    deploy = Deployment(ws, "ACI")
    deploy.options["auth_enabled"] = True
    deploy(version(1), primary_key="first", secondary_key="second").wait_for_deployment()
    return deploy


@pytest.mark.parametrize("fails", [False, True])
def test_a_key_made_anew_while_another_version_starts(keyed: Deployment, held: Held, fails: bool) -> None:
    service = Webservice(keyed.ws, "echo")
    new = keyed(held.config(2), primary_key="another")
    assert new.get_keys() == service.get_keys() == ("first", "second")  # what opens it now
    opens(service, "first", but=("another",))

    service.regen_key("Secondary", "second-anew")
    opens(service, "first", "second-anew", but=("second",))
    held.let_go("fail" if fails else "")
    if fails:
        with pytest.raises(WebserviceException, match="not this one"):
            new.wait_for_deployment()
    else:
        new.wait_for_deployment()
    expected = "first" if fails else "another"
    assert service.get_keys() == new.get_keys() == (expected, "second-anew")
    opens(service, expected, "second-anew", but=("another" if fails else "first", "second"))


def test_a_key_made_anew_is_not_undone_by_a_version_that_was_under_way(keyed: Deployment, held: Held) -> None:
    new = keyed(held.config(2), primary_key="another")
    new.regen_key("Primary", "newest")
    held.let_go()
    new.wait_for_deployment()
    assert new.get_keys() == ("newest", "second")
    opens(new, "newest", but=("another", "first"))


def test_keys_of_one_that_another_overwrites_before_it_serves(keyed: Deployment, held: Held) -> None:
    keyed(held.config(2), primary_key="another")
    third = keyed(version(3))
    third.wait_for_deployment()
    assert third.get_keys() == ("another", "second")  # they were asked for, and nobody asked for others since
    opens(third, "another", but=("first",))


def test_keys_of_one_that_failed_do_not_come_back(keyed: Deployment) -> None:
    service = Webservice(keyed.ws, "echo")
    keyed(script(BAD, "bad.py"), primary_key="another")
    until(lambda: "goes on serving" in service.get_logs())
    third = keyed(version(3), secondary_key="other")  # nobody had looked what became of the second
    third.wait_for_deployment()
    assert third.get_keys() == ("first", "other")
    opens(third, "first", "other", but=("another", "second"))
    folder = ProcessEngine(keyed.ws._folder / "services", lambda *_: None).folder("echo")
    third.regen_key("Primary")
    kept = [path.stat().st_mode & 0o777 for path in folder.path.glob("keys*.json")]
    assert kept == [0o600]  # nor are they kept


def test_keys_of_one_whose_kernel_is_killed_half_way(keyed: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any) -> bool:
        raise KeyboardInterrupt

    service = Webservice(keyed.ws, "echo")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ProcessEngine, "update", killed)
        keyed(version(2), primary_key="another")
    assert service.get_keys() == ("first", "second")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(supervisor, "signal", killed)
        keyed(version(3), primary_key="the-third")
    until(lambda: service.get_keys() == ("the-third", "second"))
    opens(service, "the-third", but=("another", "first"))


def test_who_asked_for_no_key_asks_for_none_where_one_that_would_does_not_start(ws: Workspace) -> None:
    deploy = Deployment(ws, "AKS")
    first = deploy(version(1))
    first.wait_for_deployment()
    with Load(first.scoring_uri) as load, pytest.raises(WebserviceException, match="not this one"):
        deploy(script(BAD, "bad.py"), auth_enabled=True, primary_key="mine").wait_for_deployment()
    assert load.failures == []
    found = Webservice(ws, "echo")
    assert not found.auth_enabled and found.run(BODY)["version"] == 1
    deploy(version(2), auth_enabled=True, primary_key="mine").wait_for_deployment()
    opens(found, "mine", but=("",))
    found.update_deployment_state()
    assert found.auth_enabled and found.get_keys()[0] == "mine" and found.run(BODY)["version"] == 2


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def status(service: Any, key: str) -> int:
    return requests.post(service.scoring_uri, BODY, headers=bearer(key), timeout=30).status_code


def opens(service: Any, *keys: str, but: tuple[str, ...] = ()) -> None:
    """Wait until these keys open it and those do not: a worker that was told so hears it a moment later."""
    expected = [200] * len(keys) + [401] * len(but)
    until(lambda: [status(service, key) for key in (*keys, *but)] == expected)


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

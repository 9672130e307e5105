"""Endpoints: versions behind one address, traffic percentages, rules, keys, tokens, TLS, updates."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.compute.aks_configuration import AksUpdateConfiguration
from aml_nb.core.compute.aks_parts import SslConfiguration
from aml_nb.core.environment import CondaDependencies, Environment
from aml_nb.core.model import Model
from aml_nb.core.webservice import AksEndpoint, AksWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.engines import supervisor
from aml_nb.engines.folder import ServiceFolder
from aml_nb.engines.front import Front, control
from aml_nb.errors import ComputeTargetException, WebserviceException
from tests.certificates import make
from tests.integration.deploying import BODY, Load, registered, script, until, version

ENDPOINT = AksEndpoint.deploy_configuration
BAD = "def init():\n    raise RuntimeError('not this one')\ndef run(data):\n    return data\n"


@pytest.fixture(autouse=True)
def _with_haproxy(require: Callable[[str], None]) -> None:
    require("haproxy")


@pytest.fixture
def cluster(ws: Workspace) -> AksCompute:
    made = ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
    assert isinstance(made, AksCompute)
    return made


def deployed(ws: Workspace, cluster: AksCompute, **options: Any) -> AksEndpoint:
    options = {"num_replicas": 1, "version_name": "one", "max_request_wait_time": 30_000, **options}
    endpoint: AksEndpoint = Model.deploy(ws, "iris", [registered(ws)], version(1), ENDPOINT(**options), cluster)
    endpoint.wait_for_deployment()
    return endpoint


def add(endpoint: AksEndpoint, name: str, number: int, **options: Any) -> None:
    options = {"num_replicas": 1, "max_request_wait_time": 30_000, **options}
    endpoint.create_version(name, models=[], inference_config=version(number), **options)
    endpoint.wait_for_deployment()


def answers(endpoint: AksEndpoint, number: int = 200) -> Counter[int]:
    key = {"Authorization": f"Bearer {endpoint.get_keys()[0]}"}
    with requests.Session() as session:
        sent = (session.post(str(endpoint.scoring_uri), BODY, headers=key, timeout=10) for _ in range(number))
        return Counter(answer.json()["version"] for answer in sent)


def test_the_first_version_gets_everything(
    ws: Workspace, cluster: AksCompute, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = deployed(ws, cluster, traffic_percentile=20)
    assert 'AKSENDPOINT service creation operation finished, operation "Succeeded"' in capsys.readouterr().out
    assert isinstance(endpoint, AksEndpoint)
    assert (endpoint.compute_type, endpoint.state, endpoint.compute_name) == ("AKSENDPOINT", "Healthy", "aks")
    assert str(endpoint.scoring_uri).endswith("/api/v1/service/iris/score")
    assert endpoint.run(BODY)["version"] == 1
    assert answers(endpoint, 20) == {1: 20}
    only = endpoint.versions["one"]
    assert isinstance(only, AksWebservice)
    assert (only.name, only.is_default, only.version_type, only.traffic_percentile) == ("one", True, "Control", 20)
    assert endpoint.deployment_status["traffic"] == {"one": 100}
    assert [model.name for model in endpoint.models] == ["greeting"]
    assert requests.post(str(endpoint.scoring_uri), BODY, timeout=10).status_code == 401


def test_versions_share_the_requests(engine: str, ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster)
    before = endpoint.scoring_uri
    add(endpoint, "two", 2, traffic_percentile=30)
    assert endpoint.deployment_status["traffic"] == {"one": 70, "two": 30}
    seen = answers(endpoint, 400)
    assert 70 < seen[2] < 170 and seen[1] + seen[2] == 400

    add(endpoint, "three", 3)  # no share: it is tried by its own address first
    assert endpoint.versions["three"].run(BODY)["version"] == 3
    assert 3 not in answers(endpoint, 60)

    endpoint.update_version("three", traffic_percentile=70, is_default=True, is_control_version_type=True)
    versions = endpoint.versions
    assert [version.is_default for version in versions.values()] == [False, False, True]
    kinds = {name: AksEndpoint.VersionType(version.version_type) for name, version in versions.items()}
    assert kinds["one"] is AksEndpoint.VersionType.treatment and kinds["three"] is AksEndpoint.VersionType.control
    seen = answers(endpoint, 200)
    assert seen[1] == 0 and seen[3] > 110
    assert endpoint.scoring_uri == before


def test_the_rules_of_traffic(ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster, traffic_percentile=60)
    with pytest.raises(WebserviceException, match=r"comes to 110 %, more than 100 \(one 60, two 50\)"):
        add(endpoint, "two", 2, traffic_percentile=50)
    assert list(endpoint.versions) == ["one"]
    add(endpoint, "two", 2, traffic_percentile=40)
    with pytest.raises(WebserviceException, match="comes to 101 %"):
        endpoint.update_version("two", traffic_percentile=41)
    for bad in (101, -1, "all", True):
        with pytest.raises(WebserviceException, match="must be between 0 and 100"):
            endpoint.update_version("two", traffic_percentile=bad)
        with pytest.raises(WebserviceException, match="must be between 0 and 100"):
            ENDPOINT(traffic_percentile=bad)  # type: ignore[arg-type]
    with pytest.raises(WebserviceException, match="is the default version, and an endpoint has one"):
        endpoint.update_version("one", is_default=False)
    with pytest.raises(WebserviceException, match="default version of the endpoint iris and cannot be deleted"):
        endpoint.delete_version("one")
    with pytest.raises(WebserviceException, match="no version 'three' in the endpoint iris; there is one, two"):
        endpoint.delete_version("three")
    with pytest.raises(WebserviceException, match="already a version two"):
        add(endpoint, "two", 2)
    with pytest.raises(WebserviceException, match="version name is invalid"):
        add(endpoint, "Not Good", 2)
    with pytest.raises(WebserviceException, match="No parameters provided to update"):
        endpoint.update_version("two")
    with pytest.raises(WebserviceException, match="for versions of an endpoint"):
        single = Model.deploy(ws, "single", [], script(), AksWebservice.deploy_configuration(), cluster)
        single.update(is_default=True)


def test_a_version_is_deleted_under_load(engine: str, ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster)
    add(endpoint, "two", 2, traffic_percentile=50)
    with Load(str(endpoint.scoring_uri), {"Authorization": f"Bearer {endpoint.get_keys()[1]}"}) as load:
        until(lambda: {answer["version"] for answer in load.answers} == {1, 2})
        found = Webservice(ws, "iris")
        found.delete_version("two")
        for one in (found, endpoint):  # the one that waited for that version last, too
            one.wait_for_deployment()
        seen = len(load.answers)
        until(lambda: len(load.answers) > seen + 50)
    assert load.failures == []
    assert list(endpoint.versions) == ["one"] and answers(endpoint, 20) == {1: 20}
    assert not (ws._folder / "services" / "iris.two").exists()


def test_versions_come_and_change_without_a_lost_request(
    ws: Workspace, cluster: AksCompute, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = deployed(ws, cluster)
    with Load(str(endpoint.scoring_uri), {"Authorization": f"Bearer {endpoint.get_keys()[0]}"}) as load:
        add(endpoint, "two", 2, traffic_percentile=50)
        endpoint.update_version("two", models=[], inference_config=version(3), traffic_percentile=90)
        endpoint.wait_for_deployment()
        until(lambda: 3 in {answer["version"] for answer in load.answers[-50:]})
        endpoint.update_version("two", is_default=True)
        capsys.readouterr()
        endpoint.wait_for_deployment(True)
        assert "compute" not in capsys.readouterr().out  # nothing was submitted now
        seen = len(load.answers)
        until(lambda: len(load.answers) > seen + 50)
    assert load.failures == []


def test_a_version_that_does_not_start_gets_no_requests(ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster)
    endpoint.create_version("bad", models=[], inference_config=script(BAD, "bad.py"), traffic_percentile=50)
    with pytest.raises(WebserviceException, match="not this one") as caught:
        endpoint.wait_for_deployment()
    assert caught.value.source is not None and caught.value.source.path == str(Path("bad.py").absolute())
    assert answers(endpoint, 50) == {1: 50}
    found = Webservice(ws, "iris")
    assert found.state == "Healthy" and "bad: " in found.error["message"]
    assert found.versions["bad"].state == "Failed" and "not this one" in found.get_logs()
    why = found.diagnose()
    assert why is not None and caught.value.diagnosis == why
    assert why.cause == "init-raised" and "endpoint.update_version('bad', " in why.fix[-1]


def test_an_error_in_run_is_found_in_the_version_that_answered(ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster)
    raising = "def init(): pass\ndef run(data):\n    return 1 / 0\n"
    endpoint.create_version("two", models=[], inference_config=script(raising, "raising.py"), traffic_percentile=100)
    endpoint.wait_for_deployment()
    with pytest.raises(WebserviceException, match="division by zero") as caught:
        endpoint.run(BODY)
    assert caught.value.source is not None
    assert (caught.value.source.path, caught.value.source.line) == (str(Path("raising.py").absolute()), 3)
    why = endpoint.diagnose()
    assert why is not None and why.cause == "run-raised" and why.where == caught.value.source


def test_keys_and_tokens_are_the_endpoints(ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster, primary_key="mine")
    add(endpoint, "two", 2, traffic_percentile=50)
    endpoint.regen_key("Primary", "another")
    assert endpoint.get_keys()[0] == "another"
    assert {version.get_keys() for version in endpoint.versions.values()} == {endpoint.get_keys()}
    assert sum(answers(endpoint, 40).values()) == 40
    with pytest.raises(WebserviceException, match="keys of its endpoint"):
        endpoint.versions["one"].regen_key("Primary")

    endpoint.update(token_auth_enabled=True, description="with tokens", tags={"by": "token"}, properties={"a": "b"})
    endpoint.wait_for_deployment()
    assert (endpoint.auth_enabled, endpoint.token_auth_enabled, endpoint.tags) == (False, True, {"by": "token"})
    token = endpoint.get_access_token().access_token
    codes = Counter(
        requests.post(
            str(endpoint.scoring_uri), BODY, headers={"Authorization": f"Bearer {word}"}, timeout=10
        ).status_code
        for word in [token, "another"] * 10
    )
    assert codes == {200: 10, 401: 10}
    assert endpoint.run(BODY)["version"] in (1, 2)
    add(endpoint, "three", 3)
    assert endpoint.versions["three"].token_auth_enabled and endpoint.versions["three"].run(BODY)["version"] == 3
    with pytest.raises(WebserviceException, match="cannot both be True"):
        endpoint.update(auth_enabled=True, token_auth_enabled=True)


def test_it_is_found_listed_serialized_and_deleted(ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster)
    add(endpoint, "two", 2)
    found = Webservice(ws, "iris")
    assert type(found) is AksEndpoint and found.scoring_uri == endpoint.scoring_uri
    assert [service.name for service in Webservice.list(ws)] == ["iris"]
    assert [service.name for service in Webservice.list(ws, compute_type="AKSENDPOINT")] == ["iris"]
    assert Webservice.list(ws, compute_type="AKS") == []
    data = json.loads(json.dumps(found.serialize()))
    assert (data["computeType"], sorted(data["versions"])) == ("AKSENDPOINT", ["one", "two"])
    assert isinstance(AksEndpoint.deserialize(ws, data), AksEndpoint)
    with pytest.raises(WebserviceException, match="of type AKSENDPOINT, not AKS"):
        AksWebservice(ws, "iris")
    with pytest.raises(WebserviceException, match="already a service with name iris"):
        deployed(ws, cluster)
    with pytest.raises(ComputeTargetException, match="iris runs on it"):
        cluster.delete()
    with pytest.raises(WebserviceException, match="is a version of the endpoint iris"):
        found.versions["two"].delete()

    found.delete()

    assert ws.webservices == {} and ws._store.records("webservice").list() == []
    assert [path.name for path in (ws._folder / "services").iterdir() if not path.name.startswith(".")] == []
    with pytest.raises(requests.ConnectionError):
        requests.post(str(endpoint.scoring_uri), BODY, timeout=10)
    cluster.delete()


def test_over_a_service_of_that_name(ws: Workspace, cluster: AksCompute) -> None:
    single = Model.deploy(ws, "iris", [], version(7), AksWebservice.deploy_configuration(num_replicas=1), cluster)
    single.wait_for_deployment()
    keys = single.get_keys()
    endpoint = Model.deploy(ws, "iris", [], version(1), ENDPOINT(num_replicas=1), cluster, overwrite=True)
    endpoint.wait_for_deployment()
    assert list(endpoint.versions) == ["iris"] and endpoint.get_keys() == keys
    assert endpoint.run(BODY)["version"] == 1

    config = AksWebservice.deploy_configuration(num_replicas=1)
    single = Model.deploy(ws, "iris", [], version(8), config, cluster, overwrite=True)
    single.wait_for_deployment()
    assert single.run(BODY)["version"] == 8 and single.get_keys() == keys
    assert [name for name, _ in ws._store.records("webservice").list()] == ["iris"]
    with pytest.raises(requests.ConnectionError):
        requests.post(str(endpoint.scoring_uri), BODY, timeout=10)


@pytest.mark.parametrize("config", [ENDPOINT, AksWebservice.deploy_configuration], ids=["endpoint", "service"])
def test_what_cannot_be_built_ends_no_endpoint(
    require: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    ws: Workspace,
    cluster: AksCompute,
    config: Callable[..., Any],
) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    endpoint = deployed(ws, cluster)
    other = version(2)
    other.environment = Environment("never")
    other.environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["iniconfig==0.0.987"])
    for _ in range(2):
        with pytest.raises(WebserviceException, match="iniconfig"):
            Model.deploy(ws, "iris", [], other, config(num_replicas=1), cluster, overwrite=True)
    (log,) = (ws._folder / "services").glob(".build-*.log")  # which the error names
    assert log.read_text().count("Building the image of the environment") == 1
    found = Webservice(ws, "iris")
    assert (type(found), found.scoring_uri) == (AksEndpoint, endpoint.scoring_uri)
    assert found.run(BODY)["version"] == 1


def test_with_tls(ws: Workspace, cluster: AksCompute, tmp_path: Path) -> None:
    endpoint = deployed(ws, cluster)
    add(endpoint, "two", 2, traffic_percentile=50)
    files = make(tmp_path)
    own = SslConfiguration(cert=files.certificate, key=files.key, cname=files.cname)
    cluster.update(AksUpdateConfiguration(ssl_configuration=own))
    endpoint.update_deployment_state()
    assert str(endpoint.scoring_uri).startswith("https://localhost:")
    assert {endpoint.run(BODY)["version"] for _ in range(30)} == {1, 2}
    assert str(endpoint.versions["two"].scoring_uri).startswith("http://")
    cluster.update(AksUpdateConfiguration(ssl_configuration=SslConfiguration("Disabled")))
    assert Webservice(ws, "iris").run(BODY)["version"] in (1, 2)

    cluster.update(AksUpdateConfiguration(ssl_configuration=own))
    endpoint.delete()
    again = deployed(ws, cluster)
    assert str(again.scoring_uri).startswith("https://") and again.run(BODY)["version"] == 1


def test_a_version_without_room_waits_for_it(ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster)
    endpoint.create_version(
        "large", cpu_cores=9, num_replicas=1, models=[], inference_config=version(2), traffic_percentile=50
    )
    with pytest.raises(WebserviceException, match="3 Insufficient cpu"):
        endpoint.wait_for_deployment()
    assert answers(endpoint, 20) == {1: 20}
    endpoint.update_version("large", cpu_cores=1)
    endpoint.wait_for_deployment()
    assert set(answers(endpoint, 100)) == {1, 2}


def test_traffic_follows_the_default_when_a_version_fails(ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster)
    add(endpoint, "two", 2, traffic_percentile=50)
    supervisor.end(ServiceFolder(ws._folder / "services", "iris.two"))
    endpoint.update_deployment_state()
    assert answers(endpoint, 50) == {1: 50}


def test_an_address_whose_process_was_killed_comes_back(ws: Workspace, cluster: AksCompute) -> None:
    endpoint = deployed(ws, cluster)
    before = endpoint.scoring_uri
    found = control.processes(ws._folder / "services" / "iris" / "front")
    for pid in (found.master, *found.workers):
        os.kill(pid, signal.SIGKILL)
    until(lambda: not Front(ws._folder / "services" / "iris" / "front").alive())
    endpoint.update_deployment_state()
    assert (endpoint.state, endpoint.scoring_uri, endpoint.run(BODY)["version"]) == ("Healthy", before, 1)

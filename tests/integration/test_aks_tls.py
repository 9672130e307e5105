"""TLS of services on AKS and ACI: with the user's certificate, verified, exchanged without a lost request."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.compute.aks_configuration import AksUpdateConfiguration
from aml_nb.core.compute.aks_parts import SslConfiguration
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, WebserviceException
from tests.certificates import CNAME, Files, make
from tests.integration.deploying import BODY, script, until, version

AKS, ACI = AksWebservice.deploy_configuration, AciWebservice.deploy_configuration


@pytest.fixture(autouse=True)
def _with_haproxy(require: Callable[[str], None]) -> None:
    require("haproxy")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make(tmp_path_factory.mktemp("tls"), "other")


def cluster(ws: Workspace, files: Files | None) -> AksCompute:
    config = AksCompute.provisioning_configuration()
    if files is not None:
        config.enable_ssl(files.cname, files.certificate, files.key)
    made = ComputeTarget.create(ws, "secure", config)
    assert isinstance(made, AksCompute)
    return made


def deployed(ws: Workspace, target: AksCompute, **options: Any) -> AksWebservice:
    service: AksWebservice = Model.deploy(ws, "echo", [], script(), AKS(num_replicas=1, **options), target)
    service.wait_for_deployment()
    return service


class Call:
    """Sends requests over TLS to a service on this machine, under the name its certificate was made for."""

    def __init__(self, service: Any, key: str | None, *trusted: Files) -> None:
        self._port = urlsplit(service.scoring_uri).port
        self._path = urlsplit(service.scoring_uri).path
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for files in trusted:
            self._context.load_verify_locations(files.certificate)
        head = f"POST {self._path} HTTP/1.1\r\nHost: {CNAME}\r\nContent-Length: {len(BODY)}\r\nConnection: close\r\n"
        head += f"Authorization: Bearer {key}\r\n" if key else ""
        self._request = f"{head}\r\n{BODY}".encode()

    def __call__(self) -> tuple[int, bytes]:
        with (
            socket.create_connection(("127.0.0.1", self._port), 10) as plain,
            self._context.wrap_socket(plain, server_hostname=CNAME) as connection,
        ):
            self.certificate = connection.getpeercert(True)
            connection.sendall(self._request)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        return int(answer.split()[1]), answer.rpartition(b"\r\n")[2]


def der(files: Files) -> bytes:
    return ssl.PEM_cert_to_DER_cert(Path(files.certificate).read_text())


def test_a_cluster_with_a_certificate_makes_its_services_speak_tls(engine: str, ws: Workspace, own: Files) -> None:
    target = cluster(ws, own)
    assert target.ssl_configuration is not None
    assert (target.ssl_configuration.status, target.ssl_configuration.cname) == ("Enabled", CNAME)
    assert target.ssl_configuration.key is None

    service = deployed(ws, target)

    assert service.scoring_uri is not None and service.swagger_uri is not None
    assert service.scoring_uri.startswith("https://localhost:") and service.swagger_uri.startswith("https://")
    assert service.run(BODY)["version"] == 1
    call = Call(service, service.get_keys()[0], own)
    assert call()[0] == 200 and call.certificate == der(own)
    assert Call(service, "wrong", own)()[0] == 401
    with pytest.raises(requests.exceptions.SSLError):
        requests.post(service.scoring_uri, BODY, timeout=10)
    found = Webservice(ws, "echo")
    assert found.scoring_uri == service.scoring_uri and found.run(BODY)["version"] == 1


def test_a_name_or_certificate_that_is_not_the_services_is_not_spoken_to(
    ws: Workspace, own: Files, other: Files
) -> None:
    service = deployed(ws, cluster(ws, own))
    stored = Path(service._record["spec"]["certificate"]["certificate"])
    stored.write_text(Path(other.certificate).read_text())
    with pytest.raises(WebserviceException, match="did not answer.*(CERTIFICATE_VERIFY_FAILED|certificate verify)"):
        service.run(BODY)


def test_nothing_is_left_of_a_service_with_tls_that_is_deleted(ws: Workspace, own: Files) -> None:
    service = deployed(ws, cluster(ws, own))
    port = urlsplit(str(service.scoring_uri)).port
    service.delete()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 5).close()
    assert len(list((ws._folder / "certificates").iterdir())) == 1
    ComputeTarget(ws, "secure").delete()
    assert list((ws._folder / "certificates").iterdir()) == []


def test_a_certificate_is_exchanged_without_a_lost_request(
    engine: str, ws: Workspace, own: Files, other: Files
) -> None:
    target = cluster(ws, own)
    service = deployed(ws, target)
    before = service.scoring_uri
    call = Call(service, service.get_keys()[0], own, other)
    with Calls(call) as calls:
        changed = SslConfiguration(cert=other.certificate, key=other.key, cname=CNAME)
        target.update(AksUpdateConfiguration(ssl_configuration=changed))
        target.wait_for_completion()
        until(lambda: call() and call.certificate == der(other))
        seen = len(calls.statuses)
        until(lambda: len(calls.statuses) > seen + 20)
    assert set(calls.statuses) == {200} and calls.failures == []
    service.update_deployment_state()
    assert (service.scoring_uri, service.run(BODY)["version"]) == (before, 1)
    kept = list((ws._folder / "certificates").iterdir())
    assert len(kept) == 1  # the key that is not in use any more is gone


def test_tls_is_turned_off_and_on(ws: Workspace, own: Files) -> None:
    target = cluster(ws, own)
    service = deployed(ws, target)
    target.update(AksUpdateConfiguration(ssl_configuration=SslConfiguration(status="Disabled")))
    service.update_deployment_state()
    assert str(service.scoring_uri).startswith("http://") and service.run(BODY)["version"] == 1
    assert ComputeTarget(ws, "secure").ssl_configuration is None

    texts = [Path(path).read_text() for path in own[:2]]
    target.update(AksUpdateConfiguration(ssl_configuration=SslConfiguration("Enabled", *texts, cname=CNAME)))
    service.update_deployment_state()
    assert str(service.scoring_uri).startswith("https://") and service.run(BODY)["version"] == 1


def test_an_update_of_a_service_with_tls(ws: Workspace, own: Files) -> None:
    service = deployed(ws, cluster(ws, own))
    before = service.scoring_uri
    call = Call(service, service.get_keys()[0], own)
    with Calls(call) as calls:
        service.update(models=[], inference_config=version(2))
        service.wait_for_deployment()
        seen = len(calls.statuses)
        until(lambda: len(calls.statuses) > seen + 20)
    assert set(calls.statuses) == {200} and calls.failures == []
    assert service.run(BODY)["version"] == 2 and service.scoring_uri == before


def test_a_front_that_was_killed_is_started_again(ws: Workspace, own: Files) -> None:
    from aml_nb.engines.front import control

    service = deployed(ws, cluster(ws, own))
    before = service.scoring_uri
    found = control.processes(ws._folder / "services" / "echo" / "front")
    for pid in (found.master, *found.workers):
        os.kill(pid, 9)
    until(lambda: _refused(before))
    service.update_deployment_state()
    assert (service.state, service.scoring_uri) == ("Healthy", before)
    assert service.run(BODY)["version"] == 1


def _refused(uri: str | None) -> bool:
    try:
        socket.create_connection(("127.0.0.1", urlsplit(str(uri)).port), 5).close()
    except OSError:
        return True
    return False


def test_a_leaf_domain_gets_a_certificate(ws: Workspace) -> None:
    config = AksCompute.provisioning_configuration(location="eastus")
    config.enable_ssl(leaf_domain_label="contoso")
    target = ComputeTarget.create(ws, "secure", config)
    service = deployed(ws, target)
    assert service._record["certificate"]["cname"] == "contoso.eastus.cloudapp.azure.com"
    assert service.run(BODY)["version"] == 1
    first = service._record["certificate"]
    target.update(AksUpdateConfiguration(ssl_configuration=SslConfiguration("Auto", renew=True)))
    service.update_deployment_state()
    assert service._record["certificate"] != first and service.run(BODY)["version"] == 1


def test_aci_has_a_certificate_of_its_own(engine: str, ws: Workspace, own: Files, other: Files) -> None:
    options = {"ssl_cert_pem_file": own.certificate, "ssl_key_pem_file": own.key, "ssl_cname": CNAME}
    service = Model.deploy(ws, "echo", [], script(), ACI(ssl_enabled=True, auth_enabled=True, **options))
    service.wait_for_deployment()
    assert service.ssl_enabled and service.cname == CNAME
    assert service.ssl_certificate == Path(own.certificate).read_text() and service.ssl_key is None
    assert str(service.scoring_uri).startswith("https://") and service.run(BODY)["version"] == 1
    assert "PRIVATE KEY" not in repr(service.serialize())

    service.update(ssl_cert_pem_file=other.certificate, ssl_key_pem_file=other.key)
    assert service.ssl_certificate == Path(other.certificate).read_text()
    assert service.run(BODY)["version"] == 1
    service.update(ssl_enabled=False)
    assert str(service.scoring_uri).startswith("http://") and not service.ssl_enabled
    assert list((ws._folder / "services" / "echo").glob("front/*.pem")) == []  # nor is its key kept there
    with pytest.raises(WebserviceException, match="must provide a SSL certificate, key, and cname"):
        service.update(ssl_enabled=True)
    with pytest.raises(WebserviceException, match="the key does not match the certificate"):
        service.update(ssl_enabled=True, ssl_cert_pem_file=own.certificate, ssl_key_pem_file=other.key)
    assert Webservice(ws, "echo").run(BODY)["version"] == 1


def test_an_overwrite_without_tls_leaves_no_key_behind(ws: Workspace, own: Files) -> None:
    files = {"ssl_cert_pem_file": own.certificate, "ssl_key_pem_file": own.key, "ssl_cname": CNAME}
    Model.deploy(ws, "echo", [], script(), ACI(ssl_enabled=True, **files)).wait_for_deployment()
    assert len(list((ws._folder / "certificates").iterdir())) == 1
    service = Model.deploy(ws, "echo", [], script(), ACI(), overwrite=True)
    service.wait_for_deployment()
    assert str(service.scoring_uri).startswith("http://")
    assert list((ws._folder / "certificates").iterdir()) == []


def test_the_certificate_of_an_overwrite_comes_with_the_version_that_brings_it(
    engine: str, ws: Workspace, own: Files, other: Files
) -> None:
    first, second = (
        ACI(ssl_enabled=True, ssl_cert_pem_file=files.certificate, ssl_key_pem_file=files.key, ssl_cname=CNAME)
        for files in (own, other)
    )
    service = Model.deploy(ws, "echo", [], script(), first)
    service.wait_for_deployment()
    before = service.scoring_uri
    call = Call(service, None, own, other)
    with Calls(call) as calls:
        bad = script("def init():\n    raise RuntimeError('not this one')\ndef run(data):\n    return data\n", "bad.py")
        with pytest.raises(WebserviceException, match="not this one"):
            Model.deploy(ws, "echo", [], bad, second, overwrite=True).wait_for_deployment()
        assert call()[0] == 200 and call.certificate == der(own)
        found = Webservice(ws, "echo")
        assert found.ssl_certificate == Path(own.certificate).read_text() and found.run(BODY)["version"] == 1
        found.update(tags={"still": "there"})
        assert call()[0] == 200 and call.certificate == der(own)

        good = Model.deploy(ws, "echo", [], version(2), second, overwrite=True)
        good.wait_for_deployment()
        until(lambda: call() and call.certificate == der(other))
    assert set(calls.statuses) == {200} and calls.failures == []
    assert (good.scoring_uri, good.run(BODY)["version"]) == (before, 2)
    assert good.ssl_certificate == Path(other.certificate).read_text()
    assert len(list((ws._folder / "certificates").iterdir())) == 1  # that of the former version is gone


def test_one_without_tls_that_does_not_get_it_stays_as_it_is(ws: Workspace, own: Files) -> None:
    service = Model.deploy(ws, "echo", [], script(), ACI())
    service.wait_for_deployment()
    with pytest.raises(WebserviceException, match="not this one"):
        bad = script("def init():\n    raise RuntimeError('not this one')\ndef run(data):\n    return data\n", "bad.py")
        service.update(
            models=[],
            inference_config=bad,
            ssl_enabled=True,
            ssl_cert_pem_file=own.certificate,
            ssl_key_pem_file=own.key,
            ssl_cname=CNAME,
        )
        service.wait_for_deployment()
    found = Webservice(ws, "echo")
    assert (found.state, found.ssl_enabled, found.scoring_uri) == ("Healthy", False, service.scoring_uri)
    assert str(found.scoring_uri).startswith("http://") and found.run(BODY)["version"] == 1
    assert list((ws._folder / "certificates").iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda own, other: SslConfiguration(cert=own.certificate, key=other.key, cname=CNAME), "does not match"),
        (lambda own, other: SslConfiguration(cert=own.certificate, key=own.key), "given together"),
        (lambda own, other: SslConfiguration(cert=own.certificate, key=own.key, cname="a.org"), "name a.org"),
        (lambda own, other: SslConfiguration(status="On"), "status must be one of"),
        (lambda own, other: SslConfiguration(cname="a.org", leaf_domain_label="a"), "leaf_domain_label or"),
    ],
)
def test_certificates_that_a_cluster_does_not_take(
    own: Files, other: Files, asked: Callable[[Files, Files], SslConfiguration], told: str
) -> None:
    with pytest.raises(ComputeTargetException, match=told):
        AksUpdateConfiguration(ssl_configuration=asked(own, other))


def test_a_certificate_that_changed_since_the_configuration(ws: Workspace, tmp_path: Path) -> None:
    files = make(tmp_path)
    config = AksCompute.provisioning_configuration(
        ssl_cname=CNAME, ssl_cert_pem_file=files.certificate, ssl_key_pem_file=files.key
    )
    Path(files.certificate).write_text("gone bad")
    with pytest.raises(ComputeTargetException, match="is not PEM"):
        ComputeTarget.create(ws, "secure", config)
    assert ComputeTarget.list(ws) == []


def test_without_haproxy_nothing_answers_in_the_clear(
    ws: Workspace, own: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = cluster(ws, own)
    monkeypatch.setenv("AML_NB_HAPROXY", "/nonexistent/haproxy")
    with pytest.raises(WebserviceException, match="AML_NB_HAPROXY names /nonexistent/haproxy"):
        deployed(ws, target)
    assert ws.webservices == {}


def test_one_that_waited_for_room_and_cannot_be_started_says_why(
    ws: Workspace, own: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = cluster(ws, own)
    first = Model.deploy(ws, "first", [], script(), AKS(num_replicas=3, cpu_cores=3), target)
    second = Model.deploy(ws, "second", [], script(), AKS(num_replicas=1, cpu_cores=3), target)
    assert second.state == "Unschedulable"
    monkeypatch.setenv("AML_NB_HAPROXY", "/nonexistent/haproxy")
    first.delete()
    second.update_deployment_state()
    assert second.state == "Unschedulable" and "could not be started: AML_NB_HAPROXY names" in str(second.error)
    with pytest.raises(WebserviceException, match="could not be started"):
        second.wait_for_deployment()
    monkeypatch.delenv("AML_NB_HAPROXY")
    second.update(tags={"again": "yes"})
    second.wait_for_deployment()
    assert second.run(BODY)["version"] == 1


class Calls:
    """Calls again and again from two threads for as long as it is open."""

    def __init__(self, call: Call) -> None:
        import threading

        self._call, self._stop = call, threading.Event()
        self._threads = [threading.Thread(target=self._go) for _ in range(2)]
        self.statuses: list[int] = []
        self.failures: list[str] = []

    def _go(self) -> None:
        while not self._stop.is_set():
            try:
                self.statuses.append(self._call()[0])
            except OSError as error:
                self.failures.append(repr(error))

    def __enter__(self) -> Calls:
        for thread in self._threads:
            thread.start()
        until(lambda: len(self.statuses) > 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

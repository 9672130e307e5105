"""HAProxy in front of plain HTTP servers: no request is lost that none of them had begun."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from aml_nb.engines.base import Certificate
from aml_nb.engines.front import Backend, Front, FrontConfig, FrontError, Server, binary, control
from aml_nb.scoring.listening import BindError
from tests.integration.fronting import Load, Replica, end, free_port, listens, post, replicas

HAPROXIES = [p for p in ("/usr/sbin/haproxy", "/usr/local/sbin/haproxy") if os.access(p, os.X_OK)]


@pytest.fixture(params=["found", "system"])
def front(
    request: pytest.FixtureRequest, tmp_path: Path, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Front]:
    """A front that is not started; tests run with the packaged HAProxy and, where there is one, the system's."""
    require("haproxy")
    if request.param == "system":
        if not HAPROXIES or binary.find() == HAPROXIES[0]:
            pytest.skip("there is one HAProxy on this machine")
        monkeypatch.setenv("AML_NB_HAPROXY", HAPROXIES[0])
    made = Front(tmp_path / "front")
    yield made
    made.stop(0)
    assert not made.alive()


def config(*servers: Replica, **changes: object) -> FrontConfig:
    backend = Backend("svc", tuple(server.server for server in servers), queue_wait_ms=20_000)
    return replace(FrontConfig((replace(backend, **changes),)))  # type: ignore[arg-type]


def wait(done: Callable[[], object], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_serves_and_counts(front: Front) -> None:
    with replicas("a", "b") as (a, b):
        port = front.start(config(a, b))
        names = Counter(post(port).name for _ in range(20))
        assert names == {"a": 10, "b": 10}
        stats = front.stats()
        assert (stats.load("svc", "a").total, stats.load("svc", "b").up, stats.idle) == (10, True, True)
        answer = post(port, x_request_id="mine")
        told = json.loads(answer.body)["headers"]
        assert told["x-request-id"] == "mine"
        assert told["host"] == f"127.0.0.1:{port}"


def test_update_of_servers_under_load_loses_nothing(front: Front) -> None:
    with replicas("a", "b", "c", "d") as (a, b, c, d):
        port = front.start(config(a, b))
        load = Load(port)
        load.until(300)
        for number, servers in enumerate([(a, b, c, d), (c, d), (d, a), (a,), (b, c, a)]):
            front.reconfigure(config(*servers))
            load.until(300 + 400 * (number + 1))
        outcomes = load.end()
        assert outcomes == {200: sum(outcomes.values())}
        assert sum(outcomes.values()) > 2000
        assert set(front.stats().servers["svc"]) == {"a", "b", "c"}


def test_reload_under_load_loses_nothing(front: Front) -> None:
    with replicas("a", "b", "c") as (a, b, c):
        port = front.start(config(a, b))
        master = control.processes(front.folder).master
        load = Load(port)
        load.until(300)
        for number, wait_ms in enumerate([10_000, 11_000, 12_000, 13_000]):
            changed = config(a, b) if number % 2 else config(b, c)
            backend = replace(changed.backends[0], queue_wait_ms=wait_ms)
            assert front.reconfigure(FrontConfig((backend,))) == port
            load.until(300 + 500 * (number + 1))
        outcomes = load.end()
        assert outcomes == {200: sum(outcomes.values())}
        assert control.processes(front.folder).master == master


def test_a_connection_from_before_a_reload_reaches_the_new_servers(front: Front) -> None:
    with replicas("a", "b") as (a, b):
        port = front.start(config(a))
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        kept.request("POST", "/score", "0")
        assert json.loads(kept.getresponse().read())["name"] == "a"
        front.reconfigure(config(a, queue_wait_ms=9000))
        front.reconfigure(config(b, queue_wait_ms=9000))
        a.kill()
        kept.request("POST", "/score", "0")
        response = kept.getresponse()
        assert json.loads(response.read())["name"] == "b"
        assert response.getheader("connection") == "close"
        kept.close()


def test_draining_finishes_what_runs(front: Front) -> None:
    with replicas("a", "b") as (a, b):
        port = front.start(config(a))
        answers: list[str] = []
        slow = threading.Thread(target=lambda: answers.append(post(port, 1.5).name))
        slow.start()
        wait(lambda: front.stats().load("svc", "a").busy == 1)
        servers = (replace(a.server, draining=True), b.server)
        front.reconfigure(config(servers=servers))
        assert [post(port).name for _ in range(4)] == ["b"] * 4
        front.reconfigure(config(b))
        slow.join()
        assert answers == ["a"]
        front.reconfigure(config(a, b))
        assert {post(port).name for _ in range(4)} == {"a", "b"}


def test_weights(front: Front) -> None:
    with replicas("old", "new") as (old, new):
        backends = (Backend("old", (old.server,), weight=80), Backend("new", (new.server,), weight=20))
        port = front.start(FrontConfig(backends))
        answers = [json.loads(post(port, path="/score?x=1").body) for _ in range(400)]
        assert {answer["path"] for answer in answers} == {"/score?x=1"}
        assert 0.12 < sum(answer["name"] == "new" for answer in answers) / 400 < 0.29
        front.reconfigure(FrontConfig((replace(backends[0], weight=0), replace(backends[1], weight=100))))
        assert {post(port).name for _ in range(20)} == {"new"}


def test_a_request_that_waits_too_long_is_turned_away(front: Front) -> None:
    with replicas("a") as (a,):
        port = front.start(config(a, queue_wait_ms=300))
        load = Load(port, clients=1, body="2")  # after which it would be served
        wait(lambda: front.stats().load("svc", "a").busy == 1)
        started = time.monotonic()
        answer = post(port, x_request_id="turned-away")
        assert time.monotonic() - started > 0.25
        assert (answer.status, answer.headers["content-type"]) == (503, "application/json")
        assert "too many requests are waiting" in answer.message
        assert answer.headers["x-request-id"] == "turned-away"
        assert load.end() == {200: 1}


def test_limit_of_a_server(front: Front) -> None:
    with replicas("a", limit=2) as (a,):
        port = front.start(config(a))
        load = Load(port, clients=5, body="0.3")
        # Both at one moment: a request may end between two looks.
        wait(lambda: (now := front.stats()).queued["svc"] == 3 and now.load("svc", "a").busy == 2)
        load.end()


def test_a_killed_server_costs_what_it_computes(front: Front) -> None:
    with replicas("a", "b", "c", limit=2) as (a, b, c):
        port = front.start(config(a, b, c))
        load = Load(port, clients=12, body="0.02")
        load.until(500)
        b.kill()
        load.until(1500)
        failed = sum(count for outcome, count in load.outcomes.items() if outcome != 200)
        assert failed <= 2, load.outcomes
        again = Replica("b", b.port, limit=2)
        try:
            total = front.stats().load("svc", "b").total
            wait(lambda: front.stats().load("svc", "b").total > total + 5)
        finally:
            outcomes = load.end()
            end(again)
        assert sum(count for outcome, count in outcomes.items() if outcome != 200) == failed


def test_a_server_that_ends_a_request_without_an_answer_gets_no_other_until_it_is_well(front: Front) -> None:
    """Processes that share a listening socket do not die at one moment: the last keeps the door open behind which
    nobody is left."""
    with replicas("b") as (b,), socket.create_server(("127.0.0.1", 0)) as door:
        dying = Server("a", "127.0.0.1", door.getsockname()[1])
        lost: list[bytes] = []

        def serve(client: socket.socket) -> None:
            """Be well until a request is to be computed."""
            said = client.recv(65536)
            if said.startswith(b"POST"):
                lost.append(said)
            elif said and not lost:
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        def stay() -> None:
            with suppress(OSError):
                while True:
                    with door.accept()[0] as client, suppress(ConnectionError):
                        serve(client)

        threading.Thread(target=stay, daemon=True).start()
        backend = Backend("svc", (dying, b.server))
        port = front.start(FrontConfig((backend,)))
        outcomes = [post(port).status for _ in range(20)]
        assert outcomes.count(502) == len(lost) == 1 and set(outcomes) == {200, 502}
        door.shutdown(socket.SHUT_RDWR)


def test_what_reached_a_server_is_never_sent_twice(front: Front) -> None:
    with replicas("a", "b") as (a, b):
        port = front.start(config(a, b))
        slow = []
        client = threading.Thread(target=lambda: slow.append(post(port, 300)))
        client.start()
        wait(lambda: any(load.busy for load in front.stats().servers["svc"].values()))
        busy = next(r for r in (a, b) if front.stats().load("svc", r.name).busy)
        other = b if busy is a else a
        busy.kill()
        client.join(60)
        assert slow[0].status == 502
        assert "ended while it computed" in slow[0].message
        assert other.computed() == 0


def test_requests_wait_while_no_server_is_up(front: Front) -> None:
    with replicas("a") as (a,):
        port = front.start(config(a))
        a.kill()
        load = Load(port, clients=4)
        wait(lambda: front.stats().queued["svc"] == 4)
        again = Replica("a", a.port)
        try:
            load.until(20)
        finally:
            outcomes = load.end()
            end(again)
        assert set(outcomes) == {200}


def test_long_answers_are_waited_for_up_to_the_limit(front: Front) -> None:
    with replicas("a") as (a,):
        port = front.start(config(a, server_timeout_ms=100))
        assert post(port, 2).status == 200  # the replica answers for its own limit; HAProxy's comes after


@pytest.fixture
def certificates(tmp_path: Path) -> Callable[[str], Certificate]:
    def make(name: str) -> Certificate:
        paths = Certificate(str(tmp_path / f"{name}.pem"), str(tmp_path / f"{name}.key"), "localhost")
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        command += ["-addext", "subjectAltName=DNS:localhost", "-out", paths.certificate, "-keyout", paths.key]
        subprocess.run(command, check=True, capture_output=True)
        return paths

    return make


def served_name(port: int, version: ssl.TLSVersion | None = None) -> str:
    """Whose certificate the port shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 5) as raw, context.wrap_socket(raw) as secure:
        found = secure.getpeercert(binary_form=True)
    text = subprocess.run(
        ["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=found, capture_output=True, check=True
    )
    return text.stdout.decode().strip().rpartition("=")[2].strip()


def test_tls_and_a_new_certificate(front: Front, certificates: Callable[[str], Certificate]) -> None:
    with replicas("a") as (a,):
        first = replace(config(a), certificate=certificates("first"))
        port = front.start(first)
        assert served_name(port) == "first"
        pem = front.folder / "front.pem"
        assert pem.stat().st_mode & 0o777 == 0o600
        context = ssl.create_default_context(cafile=first.certificate.certificate)  # type: ignore[union-attr]
        connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=context)
        connection.request("POST", "/score", "0")
        assert connection.getresponse().status == 200
        connection.close()
        assert front.reconfigure(replace(first, certificate=certificates("second"))) == port
        wait(lambda: served_name(port) == "second")
        old = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"],
            input=b"",
            capture_output=True,
        )
        assert old.returncode != 0


def test_a_wrong_certificate_changes_nothing(front: Front, certificates: Callable[[str], Certificate]) -> None:
    good, other = certificates("good"), certificates("other")
    with replicas("a") as (a,):
        port = front.start(replace(config(a), certificate=good))
        mixed = Certificate(good.certificate, other.key, "localhost")
        with pytest.raises(FrontError, match="do not belong together") as caught:
            front.reconfigure(replace(config(a), certificate=mixed))
        assert caught.value.reason == "certificate"
        missing = Certificate("/nowhere.pem", other.key, "localhost")
        with pytest.raises(FrontError, match="cannot be read"):
            front.reconfigure(replace(config(a), certificate=missing))
        no_pem = front.folder / "no.pem"
        no_pem.write_text("no certificate")
        with pytest.raises(FrontError, match="cannot be read|no PEM"):
            front.reconfigure(replace(config(a), certificate=Certificate(str(no_pem), other.key, "localhost")))
        assert served_name(port) == "good"
        front.reconfigure(replace(config(a), certificate=good))
        assert served_name(port) == "good"


def test_a_foreign_host_is_refused(front: Front) -> None:
    with replicas("a") as (a,):
        port = front.start(config(a))
        answer = post(port, Host="evil.example")
        assert (answer.status, "evil.example" in answer.message) == (403, True)
        assert post(port, Host=f"localhost:{port}").status == 200


def test_a_port_that_is_taken_is_named(front: Front) -> None:
    with socket.socket() as taken, replicas("a") as (a,):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(BindError, match=f"Port {number} of 127.0.0.1 is in use") as caught:
            front.start(replace(config(a), port=number))
        assert caught.value.report["code"] == "port-in-use"
        port = front.start(config(a))
        with pytest.raises(BindError, match=f"Port {number} "):
            front.reconfigure(replace(config(a), port=number))
        assert post(port).status == 200
    moved = free_port()
    assert front.reconfigure(replace(config(a), port=moved)) == moved
    assert listens(moved)
    wait(lambda: not listens(port))


def test_another_process_takes_over(front: Front) -> None:
    """Who started it is gone; HAProxy goes on, and another process adopts it."""
    with replicas("a", "b") as (a, b):
        code = (
            "import sys, json; from aml_nb.engines.front import *\n"
            "data = json.loads(sys.argv[2]); print(Front(sys.argv[1]).start(FrontConfig.from_dict(data)))"
        )
        command = [sys.executable, "-c", code, str(front.folder), json.dumps(config(a).to_dict())]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        port = int(done.stdout)
        assert front.alive() and front.port == port
        assert front.config == config(a)
        load = Load(port)
        load.until(100)
        assert front.reconfigure(config(b)) == port
        assert Front(front.folder).reconfigure(config(b, a)) == port
        load.until(300)
        assert set(load.end()) == {200}
        assert {post(port).name for _ in range(4)} == {"a", "b"}


def test_one_that_was_killed_is_started_again_at_its_port(front: Front) -> None:
    with replicas("a") as (a,):
        port = front.start(config(a))
        found = control.processes(front.folder)
        os.killpg(found.master, signal.SIGKILL)
        wait(lambda: not front.alive())
        assert front.stats().servers == {}
        assert front.start(config(a)) == port
        assert post(port).name == "a"


def test_one_whose_socket_was_removed_is_replaced(front: Front) -> None:
    with replicas("a") as (a,):
        port = front.start(config(a))
        lost = control.processes(front.folder).master
        (front.folder / control.SOCKET).unlink()
        assert front.start(config(a)) == port
        assert control.processes(front.folder).master != lost
        with pytest.raises(ProcessLookupError):
            os.kill(lost, 0)


def test_one_whose_folder_was_removed_is_found_and_ended(front: Front) -> None:
    front.folder.mkdir()
    other = Front(front.folder.with_name("other"))
    with replicas("a", "b") as (a, b):
        port, others = front.start(config(a)), other.start(config(b))
        shutil.rmtree(front.folder)
        assert listens(port)
        try:
            front.stop()
            assert not listens(port)
            assert not front.folder.exists()
            assert post(others).name == "b"
        finally:
            other.stop(0)


def test_a_service_that_was_removed_is_not_brought_back(front: Front) -> None:
    removed = Front(front.folder / "service" / "front")
    with replicas("a") as (a,), pytest.raises(FrontError, match="was removed"):
        removed.start(config(a))
    assert not front.folder.exists()


def test_a_long_path(tmp_path: Path, require: Callable[[str], None]) -> None:
    require("haproxy")
    front = Front(tmp_path / ("long" * 40) / "front")
    front.folder.parent.mkdir()
    with replicas("a", "b") as (a, b):
        try:
            port = front.start(config(a))
            front.reconfigure(config(b))
            assert post(port).name == "b"
        finally:
            front.stop(0)
        assert not listens(port)


def test_stop_lets_requests_finish(front: Front) -> None:
    with replicas("a") as (a,):
        port = front.start(config(a))
        answers: list[int] = []
        slow = threading.Thread(target=lambda: answers.append(post(port, 1).status))
        slow.start()
        wait(lambda: front.stats().load("svc", "a").busy == 1)
        front.stop(10)
        slow.join()
        assert answers == [200]
        assert not listens(port)
        with suppress(FileNotFoundError):
            assert not (front.folder / "front.cfg").exists()


def test_no_haproxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FrontError, match="HAProxy is not on this machine") as caught:
        Front(tmp_path / "front").start(FrontConfig((Backend("svc"),)))
    assert "aml_nb[aks]" in str(caught.value.hint) or "brew" in str(caught.value.hint)

"""Clients and scripts that mean harm, or behave as if they did: the worker that serves them must outlive them."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.integration.serving import Service, exchange, read_reply, wait_for

SCRIPT = """
import signal
import time

def init():
    pass

class Unspeakable(Exception):
    def __str__(self):
        raise KeyError("no words")

def parts(number, pause):
    for n in range(number):
        time.sleep(pause)
        yield f"part {n};"

def hold(seconds):
    # like a long call into C code: no signal gets through before it is over
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    time.sleep(seconds)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])

def run(raw_data):
    word, _, rest = raw_data.partition(" ")
    if word == "sleep":
        time.sleep(float(rest))
    if word == "hold":
        hold(float(rest))
    if word == "unspeakable":
        raise Unspeakable
    if word == "late-stream":
        time.sleep(0.3)
        return parts(3, 0)
    if word == "long-stream":
        return parts(6, 0.4)
    if word == "stuck-stream":
        return (part for pause in (0, 60) for part in parts(1, pause))
    if word == "numbers":
        return iter([b"one", 2_000])
    if word == "large":
        return "x" * 3_000_000
    return {"got": raw_data}
"""


def post(body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST /score HTTP/1.1", b"Host: localhost", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def rest_of(sock: socket.socket) -> bytes:
    """Everything until the end of a chunked reply, or of the connection."""
    data = b""
    while not data.endswith(b"0\r\n\r\n") and (part := sock.recv(65536)):
        data += part
    return data


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("hostile"), SCRIPT, scoring_timeout_ms=2000, cors_origins="*")
    assert service.settled()["state"] == "Healthy"
    yield service
    service.close()


@pytest.fixture
def unharmed(service: Service) -> Iterator[Service]:
    """The service, whose worker must still be the same one afterwards, and answer."""
    before = wait_for(service.workers)
    yield service
    assert service.post("well?").json() == {"got": "well?"}
    assert service.workers() == before


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"


def test_json_nested_too_deeply_in_a_query(unharmed: Service) -> None:
    with unharmed.connect() as sock:
        query = b"GET /score?a=" + b"[" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        status, _, body = exchange(sock, query)
    assert status == 200 and json.loads(json.loads(body)["got"])["a"] == "[" * 20_000


def test_a_chunked_request_that_offers_another_protocol(unharmed: Service) -> None:
    head = b"POST /score HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n"
    with unharmed.connect() as sock:
        assert exchange(sock, head + b"3\r\nabc\r\n0\r\n\r\n")[2] == b'{"got": "abc"}'
        assert exchange(sock, post(b"next"))[2] == b'{"got": "next"}'


def test_an_exception_that_cannot_be_told(unharmed: Service) -> None:
    answer = unharmed.post("unspeakable")
    assert (answer.status_code, answer.headers["x-ms-run-function-failed"]) == (500, "True")
    wait_for(lambda: "Unspeakable" in unharmed.log())


def test_a_stream_that_begins_late(unharmed: Service) -> None:
    with unharmed.connect() as sock:
        sock.sendall(post(b"late-stream"))
        data = rest_of(sock)
        assert data.startswith(b"HTTP/1.1 200") and data.count(b"part") == 3
        assert exchange(sock, post(b"next"))[2] == b'{"got": "next"}'


def test_a_stream_may_last_longer_than_a_run(unharmed: Service) -> None:
    with unharmed.connect() as sock:
        sock.sendall(post(b"long-stream"))
        data = rest_of(sock)
        assert data.startswith(b"HTTP/1.1 200") and data.count(b"HTTP/1.1") == 1 and data.count(b"part") == 6
        assert exchange(sock, post(b"next"))[2] == b'{"got": "next"}'


def test_a_stream_whose_next_part_never_comes_is_broken_off(unharmed: Service) -> None:
    with unharmed.connect() as sock:
        sock.sendall(post(b"stuck-stream"))
        data = rest_of(sock)
    assert data.count(b"HTTP/1.1") == 1 and not data.endswith(b"0\r\n\r\n")
    wait_for(lambda: "The answer broke off" in unharmed.log())


def test_a_stream_of_something_else_than_text_or_bytes_is_broken_off(unharmed: Service) -> None:
    with unharmed.connect() as sock:
        sock.sendall(post(b"numbers"))
        data = rest_of(sock)
    assert b"one" in data and b"\0" not in data and not data.endswith(b"0\r\n\r\n")


def test_a_path_forges_no_line_of_the_log(unharmed: Service) -> None:
    with unharmed.connect() as sock:
        assert exchange(sock, b"GET /x%0AFORGED%1b[31m HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 404
        named = b"x-request-id: one\x9b31m\xc2\x85two"
        assert exchange(sock, post(b"1", named))[0] == 200
    log = wait_for(lambda: unharmed.log() if "two" in unharmed.log() else None)
    assert "x%0AFORGED" in log
    assert not any(line.startswith("FORGED") for line in log.splitlines())
    assert not set("\x1b\x9b\x85") & set(log)


def test_a_client_that_asks_on_and_reads_nothing_fills_no_memory(unharmed: Service) -> None:
    asked, sent = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000, 0
    with unharmed.connect() as sock:
        sock.settimeout(1.0)
        with pytest.raises(TimeoutError):
            while sent < 60_000_000:
                sent += sock.send(asked)
    assert sent < 60_000_000


def test_an_answer_that_came_too_late_takes_no_other_clients_connection(unharmed: Service) -> None:
    """The connection of a request that timed out is closed; the next client's has the same descriptor."""
    with unharmed.connect() as sock:
        sock.sendall(post(b"hold 3.5", b"Connection: close"))
        assert read_reply(sock)[0] == 500
        assert sock.recv(1) == b""
    with unharmed.connect() as other:
        assert exchange(other, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")[2] == b"Healthy"
        time.sleep(2.5)
        assert exchange(other, post(b"mine"))[2] == b'{"got": "mine"}'


def test_chunks_of_an_old_protocol(unharmed: Service) -> None:
    head = b"POST /score HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
    with unharmed.connect() as sock:
        assert exchange(sock, head + b"1\r\na\r\n0\r\n\r\n")[0] == 400


def test_a_slow_reader_keeps_its_answer(unharmed: Service) -> None:
    with unharmed.connect() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.sendall(post(b"large"))
        threading.Event().wait(0.2)
        assert requests.get(unharmed.url + "/", timeout=5).text == "Healthy"
        assert len(json.loads(read_reply(sock)[2])) == 3_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_connections_of_all_kinds_leave_no_descriptor_behind(unharmed: Service) -> None:
    (pid,) = unharmed.workers()

    def descriptors() -> int:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))

    before = descriptors()
    for data in (b"", b"POST /sc", post(b"whole")[:-2], post(b"1"), post(b"large"), post(b"long-stream"), b"\x16\x03"):
        for _ in range(5):
            with unharmed.connect() as sock:
                sock.sendall(data)
    wait_for(lambda: descriptors() <= before)


FILES = """
import contextlib
def init():
    pass
def run(raw_data):
    with contextlib.ExitStack() as stack:
        return len([stack.enter_context(open(__file__)) for _ in range(20)])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit")
def test_connections_leave_the_script_descriptors_of_its_own(tmp_path: Path) -> None:
    import resource

    service = Service(tmp_path / "files", FILES)
    socks: list[socket.socket] = []
    try:
        service.settled()
        resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (200, 200))
        os.kill(service.workers()[0], signal.SIGKILL)
        wait_for(lambda: service.state()["restarts"] == 1 and service.workers())
        socks += [service.connect() for _ in range(220)]
        assert service.post().json() == 20
    finally:
        for sock in socks:
            sock.close()
        service.close()


@pytest.mark.skipif(
    sys.platform != "linux", reason="connections of an old worker go on in a new one where there is epoll"
)
def test_an_update_leaves_the_script_descriptors_of_its_own(tmp_path: Path) -> None:
    service = Service(tmp_path / "handed", FILES)
    socks: list[socket.socket] = []
    try:
        socks += [service.connect() for _ in range(250)]
        for sock in socks:
            assert exchange(sock, post(b"1"))[0] == 200
        limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))"
        service.update(FILES.replace("def init():", f"def init():\n    {limit}"))
        wait_for(lambda: service.state()["revision"] == 2 and len(service.state()["workers"]) == 1)
        assert service.post().json() == 20
    finally:
        for sock in socks:
            sock.close()
        service.close()


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit")
def test_a_worker_without_descriptors_makes_room(tmp_path: Path) -> None:
    import resource

    service = Service(tmp_path / "scarce", SCRIPT)
    socks: list[socket.socket] = []
    try:
        service.settled()
        (pid,) = service.workers()
        most = len(os.listdir(f"/proc/{pid}/fd")) + 20
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
        for _ in range(60):
            socks.append(service.connect())
            socks[-1].sendall(b"POST /score HTTP/1.1\r\nHost: loc")
        assert service.post("through").json() == {"got": "through"}
        assert service.log().count("No connection can be taken") < 10
        assert service.workers() == [pid]
    finally:
        for sock in socks:
            sock.close()
        service.close()


def test_a_body_past_the_limit_is_answered_while_it_is_still_being_sent(tmp_path: Path) -> None:
    service = Service(tmp_path / "small", SCRIPT, max_body_bytes=1000)
    try:
        answer = service.post(b"x" * 5_000_000)
        assert answer.status_code == 413 and "1000 at most" in answer.json()["message"]
    finally:
        service.close()

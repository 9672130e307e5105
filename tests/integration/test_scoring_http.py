"""The scoring server as clients meet it, well-behaved and otherwise."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.integration.serving import Service, exchange, read_reply, wait_for

ECHO = """
import os, time

def init():
    print("ready to echo")

def run(raw_data):
    if raw_data.startswith("sleep "):
        time.sleep(float(raw_data[6:]))
    if raw_data.startswith("hold "):
        open("begun " + raw_data[5:], "w").close()
        while not os.path.exists("go " + raw_data[5:]):
            time.sleep(0.01)
    if raw_data == "fail":
        raise ValueError("no such thing")
    if raw_data == "stream":
        return (f"part {n}\\n" for n in range(3))
    if raw_data == "large":
        return "x" * 5_000_000
    return {"got": raw_data}
"""


def post(body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST /score HTTP/1.1", b"Host: localhost", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(
        tmp_path_factory.mktemp("echo"),
        ECHO,
        max_body_bytes=1_000_000,
        cors_origins="http://a.example",
    )
    assert service.settled()["state"] == "Healthy"
    yield service
    service.close()


def wait_until_held(service: Service, what: str) -> None:
    wait_for((service.folder / "1" / f"begun {what}").exists)


def let_go(service: Service, what: str) -> None:
    (service.folder / "1" / f"go {what}").touch()


def test_answers_what_run_returns(echo: Service) -> None:
    answer = echo.post("é".encode())
    assert (answer.status_code, answer.json()) == (200, {"got": "é"})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["x-ms-run-function-failed"] == "False"
    assert float(answer.headers["x-ms-run-fn-exec-ms"]) >= 0


def test_health_and_unknown_paths(echo: Service) -> None:
    assert requests.get(echo.url + "/", timeout=20).text == "Healthy"
    missing = requests.get(echo.url + "/nothing", timeout=20)
    assert missing.status_code == 404 and "POST /score" in missing.json()["message"]
    wrong = requests.put(echo.url + "/score", timeout=20)
    assert wrong.status_code == 405 and "POST" in wrong.headers["Allow"]
    assert requests.options(echo.url + "/score", timeout=20).status_code == 200


def test_request_ids(echo: Service) -> None:
    own = echo.post("1").headers
    assert own["x-request-id"] != echo.post("1").headers["x-request-id"]
    answer = echo.post("1", headers={"x-request-id": "abc", "x-ms-client-request-id": "mine"}).headers
    assert (answer["x-request-id"], answer["x-ms-client-request-id"]) == ("abc", "mine")
    assert echo.post("1", headers={"x-request-id": "a" * 100}).status_code == 200
    assert echo.post("1", headers={"x-request-id": "a" * 101}).status_code == 431


def test_a_run_that_raises_is_told_in_the_log_by_its_line(echo: Service) -> None:
    answer = echo.post("fail")
    assert answer.status_code == 500
    assert answer.headers["x-ms-run-function-failed"] == "True"
    assert "Check the logs" in answer.json()["message"]
    wait_for(lambda: "score.py, line 15: run() raised ValueError: no such thing" in echo.log())


def test_what_the_script_prints_is_in_the_log(echo: Service) -> None:
    assert "ready to echo" in echo.log()


def test_streams(echo: Service) -> None:
    answer = echo.post("stream", stream=True)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.text == "part 0\npart 1\npart 2\n"


def test_a_run_past_its_time_is_answered_and_ended(tmp_path: Path) -> None:
    service = Service(tmp_path / "service", ECHO, scoring_timeout_ms=1500)
    try:
        answer = service.post("sleep 100")
        assert answer.status_code == 500 and answer.json()["message"] == "Scoring timeout after 1500 ms"
        assert service.post("after").json() == {"got": "after"}, "a run() that should have ended holds the next"
    finally:
        service.close()


def test_health_answers_while_run_computes(echo: Service) -> None:
    with echo.connect() as busy:
        busy.sendall(post(b"hold health"))
        wait_until_held(echo, "health")
        assert requests.get(echo.url + "/", timeout=20).text == "Healthy"
        let_go(echo, "health")
        assert read_reply(busy)[0] == 200


def test_a_reply_does_not_wait_for_the_next_run(echo: Service) -> None:
    with echo.connect() as first, echo.connect() as quick, echo.connect() as slow:
        first.sendall(post(b"hold first"))
        wait_until_held(echo, "first")
        quick.sendall(post(b"quick"))
        time.sleep(0.05)
        slow.sendall(post(b"hold slow"))
        let_go(echo, "first")
        assert read_reply(first)[0] == 200
        wait_until_held(echo, "slow")
        assert read_reply(quick)[2] == b'{"got": "quick"}'
        let_go(echo, "slow")
        assert read_reply(slow)[2] == b'{"got": "hold slow"}'


def test_two_requests_at_once_on_one_connection(echo: Service) -> None:
    with echo.connect() as sock:
        sock.sendall(post(b"one") + b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + post(b"two"))
        bodies = [read_reply(sock)[2] for _ in range(3)]
    assert bodies == [b'{"got": "one"}', b"Healthy", b'{"got": "two"}']


def test_requests_sent_at_once_on_one_connection_are_answered_without_a_pause(echo: Service) -> None:
    def takes() -> float:
        with echo.connect() as sock:
            began = time.monotonic()
            sock.sendall(post(b"one") * 3)
            assert [read_reply(sock)[0] for _ in range(3)] == [200] * 3
            return time.monotonic() - began

    assert min(takes() for _ in range(5)) < 0.7  # a busy machine pauses at times, not at every try


def test_a_request_that_comes_byte_by_byte(echo: Service) -> None:
    with echo.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post(b"slow"):
            sock.sendall(bytes([byte]))
        assert read_reply(sock)[2] == b'{"got": "slow"}'


@pytest.mark.parametrize("cuts", [(), (60,), (100, 110, 111), range(80, 120)])
def test_a_chunked_body(echo: Service, cuts: tuple[int, ...]) -> None:
    head = b"POST /score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    data = head + b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"
    with echo.connect() as sock:
        start = 0
        for cut in (*cuts, len(data)):
            sock.sendall(data[start:cut])
            start = cut
            time.sleep(0.002)
        assert read_reply(sock)[2] == b'{"got": "abcdefg"}'
        assert exchange(sock, post(b"next"))[2] == b'{"got": "next"}'


def test_continue_is_sent_to_who_waits_for_it(echo: Service) -> None:
    with echo.connect() as sock:
        sock.sendall(b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 100 Continue")
        assert exchange(sock, b"abc")[2] == b'{"got": "abc"}'


def test_http_1_0_and_connection_close(echo: Service) -> None:
    with echo.connect() as sock:
        status, headers, _ = exchange(sock, b"POST /score HTTP/1.0\r\nContent-Length: 1\r\n\r\na")
        assert status == 200 and headers["connection"] == "close"
        assert sock.recv(1) == b""
    with echo.connect() as sock:
        assert exchange(sock, post(b"a", b"Connection: close"))[1]["connection"] == "close"
        assert sock.recv(1) == b""


def test_a_client_that_closes_its_side_still_gets_its_answer(echo: Service) -> None:
    with echo.connect() as sock:
        sock.sendall(post(b"sleep 0.2"))
        sock.shutdown(socket.SHUT_WR)
        assert read_reply(sock)[2] == b'{"got": "sleep 0.2"}'


@pytest.mark.parametrize("rest", [b"", b"POST /sco"])
def test_a_client_that_closes_its_side_after_several_requests_sees_the_end(echo: Service, rest: bytes) -> None:
    with echo.connect() as sock:
        sock.sendall(post(b"sleep 0.2") + post(b"one") + post(b"two") + rest)
        sock.shutdown(socket.SHUT_WR)
        assert [read_reply(sock)[2] for _ in range(3)] == [b'{"got": "%b"}' % x for x in (b"sleep 0.2", b"one", b"two")]
        assert sock.recv(1) == b"", "the connection is left open"


def test_a_large_answer_to_a_slow_reader(echo: Service) -> None:
    with echo.connect() as sock:
        sock.sendall(post(b"large") + post(b"behind"))
        time.sleep(0.3)
        assert requests.get(echo.url + "/", timeout=20).status_code == 200
        assert len(json.loads(read_reply(sock)[2])) == 5_000_000
        assert read_reply(sock)[2] == b'{"got": "behind"}'


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"POST /score HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"POST /score HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400),
        (b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400),
        (b"POST /score HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST /score HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 40_000 + b"\r\n\r\n", 431),
        (b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n", 413),
        (b"POST /score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 400),
        (b"POST /score HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ],
)
def test_what_is_no_request_is_refused(echo: Service, data: bytes, status: int) -> None:
    with echo.connect() as sock:
        got, headers, body = exchange(sock, data)
        assert got == status
        assert headers["connection"] == "close" and json.loads(body)["message"]
        assert sock.recv(1) == b""
    assert echo.post("still here").status_code == 200


def test_a_chunked_body_past_the_limit(echo: Service) -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with echo.connect() as sock:
        sock.sendall(b"POST /score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(20):
                sock.sendall(chunk)
        except OSError:
            return  # closed already, as it should be
        assert read_reply(sock)[0] == 413


def test_another_host_name_is_not_served(echo: Service) -> None:
    answer = requests.get(echo.url + "/", headers={"Host": "rebound.example"}, timeout=20)
    assert answer.status_code == 403


def test_origins(echo: Service) -> None:
    allowed = echo.post("1", headers={"Origin": "http://a.example"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "http://a.example"
    assert "Access-Control-Allow-Origin" not in echo.post("1", headers={"Origin": "http://b.example"}).headers
    asked = {"Origin": "http://a.example", "Access-Control-Request-Headers": "content-type"}
    preflight = requests.options(echo.url + "/score", headers=asked, timeout=20)
    assert preflight.status_code == 200 and preflight.headers["Access-Control-Allow-Headers"] == "content-type"


def test_many_connections_that_say_nothing(echo: Service) -> None:
    socks = [echo.connect() for _ in range(200)]
    try:
        assert echo.post("through").json() == {"got": "through"}
    finally:
        for sock in socks:
            sock.close()

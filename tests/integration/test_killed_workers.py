"""Workers that are killed or hang while requests wait in them: only what was being computed is lost."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.serving import Service, exchange, read_reply, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="requests wait in the kernel where there is epoll")

Make = Callable[..., Service]

# A body is a name and what to do: sleep for so many seconds, die, or stay for as long as there is a file of this path.
SCRIPT = """
import os, signal, time

def init():
    pass

def run(raw_data):
    name, what = raw_data.split()[:2]
    print("BEGIN", name, flush=True)
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what.startswith("/"):
        while os.path.exists(what):
            time.sleep(0.01)
    else:
        time.sleep(float(what))
    return [name, os.getpid(), VERSION]
"""


def script(version: int = 1) -> str:
    return SCRIPT.replace("VERSION", str(version))


def message(body: str) -> bytes:
    return b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body.encode())


def begun(service: Service) -> Counter[str]:
    """How often each request was begun to be computed."""
    return Counter(re.findall(r"^BEGIN (\S+)", service.log(), re.MULTILINE))


def wait_until_begun(service: Service, name: str) -> None:
    wait_for(lambda: begun(service)[name])


def unread(sock: socket.socket) -> int:
    """How many bytes that were sent on a connection nobody has read yet at its other end."""
    ends = [f"{port:04X}" for port in (sock.getpeername()[1], sock.getsockname()[1])]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, here, there, _, queues = line.split()[:5]
        if [here[-4:], there[-4:]] == ends:
            return int(queues.split(":")[1], 16)
    raise AssertionError("the connection is over")


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """A run() that is told of this file ends when the file is gone."""
    file = tmp_path / "held"
    file.touch()
    return file


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Service] = []

    def one(text: str = "", **settings: Any) -> Service:
        made.append(Service(tmp_path / f"service{len(made)}", text or script(), **settings))
        wait_for(lambda: len(made[-1].workers()) == settings.get("worker_count", 1))
        return made[-1]

    yield one
    for service in made:
        service.close()


@pytest.fixture
def connect() -> Iterator[Callable[[Service], socket.socket]]:
    socks: list[socket.socket] = []

    def one(service: Service) -> socket.socket:
        socks.append(service.connect())
        return socks[-1]

    yield one
    for sock in socks:
        sock.close()


Connect = Callable[[Service], socket.socket]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_kill_loses_the_request_that_was_being_computed_and_no_other(
    make: Make, connect: Connect, workers: int, held: Path
) -> None:
    service = make(worker_count=workers)
    # One request each worker computes for long, then forty that wait.
    busy = [connect(service) for _ in range(workers)]
    for number, sock in enumerate(busy):
        sock.sendall(message(f"busy{number} {held}"))
        wait_until_begun(service, f"busy{number}")
    waiting = [connect(service) for _ in range(40)]
    for number, sock in enumerate(waiting):
        sock.sendall(message(f"w{number} 0.01"))
    time.sleep(0.2)

    os.kill(service.workers()[0], signal.SIGKILL)
    wait_for(lambda: service.state()["restarts"])
    held.unlink()

    replies = [read_reply(sock) for sock in busy]
    assert sorted(status for status, _, _ in replies) == [200] * (workers - 1) + [502]
    (lost,) = [(headers, body) for status, headers, body in replies if status == 502]
    assert "died while it computed this request" in json.loads(lost[1])["message"]
    assert "SIGKILL" in json.loads(lost[1])["message"] and lost[0]["connection"] == "close"
    for number, sock in enumerate(waiting):
        status, _, body = read_reply(sock)
        assert (status, json.loads(body)[0]) == (200, f"w{number}")
    assert set(begun(service).values()) == {1}, "a request was computed twice"
    # The connections go on.
    assert exchange(waiting[0], message("again 0"))[0] == 200


def test_a_request_that_kills_its_worker_is_not_tried_again(make: Make, connect: Connect) -> None:
    service = make(worker_count=2)
    socks = [connect(service) for _ in range(12)]
    for number, sock in enumerate(socks):
        sock.sendall(message(f"n{number} {'die' if number == 3 else '0.05'}"))
    statuses = [read_reply(sock)[0] for sock in socks]
    assert statuses == [502 if number == 3 else 200 for number in range(12)]
    assert begun(service)["n3"] == 1
    assert wait_for(lambda: service.state()["restarts"]) == 1


def test_pipelined_and_half_sent_requests_outlive_their_worker(make: Make, connect: Connect) -> None:
    service = make()
    busy, piped, half = connect(service), connect(service), connect(service)
    busy.sendall(message("busy 60"))
    wait_until_begun(service, "busy")
    piped.sendall(message("p1 0") + message("p2 0") + message("p3 0"))
    whole = message("h " + "0" * 5000)
    half.sendall(whole[:1000])
    time.sleep(0.1)
    os.kill(service.workers()[0], signal.SIGKILL)
    assert read_reply(busy)[0] == 502
    assert [json.loads(read_reply(piped)[2])[0] for _ in range(3)] == ["p1", "p2", "p3"]
    assert exchange(half, whole[1000:])[0] == 200


@pytest.mark.parametrize("size", [30_000, 65_000])
def test_large_bodies_that_wait(make: Make, connect: Connect, size: int) -> None:
    service = make()
    busy, large, half = connect(service), connect(service), connect(service)
    busy.sendall(message("busy 60"))
    wait_until_begun(service, "busy")
    large.sendall(message("large 0 " + "x" * size) + message("small 0"))
    whole = message("half 0 " + "x" * size)
    half.sendall(whole[: size // 2])
    time.sleep(0.2)
    os.kill(service.workers()[0], signal.SIGKILL)
    assert read_reply(busy)[0] == 502
    assert [json.loads(read_reply(large)[2])[0] for _ in range(2)] == ["large", "small"]
    assert exchange(half, whole[size // 2 :])[0] == 200
    for number in range(3):
        assert exchange(half, message(f"small{number} 0"))[0] == 200
        assert exchange(half, message("large 0 " + "x" * size))[0] == 200


@pytest.mark.parametrize("size", [100_000, 3_000_000])
def test_bodies_that_are_too_large_to_be_left_with_the_system(make: Make, connect: Connect, size: int) -> None:
    """They are with the worker, and lost with it; the client is told so."""
    service = make()
    busy, large = connect(service), connect(service)
    busy.sendall(message("busy 60"))
    wait_until_begun(service, "busy")
    large.sendall(message("large 0 " + "x" * size))
    wait_for(lambda: unread(large) == 0)
    os.kill(service.workers()[0], signal.SIGKILL)
    assert read_reply(busy)[0] == 502
    status, _, body = read_reply(large)
    assert status == 502 and "too large" in json.loads(body)["message"]
    assert begun(service)["large"] == 0
    with service.connect() as sock:
        assert exchange(sock, message("large 0 " + "x" * size))[0] == 200


def test_a_stopped_worker_is_found_by_its_probe(make: Make, connect: Connect) -> None:
    probe = {"period_s": 0.2, "initial_delay_s": 0, "timeout_s": 1, "failure": 2}  # it may be a second late
    service = make(worker_count=1, probe=probe)
    busy, waiting = connect(service), connect(service)
    busy.sendall(message("busy 1"))
    wait_until_begun(service, "busy")
    waiting.sendall(message("waits 0"))
    time.sleep(1.2)  # a long run() is no reason to end a worker
    assert service.state()["restarts"] == 0 and read_reply(busy)[0] == 200 == read_reply(waiting)[0]

    busy.sendall(message("busy2 60"))
    wait_until_begun(service, "busy2")
    waiting.sendall(message("waits2 0"))
    (victim,) = service.workers()
    os.kill(victim, signal.SIGSTOP)
    assert read_reply(busy)[0] == 502
    status, _, body = read_reply(waiting)
    assert status == 200 and json.loads(body)[1] != victim
    assert "did not answer 2 liveness probes" in service.log()


def together(service: Service, connect: Connect) -> tuple[socket.socket, socket.socket, int]:
    """Two connections that are with one worker, and its process id."""
    of: dict[int, socket.socket] = {}
    while True:
        sock = connect(service)
        pid = json.loads(exchange(sock, message("who 0"))[2])[1]
        if pid in of:
            return of[pid], sock, pid
        of[pid] = sock


def test_a_waiting_request_goes_to_a_worker_that_is_idle(make: Make, connect: Connect, held: Path) -> None:
    service = make(worker_count=2, max_queue_wait_ms=30_000)
    first, second, pid = together(service, connect)
    first.sendall(message(f"busy {held}"))
    wait_until_begun(service, "busy")
    began = time.monotonic()
    status, _, body = exchange(second, message("waits 0"))
    assert status == 200 and json.loads(body)[1] != pid
    assert time.monotonic() - began < 15, "it waited for its time to end, not for the idle worker"
    held.unlink()
    assert read_reply(first)[0] == 200


def test_clients_of_one_worker_are_shared_with_a_new_one_also_where_runs_are_short(
    make: Make, connect: Connect
) -> None:
    service = make("import os, time\ndef init(): pass\ndef run(raw_data): time.sleep(0.001); return os.getpid()\n")
    socks = [connect(service) for _ in range(4)]
    for sock in socks:
        assert exchange(sock, message("first"))[0] == 200
    service.update(worker_count=2)
    wait_for(lambda: len(service.workers()) == 2)
    latest: deque[int] = deque(maxlen=400)  # of many requests, for a pause of the machine may stop either worker
    done = threading.Event()

    def ask(sock: socket.socket) -> None:
        while not done.is_set():
            latest.append(json.loads(exchange(sock, message("short"))[2]))

    def shared() -> bool:
        counts = Counter(latest.copy()).values()
        return len(counts) == 2 and sum(counts) == 400 and min(counts) > 0.2 * 400

    threads = [threading.Thread(target=ask, args=(sock,)) for sock in socks]
    for thread in threads:
        thread.start()
    try:
        wait_for(shared, 60)
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_a_request_that_nobody_can_take_is_turned_away_in_time(make: Make, connect: Connect, held: Path) -> None:
    service = make(worker_count=2, max_queue_wait_ms=300)
    busy = [connect(service) for _ in range(2)]
    for number, sock in enumerate(busy):
        sock.sendall(message(f"busy{number} {held}"))
        wait_until_begun(service, f"busy{number}")
    assert exchange(connect(service), message("waits 0"))[0] == 503
    held.unlink()
    assert [read_reply(sock)[0] for sock in busy] == [200, 200]


def test_waiting_requests_pass_to_the_new_revision(make: Make, connect: Connect, held: Path) -> None:
    service = make()
    socks = [connect(service) for _ in range(6)]
    socks[0].sendall(message(f"busy {held}"))
    wait_until_begun(service, "busy")
    for number, sock in enumerate(socks[1:]):
        sock.sendall(message(f"n{number} 0"))
    service.update(script(2))
    assert [json.loads(read_reply(sock)[2])[2] for sock in socks[1:]] == [2] * 5
    held.unlink()
    assert json.loads(read_reply(socks[0])[2])[2] == 1


def test_an_offer_that_its_taker_never_took_passes_to_the_new_revision(
    make: Make, connect: Connect, held: Path
) -> None:
    service = make(worker_count=2)
    first, second, pid = together(service, connect)
    (taker,) = set(service.workers()) - {pid}
    os.kill(taker, signal.SIGSTOP)
    try:
        first.sendall(message(f"busy {held}"))
        wait_until_begun(service, "busy")
        second.sendall(message("waits 0"))
        time.sleep(0.3)
        service.update(script(2))
        assert json.loads(read_reply(second)[2])[2] == 2
    finally:
        held.unlink()
        os.kill(taker, signal.SIGCONT)


def test_a_stopped_service_leaves_no_client_waiting(make: Make, connect: Connect) -> None:
    service = make(drain_ms=300)
    busy, waiting, idle = connect(service), connect(service), connect(service)
    assert exchange(idle, message("i 0"))[0] == 200
    busy.sendall(message("busy 30"))
    wait_until_begun(service, "busy")
    waiting.sendall(message("waits 0"))
    time.sleep(0.1)
    service.process.terminate()
    assert service.process.wait(10) == 0
    for sock in (busy, waiting, idle):
        sock.settimeout(5)
        try:
            data = sock.recv(1000)
        except ConnectionResetError:
            data = b""
        assert not data or data.startswith((b"HTTP/1.1 502", b"HTTP/1.1 503"))


def test_ten_thousand_requests_across_updates_and_a_bad_one(make: Make) -> None:
    """64 connections; two updates take over and one is put away; every answer is whole and right."""
    text = "import time\ndef init(): time.sleep(0.3)\ndef run(raw_data):\n    return [raw_data, VERSION]\n"
    service = make(text.replace("VERSION", "1"), worker_count=2)
    port = service.state()["port"]
    seen: Counter[int] = Counter()
    wrong: list[str] = []
    done = threading.Event()

    def client(number: int) -> None:
        mine: Counter[int] = Counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            while not done.is_set() or sum(mine.values()) < 160:
                body = f"{number}-{sum(mine.values())}"
                connection.request("POST", "/score", body)
                reply = connection.getresponse()
                data = reply.read()
                if reply.status != 200 or json.loads(data)[0] != body:
                    wrong.append(f"{reply.status} {data!r}")
                    return
                mine[json.loads(data)[1]] += 1
        except Exception as error:
            wrong.append(repr(error))
        finally:
            connection.close()
            seen.update(mine)

    clients = [threading.Thread(target=client, args=(number,)) for number in range(64)]
    for thread in clients:
        thread.start()
    try:
        service.update(text.replace("VERSION", "2"))
        wait_for(lambda: service.state()["revision"] == 2)
        service.update("def init(): raise RuntimeError('not today')\ndef run(raw_data): return 1\n")
        wait_for(lambda: service.state()["error"])
        assert service.state()["revision"] == 2
        service.update(text.replace("VERSION", "4"))
        wait_for(lambda: service.state()["revision"] == 4)
    finally:
        done.set()
        for thread in clients:
            thread.join(60)
    assert wrong == []
    assert sum(seen.values()) >= 10_000 and set(seen) == {1, 2, 4}

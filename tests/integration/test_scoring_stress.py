"""Two workers under clients of every kind at once, while revisions change and workers are killed."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.serving import Service, read_reply, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc")

SECONDS = 5.0
GROWTH_MB = 64
SCRIPT = """
import time
def init():
    pass
def parts(raw_data):
    yield raw_data[:9]
    time.sleep(0.01)
    yield raw_data[9:]
def run(raw_data):
    if raw_data.startswith("overdue"):
        time.sleep(30)
    if raw_data.startswith("stream"):
        return parts(raw_data)
    if raw_data.startswith("fail"):
        raise ValueError(raw_data)
    return {"revision": REVISION, "got": raw_data, "padding": "x" * (200_000 if raw_data.startswith("large") else 0)}
"""


def script(revision: int) -> str:
    return SCRIPT.replace("REVISION", str(revision))


def message(text: str) -> bytes:
    return b"POST /score HTTP/1.1\r\nHost: localhost\r\nx-request-id: %b\r\nContent-Length: %d\r\n\r\n%b" % (
        text.split()[1].encode(),
        len(text),
        text.encode(),
    )


class Traffic:
    """Clients, each in a thread of its own; what they met is in ``seen`` and ``wrong``."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.until = time.monotonic() + SECONDS
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._numbers = iter(range(10**9))
        self._lock = threading.Lock()

    def text(self, word: str) -> str:
        with self._lock:
            return f"{word} n{next(self._numbers):09d}"

    def check(self, text: str, reply: tuple[int, dict[str, str], bytes]) -> bool:
        """Note whether the reply is the one to ``text``; True where the connection stays."""
        status, headers, body = reply
        if status == 502 and b"The worker died while" in body:
            with self._lock:
                self.seen["lost"] += 1
            return False
        word = text.split()[0]
        good = headers.get("x-request-id") == text.split()[1]
        if word in ("overdue", "fail"):
            good = good and status == 500 and headers["x-ms-run-function-failed"] == "True"
        elif word == "stream":
            good = good and status == 200 and body == text.encode()
        else:
            good = good and status == 200 and json.loads(body)["got"] == text
        with self._lock:
            self.seen[word if good else "wrong"] += 1
            if not good:
                self.wrong.append(f"{text}: {status} {headers} {body[:200]!r}")
        return headers.get("connection") != "close"

    def session(self, exchange: Callable[[socket.socket], bool]) -> None:
        """Connect, exchange as long as the connection stays, connect again."""
        while time.monotonic() < self.until:
            try:
                with self.service.connect() as sock:
                    while time.monotonic() < self.until and exchange(sock):
                        pass
            except (OSError, AssertionError) as error:
                with self._lock:
                    self.seen["broken"] += 1
                    self.seen[f"broken: {exchange.__name__}, {error!r:.60}"] += 1

    def steady(self, sock: socket.socket) -> bool:
        text = self.text(random.choice(("plain", "plain", "plain", "large", "fail")))
        sock.sendall(message(text))
        return self.check(text, read_reply(sock))

    def pipelined(self, sock: socket.socket) -> bool:
        texts = [self.text("plain") for _ in range(5)]
        sock.sendall(b"".join(map(message, texts)))
        return all(self.check(text, read_reply(sock)) for text in texts)  # what follows a close is to be sent again

    def slow(self, sock: socket.socket) -> bool:
        text = self.text("plain")
        data = message(text)
        for start in range(0, len(data), 11):
            sock.sendall(data[start : start + 11])
            time.sleep(0.005)
        return self.check(text, read_reply(sock))

    def overdue(self, sock: socket.socket) -> bool:
        text = self.text("overdue")
        sock.sendall(message(text))
        return self.check(text, read_reply(sock))

    def streamed(self, sock: socket.socket) -> bool:
        text = self.text("stream")
        sock.sendall(message(text))
        status, headers, _ = read_reply(sock)
        body = b""
        with sock.makefile("rb", buffering=0) as file:
            while size := int(file.readline() or b"-1", 16):
                assert size > 0, "the connection ended within a stream"
                body += file.read(size) or b""
                file.readline()
            file.readline()
        return self.check(text, (status, headers, body))

    def aborted(self, sock: socket.socket) -> bool:
        data = message(self.text(random.choice(("plain", "large", "stream"))))
        sock.sendall(data[: random.randrange(1, len(data) + 1)])
        with self._lock:
            self.seen["aborted"] += 1
        time.sleep(0.005)
        return False

    def kinds(self) -> list[Callable[[socket.socket], bool]]:
        return [self.steady, self.steady, self.pipelined, self.slow, self.overdue, self.streamed, self.aborted]


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def megabytes(pid: int) -> int:
    row = next(row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS"))
    return int(row.split()[1]) // 1024


def settled(service: Service, revision: int) -> list[int]:
    """The workers, once there are two of this revision and no others."""

    def look() -> list[int] | None:
        workers = service.state()["workers"]
        good = [w["pid"] for w in workers if w["state"] == "ready" and w["revision"] == revision]
        return good if len(good) == len(workers) == 2 else None

    return list(wait_for(look))


@pytest.mark.parametrize("killing", [False, True], ids=["updates", "updates and kills"])
def test_every_kind_of_client_at_once(tmp_path: Path, killing: bool) -> None:
    service = Service(tmp_path / "service", script(1), worker_count=2, scoring_timeout_ms=1000)
    try:
        first = settled(service, 1)
        supervisor = service.process.pid
        before = [descriptors(supervisor), max(map(descriptors, first))]
        size = [megabytes(supervisor), max(map(megabytes, first))]
        traffic = Traffic(service)
        clients = [threading.Thread(target=traffic.session, args=(kind,)) for kind in traffic.kinds()]
        for client in clients:
            client.start()
        revision, kills = 1, 0
        while time.monotonic() < traffic.until:
            time.sleep(1.0)
            if killing:
                kills += 1
                os.kill(random.choice(wait_for(service.workers)), signal.SIGKILL)
                time.sleep(0.4)
            revision += 1
            service.update(script(revision))
        for client in clients:
            client.join(60)
            assert not client.is_alive(), "a client waits for an answer that never comes"
        last = settled(service, revision)

        assert traffic.wrong == []
        assert {"plain", "large", "fail", "overdue", "stream", "aborted"} <= set(traffic.seen)
        # At each moment a worker computes one request, or sends one reply.
        assert traffic.seen["lost"] + traffic.seen["broken"] <= kills, traffic.seen
        if not killing:
            assert " is gone: " not in service.log()
        assert service.process.poll() is None
        assert "could not be dealt with" not in service.log() and "steward failed" not in service.log()
        wait_for(lambda: descriptors(supervisor) <= before[0])
        wait_for(lambda: max(map(descriptors, last)) <= before[1])
        assert megabytes(supervisor) < size[0] + GROWTH_MB
        assert max(map(megabytes, last)) < size[1] + GROWTH_MB
    finally:
        service.close()

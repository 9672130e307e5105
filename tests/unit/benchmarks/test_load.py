"""The load generator must notice every wrong answer, or its figures mean nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from benchmarks.generator import Framing, Load
from benchmarks.outcome import Outcome, build_request, loopback_address

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[0]"


@contextmanager
def server(answer: Callable[[int], bytes | None]) -> Iterator[str]:
    """A server on one thread; ``answer`` gets the number of the request, None closes the connection."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        count = 0
        while not done.is_set():
            connection, _ = listening.accept()
            with connection:
                while not done.is_set() and connection.recv(65536):
                    count += 1
                    reply = answer(count)
                    if reply is None:
                        break
                    connection.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/score"
    finally:
        done.set()
        socket.create_connection(listening.getsockname()).close()
        thread.join(timeout=10)
        listening.close()


def load(url: str, expected: bytes | None = None) -> Outcome:
    request = build_request(url, b'{"data": [[1]]}', {})
    return Load(url, request, 1, expected).run(seconds=10, warmup=0, timeout=5, limit=50)


def test_right_answers_are_counted() -> None:
    with server(lambda n: GOOD) as url:
        outcome = load(url, b"[0]")
    assert outcome.errors == {}
    assert outcome.requests == 50
    assert outcome.rate > 0


def test_another_status_is_an_error() -> None:
    with server(lambda n: GOOD if n != 7 else GOOD.replace(b"200", b"503")) as url:
        outcome = load(url)
    assert outcome.errors == {"status 503": 1}


@pytest.mark.parametrize("expected", [None, b"[0]"])
def test_another_body_is_an_error(expected: bytes | None) -> None:
    with server(lambda n: GOOD if n != 7 else GOOD.replace(b"[0]", b"[1]")) as url:
        outcome = load(url, expected)
    assert outcome.errors == {"another body": 1}
    assert "[1]" in outcome.sample


def test_a_closed_connection_is_an_error_and_the_load_goes_on() -> None:
    with server(lambda n: GOOD if n != 7 else None) as url:
        outcome = load(url)
    assert outcome.errors == {"closed before an answer": 1}
    assert outcome.reconnects == 1
    assert outcome.requests == 50


def test_chunked_answers_are_put_together() -> None:
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[0\r\n1\r\n]\r\n0\r\n\r\n"
    framing = Framing()
    assert [framing.split(whole[:cut]) for cut in range(len(whole))] == [None] * len(whole)
    found = framing.split(whole)
    assert found is not None
    assert found[2] == b"[0]"


@pytest.mark.parametrize("url", ["http://192.0.2.1/score", "https://127.0.0.1/score", "http://example.org/score"])
def test_only_this_machine_is_loaded(url: str) -> None:
    with pytest.raises(ValueError):
        loopback_address(url)

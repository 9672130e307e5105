"""What a container tells is in reach of the script in it: nothing it may tell disturbs whoever looks."""

from __future__ import annotations

import io
import json
import socket
import tarfile
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.engines.base import ServiceError
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import observing


def archive(data: bytes, **head: Any) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        info = tarfile.TarInfo("state.json")
        info.size = len(data)
        for name, value in head.items():
            setattr(info, name, value)
        tar.addfile(info, io.BytesIO(data))
    return whole.getvalue()


def told(monkeypatch: pytest.MonkeyPatch, pieces: Iterator[bytes]) -> dict[str, Any]:
    api = SimpleNamespace(get_archive=lambda *_: (pieces, {}))
    monkeypatch.setattr(clients, "connect", lambda *_: SimpleNamespace(api=api))
    container: Any = SimpleNamespace(id="c")
    return observing.state_file(container)


def test_what_a_supervisor_tells_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, iter([archive(b'{"state": "Healthy"}')])) == {"state": "Healthy"}


@pytest.mark.parametrize(
    "data",
    [
        archive(b"[1]"),
        archive(b"{half"),
        archive(b"[" * 200_000),
        archive(b"", type=tarfile.SYMTYPE, linkname="/etc/shadow"),
        archive(b"", type=tarfile.DIRTYPE),
        b"no archive",
    ],
)
def test_anything_else_is_nothing(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    assert told(monkeypatch, iter([data])) == {}


def test_a_file_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    def endless() -> Iterator[bytes]:
        while True:
            sent.append(1)
            yield b"\0" * 65536

    assert told(monkeypatch, endless()) == {}
    assert len(sent) < 100


def test_an_error_with_other_types_than_it_should_have() -> None:
    data: dict[str, Any] = {
        "code": 1,
        "message": ["<b>"],
        "line": "7",
        "revision": [3],
        "file": 1,
        "traceback": {},
        "exit_code": "x",
    }
    assert ServiceError.told(data) == ServiceError("1", "['<b>']")
    assert ServiceError.told(json.loads('{"code": "a", "message": "b", "line": 7}')) == ServiceError("a", "b", line=7)
    nothing: list[Any] = [None, {}, "died", 3]
    assert [ServiceError.told(other) for other in nothing] == [None] * 4


@pytest.mark.parametrize("revision", ["2", "²", "9" * 5000, "-1"])
def test_an_answer_without_an_end_is_not_waited_for(revision: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            caller, _ = server.accept()
            with caller:
                head = f"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\nx-aml-nb-revision: {revision}\r\n\r\nwell"
                caller.recv(65536)
                caller.sendall(head.encode())
                caller.recv(1)  # until whoever asked has gone

        thread = threading.Thread(target=answer)
        thread.start()
        seen = observing.probe(server.getsockname())
        thread.join(60)
    assert seen == (True, 2 if revision == "2" else None)

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from aml_nb.scoring.app import Application, Payload
from aml_nb.scoring.auth import make_keys
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.http import HeadCache
from aml_nb.scoring.invocation import Invocation
from aml_nb.scoring.telemetry import WorkerLog

SCRIPT = """
def init():
    pass
def run(raw_data):
    if raw_data == "parts":
        return iter([b"one", b"", b"two"])
    if raw_data.startswith("response "):
        from werkzeug.wrappers import Response
        _, status, body = raw_data.split()
        return Response(iter([body]) if body == "parts" else body, int(status), {"Transfer-Encoding": "chunked"})
    return raw_data
"""


class Client:
    """Asks an application without a socket."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        (folder / "score.py").write_text(SCRIPT)
        self.log = folder / "log"
        config = ServerConfig(name="svc", app_root=str(folder), entry_script="score.py", model_dir="", **settings)
        log = WorkerLog(handle=os.open(self.log, os.O_WRONLY | os.O_CREAT))
        self.app = Application(config, Invocation.load(config, log), log)
        self.flush = log.flush

    def payload(self, first: str, body: bytes = b"", **headers: str) -> Payload:
        rows = "".join(
            f"{name.replace('_', '-')}: {value}\r\n" for name, value in {"Host": "localhost", **headers}.items()
        )
        version = "" if "HTTP/" in first else " HTTP/1.1"
        head = HeadCache().parse(f"{first}{version}\r\n{rows}Content-Length: {len(body)}\r\n\r\n".encode())
        return self.app.direct(head) or self.app.score(head, body)

    def ask(self, first: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        head, _, rest = self.payload(first, body, **headers).data.partition(b"\r\n\r\n")
        line, *rows = head.decode("latin-1").split("\r\n")
        return int(line.split()[1]), dict(row.split(": ", 1) for row in rows), rest


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


def test_the_everyday_answer(client: Client) -> None:
    status, headers, body = client.ask("POST /score", b"hello")
    assert (status, json.loads(body)) == (200, "hello")
    assert headers["Content-Length"] == str(len(body)) and headers["Date"].endswith("GMT")


def test_both_ways_to_an_answer_have_the_same_headers(client: Client) -> None:
    quick = client.ask("POST /score", b"x", x_request_id="one")[1]
    full = client.ask("POST /score", b"x", x_request_id="one", x_ms_client_request_id="two")[1]
    assert full.pop("x-ms-client-request-id") == "two"
    assert quick.keys() == full.keys()


def test_the_workers_own_path_and_the_services(tmp_path: Path) -> None:
    client = Client(tmp_path, scoring_path="/api/v1/service/svc/score")
    assert client.ask("POST /api/v1/service/svc/score", b"x")[0] == 200
    assert client.ask("GET /api/v1/service/svc/swagger.json")[0] == 200
    assert client.ask("GET /")[2] == b"Healthy"


def test_head_has_no_body(client: Client) -> None:
    status, headers, body = client.ask("HEAD /")
    assert (status, headers["Content-Length"], body) == (200, "7", b"")


def test_swagger_is_json_and_needs_the_key(tmp_path: Path) -> None:
    keys = make_keys()
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    client = Client(tmp_path, auth="key", keys_file=str(tmp_path / "keys.json"))
    assert client.ask("GET /swagger.json")[0] == 401
    status, _, body = client.ask("GET /swagger.json", Authorization=f"Bearer {keys['primary']}")
    assert status == 200 and json.loads(body)["swagger"] == "2.0"


@pytest.mark.parametrize("text", ["", "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "Bearer \xff"])
def test_what_is_no_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(make_keys()))
    client = Client(tmp_path, auth="key", keys_file=str(tmp_path / "keys.json"))
    status, headers, body = client.ask("POST /score", b"x", **({"Authorization": text} if text else {}))
    assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "key" in json.loads(body)["message"]


def test_parts_are_chunks_in_1_1_and_plain_in_1_0(client: Client) -> None:
    new = client.payload("POST /score", b"parts")
    assert new.stream is not None and not new.close
    assert b"".join(new.stream) == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    old = client.payload("POST /score HTTP/1.0", b"parts")
    assert old.stream is not None and old.close
    assert b"".join(old.stream) == b"onetwo"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8890", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
        ("svc.localhost:1", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("", 403),
    ],
)
def test_host_names(client: Client, host: str, status: int) -> None:
    assert client.ask("GET /", Host=host)[0] == status


def test_more_host_names_by_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_ALLOWED_HOSTS", "lab.example")
    assert Client(tmp_path).ask("GET /", Host="lab.example:80")[0] == 200


@pytest.mark.parametrize(("host", "status"), [("localhost", 200), ("lab.example", 200), ("evil.example", 403)])
def test_one_that_listens_to_all_answers_only_for_the_names_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, status: int
) -> None:
    monkeypatch.setenv("AML_NB_ALLOWED_HOSTS", "lab.example")
    assert Client(tmp_path, host="0.0.0.0").ask("GET /", Host=host)[0] == status


def test_a_health_check_tells_the_revision(tmp_path: Path) -> None:
    assert Client(tmp_path, revision=7).ask("GET /")[1]["x-aml-nb-revision"] == "7"


def test_a_draining_worker_closes_its_connections(client: Client) -> None:
    client.app.draining = True
    assert client.payload("POST /score", b"x").close
    assert client.ask("POST /score", b"x")[1]["Connection"] == "close"


def test_the_log_has_a_line_a_request_but_none_for_health(client: Client) -> None:
    client.ask("GET /")
    client.ask("POST /score", b"x", x_request_id="find-me")
    client.flush()
    lines = [line for line in client.log.read_text().splitlines() if "azmlinfsrv - GET" in line or "POST" in line]
    assert len(lines) == 1 and "POST /score 200" in lines[0] and "find-me" in lines[0]


def test_a_body_that_is_no_text_is_the_callers_fault(client: Client) -> None:
    status, headers, body = client.ask("POST /score", b"\xff")
    assert status == 400 and headers["x-ms-run-function-failed"] == "False"
    assert "UTF-8" in json.loads(body)["message"]


@pytest.mark.parametrize("body", ["text", "parts"])
@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(client: Client, status: int, body: str) -> None:
    payload = client.payload("POST /score", f"response {status} {body}".encode())
    assert payload.data.endswith(b"\r\n\r\n") and payload.stream is None
    assert b"Content-Length" not in payload.data and b"Transfer-Encoding" not in payload.data


def test_a_streams_coding_is_said_once(client: Client) -> None:
    payload = client.payload("POST /score", b"response 200 parts")
    assert payload.stream is not None and payload.data.count(b"Transfer-Encoding") == 1


@pytest.mark.parametrize("status", [100, 101, 0, 1000])
def test_a_status_that_ends_no_request_is_a_failure_of_the_script(client: Client, status: int) -> None:
    got, _, body = client.ask("POST /score", f"response {status} text".encode())
    assert got == 500 and b"message" in body
    client.flush()
    assert f"status {status}" in client.log.read_text()

"""What a client or a script may notice of the scoring server, as v1's server was seen to have it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests.integration.serving import Service, wait_for

SCRIPT = """
import json
import logging
import sys

log = logging.getLogger("azmlinfsrv")

def init():
    print("printed in init")
    log.info("told to the server's logger")
    logging.info("too low for the root logger")
    logging.warning("high enough")
    sys.stderr.write("on the other stream\\n")

RETURNS = {
    "none": None, "number": 1.5, "nan": float("nan"), "tuple": ("a", 201), "text": "é", "dict": {"a": [1]},
    "true": True, "bytes": b"x", "set": {1}, "object": object(),
}

def run(raw_data, request_headers):
    if raw_data == "headers":
        return request_headers
    if raw_data == "raise":
        raise ValueError("no")
    return RETURNS.get(raw_data, raw_data)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("server"), SCRIPT, cors_origins="*")
    assert service.settled()["state"] == "Healthy"
    yield service
    service.close()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("none", "{}"),
        ("number", "1.5"),
        ("nan", "NaN"),
        ("tuple", '["a", 201]'),
        ("text", '"\\u00e9"'),
        ("dict", '{"a": [1]}'),
        ("true", "true"),
        ("anything", '"anything"'),
    ],
)
def test_what_run_returns_is_sent_as_json(server: Service, name: str, body: str) -> None:
    answer = server.post(name)
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (200, body, "application/json")
    assert answer.headers["x-ms-run-function-failed"] == "False" and "x-ms-server-version" in answer.headers
    assert answer.headers["x-request-id"] == answer.headers["x-ms-request-id"]


@pytest.mark.parametrize("name", ["bytes", "set", "object"])
def test_what_json_cannot_hold_is_the_servers_failure(server: Service, name: str) -> None:
    answer = server.post(name)
    assert (answer.status_code, answer.headers["x-ms-run-function-failed"]) == (500, "False")
    assert answer.json()["message"] == "An unexpected internal error occurred. Check the logs for more info."


def test_a_run_that_raises_is_the_scripts(server: Service) -> None:
    answer = server.post("raise")
    assert (answer.status_code, answer.headers["x-ms-run-function-failed"]) == (500, "True")
    assert answer.json()["message"] == "An unexpected error occurred in scoring script. Check the logs for more info."


def test_a_get_hands_over_the_query_as_json(server: Service) -> None:
    answer = requests.get(server.url + '/score?a=1&b=two&a=[3]&c={"d": 4}', timeout=5)
    assert json.loads(answer.json()) == {"a": [1, [3]], "b": "two", "c": {"d": 4}}
    assert requests.get(server.url + "/score", timeout=5).json() == "{}"


def test_bodies(server: Service) -> None:
    assert server.post(b"").json() == ""
    assert server.post("\ufeffx".encode()).json() == "\ufeffx"
    answer = server.post(b"\xff")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0xff")


def test_headers_are_a_plain_dictionary_in_title_case(server: Service) -> None:
    found = server.post("headers", headers={"x-foo-bar": "1", "content-type": "text/plain"}).json()
    assert found["X-Foo-Bar"] == "1" and found["Content-Type"] == "text/plain" and ":" in found["Host"]


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/", 200, "Healthy"),
        ("HEAD", "/", 200, ""),
        ("OPTIONS", "/", 200, ""),
        ("POST", "/", 405, '{"message": "The method is not allowed for the requested URL."}'),
        ("OPTIONS", "/score", 200, ""),
        ("PUT", "/score", 405, '{"message": "The method is not allowed for the requested URL."}'),
        ("DELETE", "/score", 405, '{"message": "The method is not allowed for the requested URL."}'),
        ("HEAD", "/score", 405, ""),
        ("POST", "/swagger.json", 405, '{"message": "The method is not allowed for the requested URL."}'),
        ("HEAD", "/swagger.json", 200, ""),
    ],
)
def test_routes(server: Service, method: str, path: str, status: int, body: str) -> None:
    answer = requests.request(method, server.url + path, timeout=5)
    assert (answer.status_code, answer.text) == (status, body)
    kind = "application/json" if status == 405 or path == "/swagger.json" else "text/html; charset=utf-8"
    assert answer.headers["Content-Type"] == kind


@pytest.mark.parametrize("path", ["/nothing", "/score/", "/Score", "/swagger"])
def test_unknown_paths(server: Service, path: str) -> None:
    answer = requests.post(server.url + path, data="x", timeout=5)
    assert answer.status_code == 404 and list(answer.json()) == ["message"]


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"x-request-id": "abc"}, {"x-request-id": "abc", "x-ms-request-id": "abc"}),
        ({"x-ms-client-request-id": "cc"}, {"x-ms-request-id": "cc", "x-ms-client-request-id": "cc"}),
        ({"x-ms-request-id": "mm"}, {"x-ms-request-id": "mm", "x-ms-client-request-id": "mm"}),
        (
            {"x-request-id": "abc", "x-ms-request-id": "mm", "x-ms-client-request-id": "cc"},
            {"x-request-id": "abc", "x-ms-request-id": "mm", "x-ms-client-request-id": "cc"},
        ),
    ],
)
def test_ids(server: Service, sent: dict[str, str], got: dict[str, str]) -> None:
    headers = server.post("x", headers=sent).headers
    assert {name: headers.get(name) for name in got} == got and headers["x-request-id"]


@pytest.mark.parametrize("name", ["x-request-id", "x-ms-request-id", "x-ms-client-request-id"])
def test_long_ids_are_refused(server: Service, name: str) -> None:
    assert server.post("x", headers={name: "a" * 100}).status_code == 200
    answer = server.post("x", headers={name: "a" * 101})
    assert answer.status_code == 431 and "must not exceed 100 characters" in answer.json()["message"]


def test_any_origin_is_named_back_to_the_browser(server: Service) -> None:
    headers = server.post("x", headers={"Origin": "http://a.example"}).headers
    assert (headers["Access-Control-Allow-Origin"], headers["Vary"]) == ("http://a.example", "Origin")
    asked = {
        "Origin": "http://a.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
    }
    preflight = requests.options(server.url + "/score", headers=asked, timeout=5)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type,authorization"
    for path in ("/", "/swagger.json"):
        answer = requests.get(server.url + path, headers={"Origin": "http://a.example"}, timeout=5)
        assert answer.headers["Access-Control-Allow-Origin"] == "http://a.example"


@pytest.mark.parametrize(
    ("version", "says"),
    [("", "2.0"), ("?version=2", "2.0"), ("?version=3", "3.0.3"), ("?version=3.0", "3.0.3"), ("?version=3.1", "3.1.0")],
)
def test_versions_of_the_description(server: Service, version: str, says: str) -> None:
    found = requests.get(f"{server.url}/swagger.json{version}", timeout=5).json()
    assert found.get("swagger", found.get("openapi")) == says and "/score" in found["paths"]


def test_versions_that_there_are_not(server: Service) -> None:
    answer = requests.get(f"{server.url}/swagger.json?version=4", timeout=5)
    assert answer.status_code == 404
    assert answer.json()["message"] == "Swagger version [4] is not valid. Supported versions: [2, 3, 3.1]."


def test_the_log_has_what_the_script_said(server: Service) -> None:
    said = ("printed in init", "told to the server's logger", "high enough", "on the other stream")
    wait_for(lambda: all(text in server.log() for text in said))
    assert "too low for the root logger" not in server.log()
    assert " - told to the server's logger\n" in server.log()

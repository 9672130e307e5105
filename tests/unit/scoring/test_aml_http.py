"""@rawhttp, AMLRequest and AMLResponse."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.scoring.aml_http import AMLRequest, AMLResponse, make_request
from aml_nb.scoring.entry_script import EntryScript, EntryScriptError, RunError, encode
from aml_nb.scoring.request import Reply, Request

Load = Callable[[str], EntryScript]
HEAD = """
from aml_nb.scoring.aml_http import AMLRequest, AMLResponse, rawhttp
def init(): pass
"""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def make(text: str) -> EntryScript:
        path = tmp_path / "score.py"
        path.write_text(HEAD + textwrap.dedent(text))
        return EntryScript.load(str(path))

    return make


def request(method: str = "POST", query: str = "", headers: dict[str, str] | None = None, body: bytes = b"") -> Request:
    return Request(method, "/score", query, {"host": "localhost:5001", **(headers or {})}, body)


def test_run_gets_the_request_for_every_method(load: Load) -> None:
    script = load("@rawhttp\ndef run(request): return [request.method, isinstance(request, AMLRequest)]")
    assert script.kind == "rawhttp"
    for method in ("GET", "POST", "OPTIONS"):
        assert method in script.methods
        assert script.invoke(request(method)) == [method, True]


def test_what_scripts_use_of_flasks_request() -> None:
    made = make_request(
        request(query="a=1&a=2&b=%20x", headers={"content-type": "application/json", "cookie": "k=v"}, body=b'{"x": 1}')
    )
    assert made.full_path == "/score?a=1&a=2&b=%20x"
    assert made.url == "http://localhost:5001/score?a=1&a=2&b=%20x"
    assert made.args.to_dict(flat=False) == {"a": ["1", "2"], "b": [" x"]}
    assert made.json == {"x": 1}
    assert made.get_data(False) == b'{"x": 1}'
    assert made.cookies.to_dict() == {"k": "v"}
    assert made.headers["Content-Type"] == "application/json"
    assert made.content_length == 8


def test_files_and_forms() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nPNG\r\n'
        b'--B\r\nContent-Disposition: form-data; name="label"\r\n\r\ncat\r\n--B--\r\n'
    )
    made = make_request(request(headers={"content-type": "multipart/form-data; boundary=B"}, body=body))
    assert made.files["image"].read() == b"PNG"
    assert made.files["image"].filename == "a.png"
    assert made.form["label"] == "cat"
    made.close()


def test_headers_are_there_beside_the_request(load: Load) -> None:
    script = load("@rawhttp\ndef run(request, request_headers): return request_headers['X-Thing']")
    assert script.invoke(request(headers={"x-thing": "1"})) == "1"


def test_one_decorated_function_is_enough_and_the_next_script_is_not_touched(load: Load) -> None:
    assert load("@rawhttp\ndef helper(r): pass\ndef run(r): return r.method").kind == "rawhttp"
    assert load("def run(d): return d").kind == "raw"


def test_rawhttp_and_a_schema_exclude_each_other(load: Load) -> None:
    with pytest.raises(EntryScriptError, match="both @rawhttp and @input_schema") as caught:
        load("""
            from aml_nb.scoring.inference_schema.schema_decorators import input_schema
            from aml_nb.scoring.inference_schema.parameter_types.standard_py_parameter_type import (
                StandardPythonParameterType as S)
            @rawhttp
            @input_schema("a", S(1))
            def run(a): return a
        """)
    assert caught.value.code == "script-signature"


def test_bad_json_in_a_raw_request_is_an_error_of_run(load: Load) -> None:
    script = load("@rawhttp\ndef run(request): return request.json")
    with pytest.raises(RunError, match="score.py, line 5"):
        script.invoke(request(headers={"content-type": "application/json"}, body=b"{bad"))


def gen() -> Any:
    yield "a"
    yield "b"


@pytest.mark.parametrize(
    ("response", "status", "kind", "body", "failed"),
    [
        (lambda: AMLResponse("hello", 201), 201, "text/html; charset=utf-8", b"hello", False),
        (lambda: AMLResponse(b"\x00\x01", 200), 200, "text/html; charset=utf-8", b"\x00\x01", False),
        (lambda: AMLResponse("a,b", 202, {"Content-Type": "text/csv"}), 202, "text/csv", b"a,b", False),
        (lambda: AMLResponse({"a": 1}, 200, json_str=True), 200, "application/json", b'{"a": 1}', False),
        (lambda: AMLResponse("text", 200, {}, True), 200, "application/json", b'"text"', False),
        (lambda: AMLResponse("bad", 500, run_function_failed=True), 500, "text/html; charset=utf-8", b"bad", True),
        (lambda: AMLResponse(None, 200), 200, "application/json", b"{}", False),
        (lambda: AMLResponse("x", "404 Gone Fishing"), 404, "text/html; charset=utf-8", b"x", False),
        (lambda: AMLResponse("", 204), 204, "text/html; charset=utf-8", b"", False),
    ],
)
def test_answers_go_out_as_the_script_made_them(
    response: Callable[[], AMLResponse], status: int, kind: str, body: bytes, failed: bool
) -> None:
    reply = encode(response())
    assert (reply.status, reply.content_type, reply.body, reply.run_failed) == (status, kind, body, failed)


def test_headers_of_the_script_go_out_and_those_of_the_server_do_not_come_twice() -> None:
    reply = encode(AMLResponse("x", 200, {"X-A": "b", "Content-Length": "1"}))
    assert reply.headers == [("X-A", "b")]


def test_a_generator_in_an_answer_is_streamed() -> None:
    reply: Reply = encode(AMLResponse(gen(), 200, {"Content-Type": "text/event-stream"}))
    assert not isinstance(reply.body, bytes)
    assert list(reply.body) == [b"a", b"b"]


def test_a_werkzeug_response_is_an_answer_too() -> None:
    from werkzeug.wrappers import Response

    reply = encode(Response("plain", 203, {"X-B": "1"}))
    assert (reply.status, reply.body) == (203, b"plain")
    assert ("X-B", "1") in reply.headers


@pytest.mark.parametrize("message", [{"a": 1}, [1], 5])
def test_an_answer_that_needs_json_says_so(message: object) -> None:
    with pytest.raises(TypeError, match="json_str=True"):
        AMLResponse(message, 200)


def test_an_empty_request_can_be_made_by_hand() -> None:
    made = AMLRequest()
    assert (made.method, made.get_data()) == ("GET", b"")


def test_json_bodies_round_trip(load: Load) -> None:
    script = load("@rawhttp\ndef run(request): return AMLResponse(request.json, 200, json_str=True)")
    data = {"rows": [[1.5, None, "é"]]}
    reply = encode(script.invoke(request(headers={"content-type": "application/json"}, body=json.dumps(data).encode())))
    assert json.loads(bytes(reply.body)) == data  # type: ignore[arg-type]

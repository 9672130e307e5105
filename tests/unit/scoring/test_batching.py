"""Requests that are scored together: what run() gets, and whom a failure concerns."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb import merge_requests
from aml_nb.scoring.batching import MAX_BYTES, MAX_REQUESTS, Merged, Merging, merging_of
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.entry_script import EntryScriptError
from aml_nb.scoring.invocation import Invocation
from aml_nb.scoring.request import Reply, Request
from aml_nb.scoring.script_errors import InputError, Interruption, ResultError, RunError
from aml_nb.scoring.telemetry import WorkerLog

Load = Callable[[str], Invocation]
SQUARES = """
    import json
    from aml_nb import merge_requests

    def init():
        pass

    @merge_requests
    def run(requests):
        values = [json.loads(text) for text in requests]
        return [value * value for value in values]
"""


@pytest.fixture(autouse=True)
def _keep_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


class Log(WorkerLog):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def add(self, level: str, text: str) -> None:
        self.told.append(f"{level} {text}")


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def load(tmp_path: Path, log: Log) -> Load:
    def make(text: str) -> Invocation:
        (tmp_path / "score.py").write_text(textwrap.dedent(text))
        return Invocation.load(ServerConfig("svc", str(tmp_path), "score.py", ""), log)

    return make


def post(value: Any) -> Request:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Request("POST", "/score", "", {}, body)


def bodies(replies: list[Reply] | None) -> list[Any]:
    assert replies is not None
    return [json.loads(reply.body) for reply in replies if isinstance(reply.body, bytes)]


def doubled(requests: list[str]) -> list[str]:
    return [text * 2 for text in requests]


def test_a_plain_decorator_and_one_with_limits() -> None:
    plain, limited = merge_requests(lambda requests: requests), merge_requests(max_requests=3, max_bytes=9)(doubled)

    first, second = merging_of(plain), merging_of(limited)
    assert first is not None and (first.max_requests, first.max_bytes) == (MAX_REQUESTS, MAX_BYTES)
    assert second is not None and (second.max_requests, second.max_bytes) == (3, 9)
    assert limited is doubled and limited(["a"]) == ["aa"]
    assert merging_of(print) is None


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "8", True, None])
@pytest.mark.parametrize("name", ["max_requests", "max_bytes"])
def test_limits_are_whole_numbers(name: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match=f"as {name}, not {wrong!r}"):
        merge_requests(**{name: wrong})(doubled)


def test_limits_are_given_by_name() -> None:
    with pytest.raises(TypeError, match="its limits are given by name"):
        merge_requests(8)  # type: ignore[call-overload]


@given(st.lists(st.text(max_size=5), min_size=1, max_size=8))
def test_each_request_gets_its_own_result(texts: list[str]) -> None:
    merged = Merged(doubled, Merging(64, 64), None, ())
    requests = [Request("POST", "/score", "", {}, text.encode()) for text in texts]

    assert merged.all(requests) == [text * 2 for text in texts]
    assert [merged.one(request) for request in requests] == merged.all(requests)


def test_a_script_answers_several_requests_by_one_call(load: Load, log: Log) -> None:
    script = load(SQUARES)

    assert bodies(script.replies([post(2), post(3)])) == [4, 9]
    assert bodies([script.reply(post(5))]) == [25]
    assert any("decorated with @merge_requests" in line for line in log.told)


def test_a_call_that_raises_asks_for_each_request_alone(load: Load, log: Log) -> None:
    script = load(SQUARES)

    assert script.replies([post(2), post({"no": "number"})]) is None

    assert log.told[-1].startswith("W score.py, line 11: run() raised TypeError")
    assert log.told[-1].endswith("its 2 requests are scored one by one.")
    assert (script.reply(post(2)).status, script.reply(post({"no": "number"})).status) == (200, 500)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ("[1]", "was given 2 requests and returned 1 results"),
        ("[1, 2, 3]", "returned 3 results"),
        ("None", "returned NoneType, not a list"),
        ("{'a': 1, 'b': 2}", "returned dict, not a list"),
        ("(value for value in (1, 2))", "returned generator, not a list"),
    ],
)
def test_another_number_of_results_answers_nobody(load: Load, log: Log, returned: str, told: str) -> None:
    script = load(SQUARES.replace("[value * value for value in values]", returned))

    assert script.replies([post(1), post(2)]) is None
    assert told in log.told[-1]


def test_a_wrong_number_for_one_request_is_an_error(load: Load) -> None:
    reply = load(SQUARES.replace("[value * value for value in values]", "[]")).reply(post(1))

    assert (reply.status, reply.run_failed) == (500, False)


def test_a_result_that_is_an_exception_fails_its_own_request(load: Load, log: Log) -> None:
    script = load(
        SQUARES.replace("value * value for", "value * value if value > 0 else ValueError('too small') for"),
    )

    replies = script.replies([post(2), post(-1), post(3)])

    assert replies is not None
    assert [(reply.status, reply.run_failed) for reply in replies] == [(200, False), (500, True), (200, False)]
    assert any("run() raised ValueError: too small" in line for line in log.told)
    assert script.reply(post(-1)).status == 500


def test_a_result_that_json_cannot_hold_fails_its_own_request(load: Load) -> None:
    script = load(SQUARES.replace("value * value for", "value if value else {1, 2} for"))

    replies = script.replies([post(1), post(0)])

    assert replies is not None and [reply.status for reply in replies] == [200, 500]


def test_responses_are_results_and_streams_are_not(load: Load) -> None:
    script = load(
        """
        from aml_nb.scoring.aml_http import AMLResponse
        from aml_nb import merge_requests

        def init():
            pass

        @merge_requests
        def run(requests):
            return [AMLResponse("teapot", 418) if text == '"r"' else iter([b"a", b"b"]) for text in requests]
        """
    )

    replies = script.replies([post("r"), post("s")])

    assert replies is not None and [reply.status for reply in replies] == [418, 500]
    assert replies[0].body == b"teapot"


def test_a_body_that_is_no_text_is_told_to_its_sender(load: Load) -> None:
    script = load(SQUARES)

    assert script.replies([post(1), post(b"\xff")]) is None
    assert (script.reply(post(1)).status, script.reply(post(b"\xff")).status) == (200, 400)


def test_an_error_of_the_servers_own_is_answered_as_it_is() -> None:
    merged = Merged(lambda texts: [InputError("nine at most") for _ in texts], Merging(1, 1), None, ())

    with pytest.raises(InputError, match="nine at most"):
        merged.one(post(1))
    with pytest.raises(ResultError):
        Merged(lambda texts: "a", Merging(1, 1), None, ()).one(post(1))


def test_a_time_limit_passes_through() -> None:
    class TooLong(Interruption):
        pass

    def run(requests: list[str]) -> list[str]:
        raise TooLong

    with pytest.raises(TooLong):
        Merged(run, Merging(1, 1), None, ()).all([post(1)])


def test_exits_are_failures_of_run() -> None:
    def run(requests: list[str]) -> list[str]:
        raise SystemExit(3)

    with pytest.raises(RunError, match="SystemExit"):
        Merged(run, Merging(1, 1), None, ()).all([post(1)])


def test_a_keyword_is_given_by_name(load: Load) -> None:
    script = load(SQUARES.replace("def run(requests)", "def run(*, requests)"))

    assert bodies(script.replies([post(2)])) == [4]


@pytest.mark.parametrize(
    ("decorators", "signature", "told"),
    [
        ("@rawhttp\n@merge_requests", "requests", "both @rawhttp and @merge_requests"),
        ("@merge_requests\n@rawhttp", "requests", "both @rawhttp and @merge_requests"),
        (
            "@input_schema('data', StandardPythonParameterType(1))\n@merge_requests",
            "data",
            "both @input_schema and @merge_requests",
        ),
        ("@merge_requests", "requests, request_headers", "no request_headers"),
    ],
)
def test_what_does_not_go_together(load: Load, decorators: str, signature: str, told: str) -> None:
    imports = """
from aml_nb import merge_requests
from aml_nb.scoring.aml_http import rawhttp
from aml_nb.scoring.inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from aml_nb.scoring.inference_schema.schema_decorators import input_schema
"""
    with pytest.raises(EntryScriptError, match=told) as caught:
        load(f"{imports}\ndef init(): pass\n\n{decorators}\ndef run({signature}):\n    return requests\n")
    assert caught.value.code == "script-signature"

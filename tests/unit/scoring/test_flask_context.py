"""Scripts that use Flask's own objects, as they may in v1's server, which is a Flask application."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from aml_nb.scoring import flask_context
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.invocation import Invocation
from aml_nb.scoring.request import Reply, Request


class Log:
    """What a worker says."""

    def add(self, level: str, text: str) -> None:
        """Forget it."""

    def flush(self) -> None:
        """Nothing is kept."""


def scored(folder: Path, text: str, body: bytes = b'{"a": 1}') -> Reply:
    (folder / "score.py").write_text(textwrap.dedent(text))
    invocation = Invocation.load(ServerConfig("svc", str(folder), "score.py", ""), Log())  # type: ignore[arg-type]
    invocation.init()
    headers = {"host": "localhost:5001", "content-type": "application/json"}
    return invocation.reply(Request("POST", "/score", "kind=x", headers, body))


@pytest.mark.parametrize(
    ("call", "status", "body"),
    [
        ("jsonify(a=1)", 200, {"a": 1}),
        ("make_response(jsonify(b=2), 202)", 202, {"b": 2}),
        ("[request.method, request.args['kind'], request.json]", 200, ["POST", "x", {"a": 1}]),
    ],
)
@pytest.mark.parametrize("where", ["top", "run", "rawhttp"])
def test_they_work_in_run(tmp_path: Path, where: str, call: str, status: int, body: Any) -> None:
    imported, raw = "from flask import jsonify, make_response, request", "from aml_nb.scoring.aml_http import rawhttp\n"
    text = f"{imported if where != 'run' else ''}\n{raw if where == 'rawhttp' else ''}\ndef init(): pass\n"
    text += "@rawhttp\n" if where == "rawhttp" else ""
    text += f"def run(data):\n    {imported if where == 'run' else ''}\n    return {call}\n"
    reply = scored(tmp_path, text)
    assert isinstance(reply.body, bytes)
    assert (reply.status, json.loads(reply.body)) == (status, body)


def test_a_script_without_flask_is_called_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "flask", raising=False)
    script = tmp_path / "plain.py"
    script.write_text("text = 'import flask'  # from flask import jsonify\n")
    assert not flask_context.used_by(str(script))
    script.write_text("def run(data):\n    import flask as web\n")
    assert flask_context.used_by(str(script))
    monkeypatch.setitem(sys.modules, "flask", None)  # it is not installed: what run() does is its own matter

    def invoke(request: Request) -> str:
        return request.method

    assert flask_context.around(invoke) is invoke

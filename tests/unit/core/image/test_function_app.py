from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.image import function_app
from aml_nb.errors import UserErrorException, WebserviceException
from aml_nb.scoring.config import SERVICE_FILE, ServerConfig
from aml_nb.scoring.function import VARIABLE

SCRIPT = """
import json, os

def init():
    global offset
    offset = int(os.environ["OFFSET"])

def run(data):
    return sum(json.loads(data)) + offset
"""


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("http", {}, {"authLevel": "function"}),
        ("http", {"auth_level": "anonymous"}, {"authLevel": "anonymous"}),
        ("blob", {"input_path": "in/{n}"}, {"inputPath": "in/{n}", "outputPath": "output/{blobname}_out.json"}),
        (
            "service_bus_queue",
            {"input_queue_name": "a", "output_queue_name": "b"},
            {"inputQueue": "a", "outputQueue": "b"},
        ),
    ],
)
def test_what_a_trigger_keeps(kind: str, given: dict[str, Any], kept: dict[str, str]) -> None:
    assert function_app.trigger(kind, given) == {"trigger": kind, **kept}


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("timer", {}, "There is no trigger 'timer'"),
        ("http", {"auth_level": "all"}, "no auth_level"),
        ("http", {"input_path": "x"}, "takes no input_path"),
        ("service_bus_queue", {"input_queue_name": "a"}, "needs both queues"),
    ],
)
def test_what_a_trigger_refuses(kind: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UserErrorException, match=said):
        function_app.trigger(kind, given)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the image of a function has it, and a stand-in for the library of Azure's host."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/score.py").write_text(SCRIPT)
    config = ServerConfig("f", str(tmp_path / "app"), "score.py", "", environment_variables={"OFFSET": "100"})
    config.write(tmp_path / SERVICE_FILE)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    monkeypatch.chdir(tmp_path)
    azure, functions = ModuleType("azure"), ModuleType("azure.functions")
    azure.functions = functions  # type: ignore[attr-defined]
    functions.HttpResponse = lambda body, **rest: SimpleNamespace(body=body, **rest)  # type: ignore[attr-defined]
    functions.HttpRequest = functions.InputStream = functions.ServiceBusMessage = object  # type: ignore[attr-defined]
    functions.Out = {bytes: object, str: object}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "azure", azure)
    monkeypatch.setitem(sys.modules, "azure.functions", functions)
    return tmp_path


def main_of(host: Path, values: dict[str, str]) -> Any:
    """The function that the host would call, of the app as it is written."""
    function_app.write(host / "function", values)
    names: dict[str, Any] = {}
    exec((host / "function/score/__init__.py").read_text(), names)
    return names["main"]


class Out:
    value: Any = None

    def set(self, value: Any) -> None:
        self.value = value


def test_http_is_answered_by_the_script(host: Path) -> None:
    main = main_of(host, {"trigger": "http", "authLevel": "admin"})
    request = SimpleNamespace(method="POST", url="https://h/api/score?a=1", headers={}, get_body=lambda: b"[1, 2]")
    answer = main(request)
    assert (answer.body, answer.status_code, answer.mimetype) == (b"103", 200, "application/json")
    request.method = "DELETE"
    assert main(request).status_code == 405
    request.method, request.get_body = "POST", lambda: b"no json"
    assert main(request).status_code == 500
    bindings = json.loads((host / "function/score/function.json").read_text())["bindings"]
    assert bindings[0]["type"] == "httpTrigger" and bindings[0]["authLevel"] == "admin"
    assert bindings[1] == {"name": "$return", "type": "http", "direction": "out"}


def test_a_blob_is_scored_into_another(host: Path) -> None:
    main = main_of(host, {"trigger": "blob", "inputPath": "in/{n}", "outputPath": "out/{n}"})
    out = Out()
    main(SimpleNamespace(read=lambda: b"[5]"), out)
    assert out.value == b"105"
    with pytest.raises(WebserviceException, match="answered 500"):
        main(SimpleNamespace(read=lambda: b"?"), out)


def test_a_message_is_scored_into_another_queue(host: Path) -> None:
    main = main_of(host, {"trigger": "service_bus_queue", "inputQueue": "a", "outputQueue": "b"})
    out = Out()
    main(SimpleNamespace(get_body=lambda: b"[7]"), out)
    assert out.value == "107"
    bindings = json.loads((host / "function/score/function.json").read_text())["bindings"]
    assert [(b["type"], b["queueName"]) for b in bindings] == [("serviceBusTrigger", "a"), ("serviceBus", "b")]

"""/swagger.json for scripts with and without samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aml_nb.scoring import swagger
from aml_nb.scoring.config import ServerConfig
from aml_nb.scoring.entry_script import EntryScript
from aml_nb.scoring.swagger import Swagger

PLAIN = "def init(): pass\ndef run(data): return data\n"
SCHEMA = """
from aml_nb.scoring.inference_schema.schema_decorators import input_schema, output_schema
from aml_nb.scoring.inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as S
def init(): pass
@input_schema("a", S(1))
@input_schema("b", S({"x": [1.5], "y": "s"}))
@output_schema(S({"r": 1.0}))
def run(a, b, request_headers=None): return {"r": 1.0}
"""


def described(tmp_path: Path, text: str, query: str = "") -> dict[str, Any]:
    path = tmp_path / "score.py"
    path.write_text(text)
    config = ServerConfig("svc", str(tmp_path), "score.py", str(tmp_path), scoring_path="/api/v1/service/svc/score")
    reply = swagger.reply(EntryScript.load(str(path)), config, query)
    assert reply.status == 200
    document: dict[str, Any] = json.loads(bytes(reply.body))  # type: ignore[arg-type]
    return document


def test_without_samples_anything_goes(tmp_path: Path) -> None:
    document = described(tmp_path, PLAIN)
    assert document["swagger"] == "2.0"
    assert document["info"]["title"] == "svc"
    assert document["definitions"]["ServiceInput"] == {"type": "object", "example": {}}
    assert document["definitions"]["ServiceOutput"] == {"type": "object", "example": {}}
    assert document["definitions"]["ErrorResponse"] == {
        "type": "object",
        "properties": {"message": {"type": "string"}},
    }


def test_samples_describe_what_run_takes_and_returns(tmp_path: Path) -> None:
    definitions = described(tmp_path, SCHEMA)["definitions"]
    assert definitions["ServiceInput"] == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "format": "int64"},
            "b": {
                "type": "object",
                "required": ["x", "y"],
                "properties": {
                    "x": {"type": "array", "items": {"type": "number", "format": "double"}},
                    "y": {"type": "string"},
                },
            },
        },
        "example": {"a": 1, "b": {"x": [1.5], "y": "s"}},
    }
    assert definitions["ServiceOutput"] == {
        "type": "object",
        "required": ["r"],
        "properties": {"r": {"type": "number", "format": "double"}},
        "example": {"r": 1.0},
    }


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [ref for item in value.values() for ref in _references(item)]
    return [ref for item in value for ref in _references(item)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("query", "key", "version"),
    [
        ("", "swagger", "2.0"),
        ("version=2", "swagger", "2.0"),
        ("version=2.0", "swagger", "2.0"),
        ("version=3", "openapi", "3.0.3"),
        ("version=3.0", "openapi", "3.0.3"),
        ("version=3.1", "openapi", "3.1.0"),
    ],
)
@pytest.mark.parametrize("text", [PLAIN, SCHEMA], ids=["plain", "schema"])
def test_each_version_has_v1s_operations_and_refers_to_what_is_there(
    tmp_path: Path, text: str, query: str, key: str, version: str
) -> None:
    document = described(tmp_path, text, query)
    assert document[key] == version
    operations = {
        f"{method} {path}": told["operationId"]
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    }
    assert operations == {
        "get /api/v1/service/svc/": "ServiceHealthCheck",
        "post /api/v1/service/svc/score": "RunMLService",
        "get /api/v1/service/svc/swagger.json": "GetSwaggerSpec",
    }
    references = _references(document)
    assert references
    for reference in references:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place["type"]


def test_v1s_environment_variables_name_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"NAME": "mine", "VERSION": "3", "PATH_PREFIX": "/pre/fix"}.items():
        monkeypatch.setenv(f"SERVICE_{name}", value)
    document = described(tmp_path, PLAIN)
    assert (document["info"]["title"], document["info"]["version"]) == ("mine", "3")
    assert set(document["paths"]) == {"/pre/fix/", "/pre/fix/score", "/pre/fix/swagger.json"}


@pytest.mark.parametrize("asked", ["4", "x", "", "2.5"])
def test_versions_that_are_not_there(asked: str) -> None:
    reply = Swagger("svc").reply(f"version={asked}")
    assert reply.status == 404
    assert json.loads(bytes(reply.body)) == {  # type: ignore[arg-type]
        "message": f"Swagger version [{asked}] is not valid. Supported versions: [2, 3, 3.1]."
    }


def test_a_sample_that_knows_one_version_limits_the_service() -> None:
    reply = Swagger("svc", versions=["2.0"]).reply("version=3")
    assert b"Supported versions: [2]." in bytes(reply.body)  # type: ignore[arg-type]


def test_a_document_is_written_once() -> None:
    service = Swagger("svc")
    assert service.reply("").body is service.reply("version=2").body

"""``/swagger.json``: what a service takes and returns, as Swagger 2.0 and OpenAPI 3.

The paths, operations and definitions bear the names that v1's server gives them, so that clients
generated from either are alike.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from aml_nb.scoring.request import Reply

if TYPE_CHECKING:
    from aml_nb.scoring.config import ServerConfig
    from aml_nb.scoring.entry_script import EntryScript

Document = dict[str, Any]

_ANYTHING: Document = {"type": "object", "example": {}}
_ERROR: Document = {"type": "object", "properties": {"message": {"type": "string"}}}
_BEARER: Document = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "description": "Bearer, a space, and a key or token of the service",
}
_OPENAPI = {"3": "3.0.3", "3.1": "3.1.0"}
_HEALTHY = "The service is up; the answer is the word Healthy."
_SCORED = "What the entry script's run() returned."
_SPECIFICATION = "This specification."
_FAILED = "The request was refused or could not be answered; the message says why."
_INPUT = "What the entry script's run() takes."


class Swagger:
    """The specification of one service.

    Parameters
    ----------
    name, version : title and version of the service.
    service_input, service_output : schemas of what run() takes and returns.
    versions : those of "2.0", "3.0" and "3.1" that the schemas can be written in.
    prefix : what stands before ``/score``, such as ``/api/v1/service/name``.
    """

    def __init__(
        self,
        name: str,
        service_input: Document = _ANYTHING,
        service_output: Document = _ANYTHING,
        versions: Sequence[str] = ("2.0", "3.0", "3.1"),
        version: str = "1.0",
        prefix: str = "",
    ) -> None:
        self._info = {
            "title": name,
            "description": f"Scoring with the web service {name}",
            "version": version,
        }
        self._definitions = {
            "ServiceInput": service_input,
            "ServiceOutput": service_output,
            "ErrorResponse": _ERROR,
        }
        self._prefix = prefix.rstrip("/")
        self._versions = [v.removesuffix(".0") for v in versions]
        self._written: dict[str, bytes] = {}

    @classmethod
    def of(cls, script: EntryScript, name: str, version: str = "1.0", prefix: str = "") -> Swagger:
        """The specification of a service that runs ``script``, from its schema decorators if it has any.

        A script of this package has its schemas as an attribute of ``run``.
        """
        util = script.schema_util
        if util is None:
            given, returned = getattr(script.run, "schemas", (_ANYTHING, _ANYTHING))
            return cls(name, given, returned, version=version, prefix=prefix)
        service_input = _without_headers(util.get_input_schema(script.run))
        service_output = util.get_output_schema(script.run)
        versions = util.get_supported_versions(script.run)
        return cls(name, service_input, service_output, versions, version, prefix)

    def reply(self, query: str = "") -> Reply:
        """Answer ``GET /swagger.json?<query>``; ``version`` is 2, 3 or 3.1."""
        asked = parse_qs(query, keep_blank_values=True).get("version", ["2"])[0]
        known = asked.removesuffix(".0")
        if known not in self._versions:
            message = f"Swagger version [{asked}] is not valid. Supported versions: [{', '.join(self._versions)}]."
            return Reply(404, json.dumps({"message": message}).encode())
        if known not in self._written:
            self._written[known] = json.dumps(self.document(known)).encode()
        return Reply(200, self._written[known])

    def document(self, version: str) -> Document:
        """The specification in version "2", "3" or "3.1"."""
        return self._swagger() if version == "2" else self._openapi(_OPENAPI[version])

    def _swagger(self) -> Document:
        body = {
            "name": "serviceInputPayload",
            "in": "body",
            "description": _INPUT,
            "schema": {"$ref": "#/definitions/ServiceInput"},
        }
        version = {"name": "version", "in": "query", "required": False, "type": "number"}
        healthy = {"schema": {"type": "string"}, "examples": {"application/json": "Healthy"}}
        return {
            "swagger": "2.0",
            "info": self._info,
            "schemes": ["http", "https"],
            "consumes": ["application/json"],
            "produces": ["application/json"],
            "securityDefinitions": {"Bearer": _BEARER},
            "paths": self._paths(
                health={"responses": _answers2(_HEALTHY, healthy)},
                score={
                    "parameters": [body],
                    "responses": _answers2(_SCORED, {"schema": {"$ref": "#/definitions/ServiceOutput"}}),
                },
                swagger={
                    "parameters": [{**version, "enum": self._numbers()}],
                    "responses": _answers2(_SPECIFICATION, {"schema": {"type": "string"}}),
                },
            ),
            "definitions": self._definitions,
        }

    def _openapi(self, version: str) -> Document:
        body = {"description": _INPUT, "content": _content("ServiceInput")}
        asked = {"type": "number", "enum": self._numbers()}
        healthy = {"text/plain": {"schema": {"type": "string", "example": "Healthy"}}}
        specification = {"application/json": {"schema": {"type": "object"}}}
        return {
            "openapi": version,
            "info": self._info,
            "security": [{"Bearer": []}],
            "paths": self._paths(
                health={"responses": _answers3(_HEALTHY, healthy)},
                score={"requestBody": body, "responses": _answers3(_SCORED, _content("ServiceOutput"))},
                swagger={
                    "parameters": [{"name": "version", "in": "query", "required": False, "schema": asked}],
                    "responses": _answers3(_SPECIFICATION, specification),
                },
            ),
            "components": {"schemas": self._definitions, "securitySchemes": {"Bearer": _BEARER}},
        }

    def _numbers(self) -> list[float]:
        return [int(v) if v.isdigit() else float(v) for v in self._versions]

    def _paths(self, health: Document, score: Document, swagger: Document) -> Document:
        return {
            f"{self._prefix}/": {
                "get": {
                    "operationId": "ServiceHealthCheck",
                    "description": "Whether the service is up.",
                    **health,
                }
            },
            f"{self._prefix}/score": {
                "post": {
                    "operationId": "RunMLService",
                    "description": "Call the entry script's run().",
                    "security": [{"Bearer": []}],
                    **score,
                }
            },
            f"{self._prefix}/swagger.json": {
                "get": {
                    "operationId": "GetSwaggerSpec",
                    "description": "What the service takes and returns.",
                    **swagger,
                }
            },
        }


def reply(script: EntryScript, config: ServerConfig, query: str) -> Reply:
    """Answer ``GET /swagger.json?<query>`` for the service that ``config`` and v1's environment variables tell of."""
    name = os.environ.get("SERVICE_NAME", config.name)
    version = os.environ.get("SERVICE_VERSION", f"{config.revision}.0")
    prefix = os.environ.get("SERVICE_PATH_PREFIX", config.scoring_path.removesuffix("/score"))
    return Swagger.of(script, name, version, prefix).reply(query)


def _answers2(description: str, answer: Document) -> Document:
    error = {"description": _FAILED, "schema": {"$ref": "#/definitions/ErrorResponse"}}
    return {"200": {"description": description, **answer}, "default": error}


def _answers3(description: str, content: Document) -> Document:
    error = {"description": _FAILED, "content": _content("ErrorResponse")}
    return {"200": {"description": description, "content": content}, "default": error}


def _content(definition: str) -> Document:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{definition}"}}}


def _without_headers(schema: Document) -> Document:
    """``request_headers`` is an argument of run(), but no part of the body."""
    kept = dict(schema)
    for part in ("properties", "example"):
        if isinstance(kept.get(part), dict):
            kept[part] = {key: value for key, value in kept[part].items() if key != "request_headers"}
    return kept

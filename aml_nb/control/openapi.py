"""The OpenAPI document: what FastAPI cannot see, because bodies are read and errors told in v1's form."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from aml_nb.control import access, bodies

_AT = "#/components/schemas/"
BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": f"{_AT}Submission"}}}}}
"""Of a route that takes a call of a pipeline."""
_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string", "description": "What is wrong, and where."},
                "hint": {"type": "string", "nullable": True, "description": "The next thing to do."},
                "details": {"type": "array", "items": {}},
            },
        },
        "correlation": {"type": "object"},
        "time": {"type": "string", "format": "date-time"},
    },
}
_TOLD = {"content": {"application/json": {"schema": {"$ref": f"{_AT}Error"}}}}
_SAID = {
    "400": "The body does not fit, or the pipeline cannot be run so.",
    "401": "There is no token, or it is no good.",
    "404": "It is not here.",
}


def complete(app: FastAPI) -> None:
    """Have the application tell the whole document."""

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _whole(app)
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def _whole(app: FastAPI) -> dict[str, Any]:
    told = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    submission = bodies.Submission.model_json_schema(ref_template=_AT + "{model}")
    told["components"] = {
        "schemas": {"Error": _ERROR, **submission.pop("$defs", {}), "Submission": submission},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
    for path, methods in told["paths"].items():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            if path not in access.OPEN:
                operation["security"] = [{"token": []}]
                for status, said in _SAID.items():
                    operation["responses"][status] = {"description": said, **_TOLD}
    return told

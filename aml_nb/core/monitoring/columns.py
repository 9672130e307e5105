"""The columns of what services tell, and DuckDB's types for them; the names with dots are OpenTelemetry's."""

from __future__ import annotations

from aml_nb.scoring.insights import EXCEPTIONS, REQUESTS, TRACES

_TIME = {"time": "TIMESTAMP WITH TIME ZONE", "request_id": "VARCHAR"}
_PLACE = {
    "trace_id": "VARCHAR",
    "parent_span_id": "VARCHAR",
    "service.name": "VARCHAR",
    "service.version": "VARCHAR",
    "service.instance.id": "VARCHAR",
}
_CODE = {"code.file.path": "VARCHAR", "code.line.number": "BIGINT"}

COLUMNS: dict[str, dict[str, str]] = {
    REQUESTS: {
        **_TIME,
        "client_request_id": "VARCHAR",
        "name": "VARCHAR",
        "success": "BOOLEAN",
        "http.response.status_code": "BIGINT",
        "duration_ms": "DOUBLE",
        "run_ms": "DOUBLE",
        "http.request.method": "VARCHAR",
        "http.route": "VARCHAR",
        "url.path": "VARCHAR",
        "url.query": "VARCHAR",
        "url.scheme": "VARCHAR",
        "network.protocol.version": "VARCHAR",
        "user_agent.original": "VARCHAR",
        "http.request.body.size": "BIGINT",
        "http.response.body.size": "BIGINT",
        "error.type": "VARCHAR",
        "request_body": "VARCHAR",
        "response_body": "VARCHAR",
        **_PLACE,
    },
    TRACES: {
        **_TIME,
        "severity_text": "VARCHAR",
        "severity_number": "BIGINT",
        "message": "VARCHAR",
        "source": "VARCHAR",
        "otel.scope.name": "VARCHAR",
        **_CODE,
        "request_ids": "VARCHAR[]",
        **_PLACE,
    },
    EXCEPTIONS: {
        **_TIME,
        "exception.type": "VARCHAR",
        "exception.message": "VARCHAR",
        **_CODE,
        "source_line": "VARCHAR",
        "exception.stacktrace": "VARCHAR",
        "request_ids": "VARCHAR[]",
        **_PLACE,
    },
}

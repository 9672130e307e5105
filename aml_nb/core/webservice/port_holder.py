"""Who has the port that a service wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aml_nb.core.webservice.services import LOCAL, Payload, every
from aml_nb.engines.base import ServiceError
from aml_nb.engines.usage import program_at

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def enrich(workspace: Workspace, payload: Payload, error: ServiceError | None) -> ServiceError | None:
    """Name the program that holds a port."""
    port = payload["spec"].get("port")
    if error is None or error.code != "port-in-use" or port is None:
        return error
    holder = _service_on(workspace, payload, port) or program_at(port)
    if holder is None or " has it." in error.message:
        return error
    return ServiceError(error.code, f"{error.message.rstrip('.')}: {holder} has it.", revision=error.revision)


def _service_on(workspace: Workspace, payload: Payload, port: int) -> str | None:
    for other in every(workspace):
        if other["handle"] != payload["handle"] and other["spec"].get("port") == port:
            kind = "local web service" if other["computeType"] == LOCAL else "web service"
            return f"the {kind} {other['name']!r}"
    return None

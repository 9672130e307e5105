"""Why a service failed, told so that its user finds the line to mend."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice.services import LOCAL, Payload, every
from aml_nb.engines.base import ServiceError, ServiceSpec
from aml_nb.engines.usage import program_at
from aml_nb.errors import Source, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_CODES = {"LOCAL": "LocalDeploymentFailed", "ACI": "AciDeploymentFailed", "AKS": "KubernetesDeploymentFailed"}
_NEXT = {
    "port-in-use": "choose another port, or deploy without one to get a free one",
    "script-not-found": "check InferenceConfig(source_directory=..., entry_script=...)",
    "environment": "check the environment's packages",
    "supervisor-vanished": "service.reload() starts a local service again; Model.deploy(..., overwrite=True) any",
    "interrupted": "service.delete(), then deploy again",
    "daemon-away": "start Docker (sudo systemctl start docker); the service is found again",
    "container-killed": "service.reload() starts a local service again; Model.deploy(..., overwrite=True) any",
    "container-stopped": "service.reload() starts a local service again; docker start does too",
    "container-removed": "service.reload() starts a local service again; Model.deploy(..., overwrite=True) any",
    "container-paused": "docker unpause the container",
    "out-of-memory": "ask for more: deploy_configuration(memory_gb=...), or on AKS service.update(memory_gb=...)",
    "Unschedulable": "service.update(cpu_cores=..., memory_gb=..., num_replicas=...) asks for less; "
    "%aml nodes CLUSTER COUNT gives the cluster more nodes",
}
_IN_CONTAINER = r"^/var/azureml-app|^/var/aml_nb/service/revisions/[^/]+"
"""Where a revision is in a container."""
_RAISED = "Encountered Exception: "
_FRAME = re.compile(r'File "([^"]+)", line (\d+)')


def error_json(error: ServiceError, kind: str) -> dict[str, Any]:
    """The error as v1's service gives it."""
    detail = {"code": error.code, "message": error.message}
    return {
        "code": _CODES.get(kind, "DeploymentFailed"),
        "statusCode": 400,
        "message": f"Service deployment failed: {error.message}",
        "details": [detail],
    }


def source_of(error: ServiceError, spec: ServiceSpec) -> Source | None:
    """The lines that failed, as they ran, under the path that the user knows."""
    if not error.file or not error.line:
        return None
    return _source(error.file, error.line, spec)


def hint_of(error: ServiceError) -> str:
    """The next thing to do about an error."""
    return _NEXT.get(error.code, "print(service.get_logs())")


def deployment_failed(payload: Payload, operation: str, error: ServiceError | None) -> WebserviceException:
    """The error of ``wait_for_deployment``, with v1's gist."""
    error = error or ServiceError("internal", "The service ended and left no reason.")
    state = "Unschedulable" if error.code == "Unschedulable" else "Failed"
    told = json.dumps(error_json(error, payload["computeType"]), indent=2)
    failure = WebserviceException(
        f"Service deployment polling reached non-successful terminal state, current service state: {state}\n"
        f"Operation ID: {operation}\n"
        "More information can be found using '.get_logs()'\n"
        f"Error:\n{told}",
        source=source_of(error, _spec(payload)),
        hint=hint_of(error),
    )
    failure.brief = f"Service deployment failed, current service state: {state}\n{error.message}"
    return failure


def local_failed(payload: Payload, error: ServiceError | None) -> WebserviceException:
    """The error of a local service's ``wait_for_deployment``."""
    error = error or ServiceError("internal", "The service ended and left no reason.")
    init = error.code in ("init-failed", "worker-died") or error.code.startswith("script-")
    gist = "Error: Container has crashed. Did your init method fail?" if init else "Error: The service failed."
    return WebserviceException(f"{gist}\n{error.message}", source=source_of(error, _spec(payload)), hint=hint_of(error))


def enrich(workspace: Workspace, payload: Payload, error: ServiceError | None) -> ServiceError | None:
    """Name the program that holds a port."""
    port = payload["spec"].get("port")
    if error is None or error.code != "port-in-use" or port is None:
        return error
    holder = _service_on(workspace, payload, port) or program_at(port)
    if holder is None or " has it." in error.message:
        return error
    return ServiceError(error.code, f"{error.message.rstrip('.')}: {holder} has it.", revision=error.revision)


@dataclass(frozen=True)
class RunFailure:
    """What a service's log says of a request on which ``run()`` raised."""

    reason: str
    source: Source | None


def run_failure(log: str, request_id: str, spec: ServiceSpec) -> RunFailure | None:
    """What the log has between the last exception it tells and the line of this request."""
    before, found, _ = log.rpartition(request_id)
    told = before.rpartition(_RAISED)[2] if found and _RAISED in before else ""
    if not told:
        return None
    frames = [(file, int(line)) for file, line in _FRAME.findall(told)]
    mine = [frame for frame in frames if user_path(frame[0], spec) is not None]
    return RunFailure(told.splitlines()[0].strip(), _source(*mine[-1], spec) if mine else None)


def user_path(path: str, spec: ServiceSpec) -> str | None:
    """The user's own file that a file of a revision is a copy of; None for any other file."""
    base = spec.source_directory or os.path.dirname(os.path.abspath(spec.entry_script))
    if not os.path.isabs(path):
        return os.path.join(base, path)
    places = rf"(?:/services/{re.escape(spec.handle)}/revisions/[^/]+|{_IN_CONTAINER})/(.+)$"
    match = re.search(places, path)
    if match is None:
        return None
    inside = match[1]
    if spec.source_directory is not None:
        inside = inside.partition("/")[2]
    return os.path.join(base, inside)


def _source(file: str, line: int, spec: ServiceSpec) -> Source:
    ours = user_path(file, spec)
    shown = ours or file
    read = Source.read(file if os.path.isabs(file) and os.path.exists(file) else shown, line)
    return Source(shown, line, read.first, read.lines)


def _spec(payload: Payload) -> ServiceSpec:
    pending = payload.get("pending")
    return ServiceSpec.from_dict(pending["changes"]["spec"] if pending else payload["spec"])


def _service_on(workspace: Workspace, payload: Payload, port: int) -> str | None:
    for other in every(workspace):
        if other["handle"] != payload["handle"] and other["spec"].get("port") == port:
            kind = "local web service" if other["computeType"] == LOCAL else "web service"
            return f"the {kind} {other['name']!r}"
    return None

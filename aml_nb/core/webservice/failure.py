"""The errors of deployments: v1's classes and gist, with what the diagnosis found."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice.services import Payload
from aml_nb.engines.base import ServiceError
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.diagnosis import Diagnosis
    from aml_nb.core.workspace import Workspace

CODES = {"LOCAL": "LocalDeploymentFailed", "ACI": "AciDeploymentFailed", "AKS": "KubernetesDeploymentFailed"}
_CRASHED = ("init-failed", "worker-died")


def error_json(error: ServiceError, kind: str) -> dict[str, Any]:
    """The error as v1's service gives it."""
    detail = {"code": error.code, "message": error.message}
    return {
        "code": CODES.get(kind, "DeploymentFailed"),
        "statusCode": 400,
        "message": f"Service deployment failed: {error.message}",
        "details": [detail],
    }


def deployment_failed(
    workspace: Workspace, payload: Payload, operation: str, error: ServiceError | None, state: str
) -> WebserviceException:
    """The error of ``wait_for_deployment``, with v1's gist; ``state`` is the service's."""
    error = error or nothing_told()
    ended = "Unschedulable" if error.code == "Unschedulable" else "Failed"
    goes_on = "\nThe version that was deployed before goes on serving." if state == "Healthy" else ""
    told = json.dumps(error_json(error, payload["computeType"]), indent=2)
    failed = WebserviceException(
        f"Service deployment polling reached non-successful terminal state, current service state: {ended}\n"
        f"Operation ID: {operation}\n"
        "More information can be found using '.get_logs()'\n"
        f"Error:\n{told}{goes_on}",
        hint="print(service.get_logs())",
    )
    gist = f"Service deployment failed, current service state: {ended}"
    failed.brief = f"{gist}\n{error.message}"
    failed = _diagnosed(failed, workspace, payload, error, gist)
    failed.brief = f"{failed.brief}{goes_on}"
    return failed


def local_failed(workspace: Workspace, payload: Payload, error: ServiceError | None) -> WebserviceException:
    """The error of a local service's ``wait_for_deployment``."""
    error = error or nothing_told()
    init = error.code in _CRASHED or error.code.startswith("script-")
    gist = "Error: Container has crashed. Did your init method fail?" if init else "Error: The service failed."
    failed = WebserviceException(f"{gist}\n{error.message}", hint="print(service.get_logs())")
    return _diagnosed(failed, workspace, payload, error, gist)


def nothing_told() -> ServiceError:
    """The error of a service that left none."""
    return ServiceError("internal", "The service ended and left no reason.")


def _diagnosed(
    failed: WebserviceException, workspace: Workspace, payload: Payload, error: ServiceError, gist: str
) -> WebserviceException:
    """The error with what the diagnosis says; whatever hinders it, the error itself has to be told."""
    found: Diagnosis | None = None
    with suppress(Exception):
        from aml_nb.core.diagnosis.service import of_deployment

        found = of_deployment(workspace, payload, error)
    if found is not None:
        failed.diagnosis, failed.source = found, found.where
        failed.brief = f"{gist}\n{found.title}: {found.why}"
        failed.hint = "\n     ".join(found.fix)
    return failed

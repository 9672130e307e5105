"""What Azure would have shown: its codes and the form of its messages; the words are ours."""

from __future__ import annotations

import json

from aml_nb.core.diagnosis.causes import CAUSES
from aml_nb.core.diagnosis.facts import Facts
from aml_nb.core.webservice.failure import CODES

_FRONT = {"run-raised": 502, "run-killed": 502, "out-of-memory": 502, "crash": 502, "run-timeout": 504}
"""The front end of a cluster puts statuses of its own in place of the container's."""
_LIMIT = 2_000


def message(cause: str, why: str, facts: Facts) -> str:
    """The error of a deployment, or of a request, as v1's user met it."""
    if facts.request is not None:
        return _of_request(cause, facts)
    if facts.local:
        return _of_container(cause, why, facts)
    return _of_cloud(cause, why, facts)


def _of_container(cause: str, why: str, facts: Facts) -> str:
    if cause == "port-in-use":
        return f"WebserviceException: Failed to create Docker container: port {facts.spec.port} is already allocated"
    if cause in ("image-build", "environment"):
        return f"WebserviceException: Error: Failed to build the image\n{why}"
    return "WebserviceException: Error: Container has crashed. Did your init method fail?"


def _of_cloud(cause: str, why: str, facts: Facts) -> str:
    detail = {"code": CAUSES[cause].azure or "CrashLoopBackOff", "message": told(cause, why, facts)}
    body = {
        "code": CODES.get(facts.spec.kind, "DeploymentFailed"),
        "statusCode": 404 if cause == "unschedulable" else 400,
        "message": f"Deployment of {facts.name} failed: {detail['message']}",
        "details": [detail],
    }
    state = "Unschedulable" if cause == "unschedulable" else "Failed"
    return (
        "WebserviceException: Service deployment polling reached non-successful terminal state, current service "
        f"state: {state}\nMore information can be found using '.get_logs()'\nError:\n{json.dumps(body, indent=2)}"
    )


def told(cause: str, why: str, facts: Facts) -> str:
    """The one sentence that Azure had for it; only where the entry script raised does it say what."""
    raised = facts.raised
    if raised is not None and CAUSES[cause].azure == "CrashLoopBackOff":
        return f"Error in entry script, {raised.kind}: {raised.message}; print(service.get_logs()) has more"[:_LIMIT]
    return why[:_LIMIT]


def _of_request(cause: str, facts: Facts) -> str:
    request = facts.request
    assert request is not None
    status = _FRONT.get(cause, request.status) if facts.spec.kind == "AKS" else request.status
    return (
        "WebserviceException: Received bad response from service. More information can be found by calling "
        f"`.get_logs()` on the webservice object.\nResponse Code: {status}"
    )

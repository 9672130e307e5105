"""``diagnose(service)``, and the same for a deployment that is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.diagnosis import gathering
from aml_nb.core.diagnosis.diagnosing import explain
from aml_nb.core.diagnosis.diagnosis import Diagnosis
from aml_nb.core.webservice import port_holder, services

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.engines.base import ServiceError


def diagnose(service: Any) -> Diagnosis | None:
    """Say why a web service, or the latest request to it that failed, fails.

    Parameters
    ----------
    service : a web service, of any class; it is looked at anew and left as it is.

    Returns
    -------
    None where it works, or is still starting, or is gone.
    """
    seen = {one._record["handle"]: one for one in (*service._answering(), service)}  # versions before their endpoint
    for handle, one in seen.items():
        payload = services.records(one.workspace).get(handle)
        if payload is not None and (found := _look(one.workspace, payload)) is not None:
            return found
    return None


def of_deployment(workspace: Workspace, payload: services.Payload, error: ServiceError | None) -> Diagnosis:
    """Why a deployment failed."""
    return explain(gathering.of_failure(workspace, payload, error))


def _look(workspace: Workspace, payload: services.Payload) -> Diagnosis | None:
    payload, status = services.settle(workspace, payload)
    error = port_holder.enrich(workspace, payload, status.error)
    if error is not None or status.state in ("Failed", "Stopped", "Unhealthy", "Unschedulable"):
        return of_deployment(workspace, payload, error)
    if not status.serving or payload["computeType"] == services.ENDPOINT:
        return None
    facts = gathering.of_requests(workspace, payload, status)
    return None if facts is None else explain(facts)


def nothing_found(service: Any) -> str:
    """What is to be said of a service of which ``diagnose`` found nothing."""
    if service.state == "deleted":
        return f"{service.name} is deleted: there is nothing to look at."
    if service.state in ("Healthy", "running"):
        return f"{service.name} is {service.state}, and no request to it has failed of late: nothing is wrong."
    return f"{service.name} is {service.state}: nothing is wrong so far."

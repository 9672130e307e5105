"""Everything of one web service."""

from __future__ import annotations

from contextlib import suppress
from http.client import HTTPException
from logging import getLogger
from threading import Lock
from typing import TYPE_CHECKING, Any

from aml_nb.core.monitoring import metrics
from aml_nb.core.webservice import services as records
from aml_nb.core.webservice.naming import not_found
from aml_nb.core.webservice.webservice import from_record
from aml_nb.display.objects import target_of
from aml_nb.errors import AmlError
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import base, services

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.engines.base import ServiceSpec

_log = getLogger(__name__)
_lock = Lock()
_swagger: dict[tuple[Any, ...], dict[str, Any]] = {}
_MOST_KEPT = 64
_FAILED = ("Failed", "failed", "Unhealthy", "Unschedulable")


def find(workspace: Workspace, identity: str) -> Any:
    """The service of an id, which is its handle; its plain name will do too.

    Raises
    ------
    NothingThereError : there is none.
    """
    record = records.records(workspace).get(identity) or records.find(workspace, identity)
    if record is None:
        error = not_found(workspace, identity)
        raise NothingThereError(error.message, hint=error.hint)
    return from_record(workspace, record)


def detail(workspace: Workspace, identity: str) -> dict[str, Any]:
    """The view of one service."""
    service = find(workspace, identity)
    record, spec = service._record, records.spec_of(service._record)
    return {
        "row": services.row(service),
        "compute_type": service.compute_type,
        "compute": record.get("computeName"),
        "description": service.description,
        "scoring_uri": service.scoring_uri,
        "swagger_uri": service.swagger_uri,
        "auth": auth_of(service),
        "why": why(service),
        "diagnosis": diagnosis(service),
        "models": models(record, spec),
        "environment": (record.get("environment") or {}).get("name"),
        "entry_script": spec.entry_script,
        "source_directory": spec.source_directory,
        "engine": record["engine"],
        "image": spec.image or service.image_id,
        "cpu": spec.cpu or None,
        "memory_gb": spec.memory_gb or None,
        "replicas": replicas(service, "availableReplicas"),
        "replicas_wanted": replicas(service, "replicas"),
        "autoscale": autoscale(record),
        "app_insights": bool(record.get("appInsightsEnabled")),
        "tags": base.plain(service.tags),
        "properties": base.plain(service.properties),
        "created": base.stamp(record["createdTime"]),
        "updated": base.stamp(record["updatedTime"]),
        "swagger": swagger(service),
        "actions": actions(service),
    }


def auth_of(service: Any) -> str:
    """How callers prove who they are."""
    return "token" if service.token_auth_enabled else "key" if service.auth_enabled else "none"


def why(service: Any) -> str | None:
    """What stopped it, in words."""
    error = service.error
    if not error:
        return None
    said = [str(each.get("message")) for each in error.get("details") or () if each.get("message")]
    return "\n".join(said) or str(error.get("message") or "") or None


def diagnosis(service: Any) -> dict[str, Any] | None:
    """Why it fails, and what mends it; a diagnosis that breaks hides nothing else of the service."""
    from aml_nb.core.diagnosis import diagnose

    try:
        found = diagnose(service)
    except Exception:  # whatever a script's log made of it
        _log.exception("The diagnosis of the service %s failed", service.name)
        return None
    data: dict[str, Any] | None = None if found is None else found.as_data()
    return data


def figures(workspace: Workspace, identity: str, seconds: int) -> dict[str, Any]:
    """What a service did in the last seconds, one by one."""
    return metrics(find(workspace, identity), seconds).to_dict()


def models(record: dict[str, Any], spec: ServiceSpec) -> list[dict[str, Any]]:
    """The models that it serves; one that is no registered model has no version."""
    registered = set(record.get("modelIds") or ())
    found = []
    for model in spec.models:
        identity = f"{model.name}:{model.version}"
        known = identity in registered
        version = model.version if known else None
        found.append({"id": identity if known else model.name, "name": model.name, "version": version})
    return found


def replicas(service: Any, which: str) -> int | None:
    """How many answer now (``availableReplicas``), or are to (``replicas``)."""
    if service.compute_type != records.AKS:
        return None
    return int(service.deployment_status[which])


def autoscale(record: dict[str, Any]) -> dict[str, Any] | None:
    """Between how many replicas it scales by itself; None where it does not."""
    scaler = record.get("autoScaler") or {}
    if not scaler.get("autoscaleEnabled"):
        return None
    return {
        "min_replicas": scaler["minReplicas"],
        "max_replicas": scaler["maxReplicas"],
        "target_utilization": scaler["targetUtilization"],
        "refresh_seconds": scaler["refreshPeriodInSeconds"],
    }


def swagger(service: Any) -> dict[str, Any] | None:
    """Its own description of itself, where it answers; each revision is asked once, for asking is in its log."""
    if service.scoring_uri is None or service.state in _FAILED:
        return None
    from aml_nb.core.webservice.client_code.service import description

    record = service._record
    key = (service.workspace._id, record["handle"], record["spec"]["revision"], service.swagger_uri)
    with _lock:
        if key in _swagger:
            return _swagger[key]
    with suppress(AmlError, OSError, HTTPException, ValueError):
        document = description(service)
        if isinstance(document, dict):
            with _lock:
                _swagger[key] = document
                while len(_swagger) > _MOST_KEPT:
                    del _swagger[next(iter(_swagger))]
            return document
    return None


def actions(service: Any) -> dict[str, str | None]:
    """What can be done with it: None, or the reason why it cannot."""
    kind = service.compute_type
    local, aks = kind == records.LOCAL, kind == records.AKS
    endpoint = kind == records.ENDPOINT
    target = target_of(service)
    return {
        "reload": None if local else "Only local services reload their script; this one is updated instead.",
        "update": "The versions of an endpoint are updated one by one, from the notebook." if endpoint else None,
        "scale": None if aks else f"Replicas are for AKS services; this one is of type {target}.",
        "regenerate_key": None if service.auth_enabled else _no_key(service),
        "delete": None,
        "score": None if service.scoring_uri else f"It has no address while it is {service.state}.",
    }


def _no_key(service: Any) -> str:
    if service.token_auth_enabled:
        return "It takes tokens, not keys; a new token is made whenever one is asked for."
    if service.compute_type == records.LOCAL:
        return "Local services ask for no key."
    return "It asks for no key: its authentication is off."

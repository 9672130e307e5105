"""What ``AksWebservice.update`` changes in a record."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aml_nb.core import names
from aml_nb.core.webservice import traffic
from aml_nb.core.webservice.aks_configuration import (
    MAY_BE_ZERO,
    POSITIVE,
    authentication_complaints,
    scaling_complaints,
    wait_complaints,
)
from aml_nb.core.webservice.deployment_configuration import positive, raise_all
from aml_nb.core.webservice.services import Payload

_SCALER = {
    "autoscale_min_replicas": "minReplicas",
    "autoscale_max_replicas": "maxReplicas",
    "autoscale_refresh_seconds": "refreshPeriodInSeconds",
    "autoscale_target_utilization": "targetUtilization",
}
_RESOURCES = {
    "cpu_cores": "cpu",
    "memory_gb": "memoryInGB",
    "gpu_cores": "gpu",
    "cpu_cores_limit": "cpuLimit",
    "memory_gb_limit": "memoryInGBLimit",
}
_PROBE = {
    "period_seconds": "periodSeconds",
    "initial_delay_seconds": "initialDelaySeconds",
    "timeout_seconds": "timeoutSeconds",
    "success_threshold": "successThreshold",
    "failure_threshold": "failureThreshold",
}
_PLAIN = {
    "scoring_timeout_ms": "scoringTimeoutMillis",
    "replica_max_concurrent_requests": "maxConcurrentRequestsPerContainer",
    "max_request_wait_time": "maxQueueWaitMs",
    "namespace": "namespace",
}


def changes(record: Payload, given: dict[str, Any]) -> Payload:
    """The values to change; raises v1's error for those that cannot go together."""
    traffic.refuse_for_a_service(given)
    _check(record, given)
    changed: Payload = {wire: given[name] for name, wire in _PLAIN.items() if name in given}
    for key, wires in (("containerResourceRequirements", _RESOURCES), ("livenessProbeRequirements", _PROBE)):
        values = {wire: given[name] for name, wire in wires.items() if name in given}
        if values:
            changed[key] = {**record[key], **values}
    if "collect_model_data" in given:
        collect = given["collect_model_data"]
        changed["dataCollection"] = {"eventHubEnabled": collect, "storageEnabled": collect}
    changed |= _scaling(record, given) | authentication_changes(given)
    _check_together({**record, **changed})
    return changed


def _check(record: Payload, given: dict[str, Any]) -> None:
    # A service that does not scale has its replicas already: only an explicit False asks for a number of them.
    scales = record["autoScaler"]["autoscaleEnabled"] and "num_replicas" not in given
    assumed = {"autoscale_enabled": scales or None, **given}
    asked = SimpleNamespace(**{name: given.get(name) for name in POSITIVE})
    complaints = [*positive(asked, *(name for name in POSITIVE if given.get(name) != 0 or name not in MAY_BE_ZERO))]
    complaints += wait_complaints(given.get("max_request_wait_time"))
    complaints += scaling_complaints(assumed)
    if "namespace" in given:
        names.check("namespace", given["namespace"])
    raise_all(complaints, "service.update?")


def _scaling(record: Payload, given: dict[str, Any]) -> Payload:
    scaler = {**record["autoScaler"], **{wire: given[name] for name, wire in _SCALER.items() if name in given}}
    changed: Payload = {}
    if "num_replicas" in given:
        changed["numReplicas"] = given["num_replicas"]
        scaler["autoscaleEnabled"] = False
    if "autoscale_enabled" in given:
        scaler["autoscaleEnabled"] = given["autoscale_enabled"]
        if given["autoscale_enabled"]:
            changed["numReplicas"] = None
    return changed if scaler == record["autoScaler"] else {**changed, "autoScaler": scaler}


def _check_together(new: Payload) -> None:
    """What cannot go together in the record as it would be."""
    scaler, needs, complaints = new["autoScaler"], new["containerResourceRequirements"], []
    if scaler["autoscaleEnabled"] and scaler["minReplicas"] > scaler["maxReplicas"]:
        complaints.append("Invalid configuration, autoscale_min_replicas is above autoscale_max_replicas.")
    for told, request, limit in (("cpu_cores", "cpu", "cpuLimit"), ("memory_gb", "memoryInGB", "memoryInGBLimit")):
        if needs[limit] is not None and needs[limit] < needs[request]:
            complaints.append(f"Invalid configuration, {told}_limit must be greater than or equal to {told}.")
    raise_all(complaints, "service.update?")


def authentication_changes(given: dict[str, Any]) -> Payload:
    """Keys and tokens exclude each other: turning one on turns the other off."""
    raise_all(authentication_complaints(given.get("auth_enabled"), given.get("token_auth_enabled")), "service.update?")
    changed: Payload = {}
    if "token_auth_enabled" in given:
        changed["aadAuthEnabled"] = given["token_auth_enabled"]
        if given["token_auth_enabled"]:
            changed["authEnabled"] = False
    if given.get("auth_enabled"):
        changed["authEnabled"], changed["aadAuthEnabled"] = True, False
    return changed

"""What ``AksWebservice.update`` changes in a record."""

from __future__ import annotations

from typing import Any

from aml_nb.core import names
from aml_nb.core.webservice.aks_configuration import authentication_complaints, scaling_complaints
from aml_nb.core.webservice.deployment_configuration import raise_all
from aml_nb.core.webservice.services import Payload
from aml_nb.errors import NotAvailableError

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
_ENDPOINT = ("is_default", "traffic_percentile", "version_type", "is_control_version_type")


def changes(record: Payload, given: dict[str, Any]) -> Payload:
    """The values to change; raises v1's error for those that cannot go together."""
    if unknown := [name for name in _ENDPOINT if name in given]:
        raise NotAvailableError(f"{', '.join(unknown)} of endpoints are not there yet.")
    _check(record, given)
    changed: Payload = {wire: given[name] for name, wire in _PLAIN.items() if name in given}
    for key, wires in (("containerResourceRequirements", _RESOURCES), ("livenessProbeRequirements", _PROBE)):
        values = {wire: given[name] for name, wire in wires.items() if name in given}
        if values:
            changed[key] = {**record[key], **values}
    if "collect_model_data" in given:
        collect = given["collect_model_data"]
        changed["dataCollection"] = {"eventHubEnabled": collect, "storageEnabled": collect}
    return changed | _scaling(record, given) | _authentication(record, given)


def _check(record: Payload, given: dict[str, Any]) -> None:
    # A service that does not scale has its replicas already: only an explicit False asks for a number of them.
    scales = record["autoScaler"]["autoscaleEnabled"] and "num_replicas" not in given
    assumed = {"autoscale_enabled": scales or None, **given}
    complaints = scaling_complaints(assumed)
    complaints += authentication_complaints(given.get("auth_enabled"), given.get("token_auth_enabled"))
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


def _authentication(record: Payload, given: dict[str, Any]) -> Payload:
    """Keys and tokens exclude each other: turning one on turns the other off."""
    changed: Payload = {}
    if "token_auth_enabled" in given:
        changed["aadAuthEnabled"] = given["token_auth_enabled"]
        if given["token_auth_enabled"]:
            changed["authEnabled"] = False
    if given.get("auth_enabled"):
        changed["authEnabled"], changed["aadAuthEnabled"] = True, False
    return changed

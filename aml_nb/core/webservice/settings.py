"""From a deployment configuration to a service's record, and from the record to its specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice.container_resource_requirements import ContainerResourceRequirements
from aml_nb.core.webservice.parts import (
    AutoScaler,
    DataCollection,
    EncryptionProperties,
    LivenessProbeRequirements,
    VnetConfiguration,
)
from aml_nb.core.webservice.services import ACI, AKS, LOCAL, Payload
from aml_nb.engines.base import Certificate, Probe, ServiceSpec
from aml_nb.errors import WebserviceException
from aml_nb.scoring.scaling import Scaling

if TYPE_CHECKING:
    from aml_nb.core.webservice.content import Content

CPU, MEMORY_GB = 0.1, 0.5
SCALING = {"min": 1, "max": 10, "refresh": 1, "utilization": 70}
PROBE = {"period": 10, "initial_delay": 310, "timeout": 2, "success": 1, "failure": 3}
SCORING_TIMEOUT_MS, REQUEST_WAIT_MS, CONCURRENT_REQUESTS = 60_000, 500, 1
_SERVER_FIELDS = {"SCORING_TIMEOUT_MS": "scoring_timeout_ms", "WORKER_COUNT": "concurrency"}


def local_record(config: Any) -> Payload:
    """What the record of a local service has of its own."""
    return {"computeType": LOCAL, "port": config.port, "authEnabled": False, "aadAuthEnabled": False}


def aci_record(config: Any, certificate: dict[str, str] | None = None) -> Payload:
    """What the record of an ACI service has of its own; v1's defaults for what was not said."""
    encryption = None
    if config.cmk_key_name:
        encryption = EncryptionProperties(
            config.cmk_vault_base_url, config.cmk_key_name, config.cmk_key_version
        ).serialize()
    network = VnetConfiguration(config.vnet_name, config.subnet_name).serialize() if config.vnet_name else None
    return {
        "computeType": ACI,
        "containerResourceRequirements": _resources(config.cpu_cores, config.memory_gb),
        "authEnabled": bool(config.auth_enabled),
        "aadAuthEnabled": False,
        "appInsightsEnabled": bool(config.enable_app_insights),
        "dataCollection": _collection(config.collect_model_data),
        "location": config.location,
        "dnsNameLabel": config.dns_name_label,
        "sslEnabled": bool(config.ssl_enabled),
        "cname": config.ssl_cname,
        "certificate": certificate,
        "encryptionProperties": encryption,
        "vnetConfiguration": network,
    }


def aks_record(config: Any, compute_name: str, certificate: dict[str, str] | None = None) -> Payload:
    """What the record of an AKS service has of its own; v1's defaults for what was not said.

    ``certificate`` is the cluster's.
    """
    tokens = bool(config.token_auth_enabled)
    limits = (config.cpu_cores_limit, config.memory_gb_limit)
    return {
        "computeType": AKS,
        "computeName": compute_name,
        "certificate": certificate,
        "containerResourceRequirements": _resources(config.cpu_cores, config.memory_gb, config.gpu_cores, *limits),
        "authEnabled": not tokens if config.auth_enabled is None else bool(config.auth_enabled),
        "aadAuthEnabled": tokens,
        "appInsightsEnabled": bool(config.enable_app_insights),
        "dataCollection": _collection(config.collect_model_data),
        "numReplicas": config.num_replicas,
        "autoScaler": _scaler(config),
        "livenessProbeRequirements": _probe(config),
        "scoringTimeoutMillis": given(config.scoring_timeout_ms, SCORING_TIMEOUT_MS),
        "maxConcurrentRequestsPerContainer": given(config.replica_max_concurrent_requests, CONCURRENT_REQUESTS),
        "maxQueueWaitMs": given(config.max_request_wait_time, REQUEST_WAIT_MS),
        "namespace": given(config.namespace, "azureml-default"),
        "isDefault": None,
        "trafficPercentile": None,
        "versionType": None,
    }


def make_spec(record: Payload, what: Content, revision: int) -> ServiceSpec:
    """The specification of one revision of a service."""
    return ServiceSpec(
        handle=record["handle"],
        name=record.get("endpoint") or record["name"],
        kind=record["computeType"],
        revision=revision,
        **what.spec_fields(),
        **spec_fields(record),
        **server_fields(record, what.environment_variables),
    )


def spec_fields(record: Payload) -> dict[str, Any]:
    """The fields of a ServiceSpec that say how the service runs."""
    if record["computeType"] == LOCAL:
        return {"port": record["port"], "cpu": 0.0, "memory_gb": 0.0}
    needs = record["containerResourceRequirements"]
    fields = {
        "cpu": needs["cpu"],
        "cpu_limit": needs["cpuLimit"],
        "memory_gb": needs["memoryInGB"],
        "memory_gb_limit": needs["memoryInGBLimit"],
        "gpu": needs["gpu"] or 0,
        "auth": "token" if record["aadAuthEnabled"] else "key" if record["authEnabled"] else "none",
        "app_insights": record["appInsightsEnabled"],
        "collect_model_data": bool((record.get("dataCollection") or {}).get("storageEnabled")),
        "certificate": Certificate(**record["certificate"]) if record.get("certificate") else None,
        "tags": dict(record.get("kvTags") or {}),
        "keys_revision": record.get("keysRevision") or 0,
    }
    return fields | _aks_fields(record) if record["computeType"] == AKS else fields


def server_fields(record: Payload, variables: dict[str, str]) -> dict[str, Any]:
    """The fields of a ServiceSpec that variables of the environment set, as v1's server reads them in its container.

    On AKS the deployment's own configuration has these settings, and goes before them.
    """
    if record["computeType"] == AKS:
        return {}
    return {field: _whole(name, variables[name]) for name, field in _SERVER_FIELDS.items() if name in variables}


def _whole(name: str, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number > 0:
        return number
    raise WebserviceException(
        f"Error, the environment variable {name} must be a whole number above zero, not {value!r}.",
        hint=f"environment.environment_variables[{name!r}] = '1'",
    )


def _aks_fields(record: Payload) -> dict[str, Any]:
    scaling = scaling_of(record)
    probe = record["livenessProbeRequirements"]
    return {
        "replicas": record["numReplicas"] if scaling is None else scaling.minimum,
        "scaling": scaling,
        "concurrency": record["maxConcurrentRequestsPerContainer"],
        "probe": Probe(
            probe["periodSeconds"],
            probe["initialDelaySeconds"],
            probe["timeoutSeconds"],
            probe["successThreshold"],
            probe["failureThreshold"],
        ),
        "scoring_path": f"/api/v1/service/{record.get('endpoint') or record['name']}/score",
        "scoring_timeout_ms": record["scoringTimeoutMillis"],
        "max_queue_wait_ms": record["maxQueueWaitMs"],
    }


def scaling_of(record: Payload) -> Scaling | None:
    """How an AKS service scales: as it was told, and no further than its cluster has room."""
    scaler, ceiling = record["autoScaler"], record.get("ceiling")
    if not scaler["autoscaleEnabled"]:
        return None
    most = scaler["maxReplicas"] if ceiling is None else min(scaler["maxReplicas"], ceiling)
    return Scaling(scaler["minReplicas"], most, scaler["refreshPeriodInSeconds"], scaler["targetUtilization"] / 100)


def given(value: Any, default: Any) -> Any:
    """``value`` where something was given."""
    return default if value is None else value


def _resources(
    cpu: float | None,
    memory: float | None,
    gpu: int | None = None,
    cpu_limit: float | None = None,
    memory_limit: float | None = None,
) -> dict[str, Any]:
    return ContainerResourceRequirements(
        given(cpu, CPU), given(memory, MEMORY_GB), gpu, cpu_limit, memory_limit
    ).serialize()


def _collection(enabled: bool | None) -> dict[str, Any]:
    return DataCollection(bool(enabled), bool(enabled)).serialize()


def _scaler(config: Any) -> dict[str, Any]:
    return AutoScaler(
        config.num_replicas is None,
        given(config.autoscale_max_replicas, SCALING["max"]),
        given(config.autoscale_min_replicas, SCALING["min"]),
        given(config.autoscale_refresh_seconds, SCALING["refresh"]),
        given(config.autoscale_target_utilization, SCALING["utilization"]),
    ).serialize()


def _probe(config: Any) -> dict[str, Any]:
    return LivenessProbeRequirements(
        given(config.period_seconds, PROBE["period"]),
        given(config.initial_delay_seconds, PROBE["initial_delay"]),
        given(config.timeout_seconds, PROBE["timeout"]),
        given(config.success_threshold, PROBE["success"]),
        given(config.failure_threshold, PROBE["failure"]),
    ).serialize()

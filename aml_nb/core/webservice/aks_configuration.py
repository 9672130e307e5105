"""How a web service is to be deployed on AKS, and v1's checks."""

from __future__ import annotations

from typing import Any

from aml_nb.core import names
from aml_nb.core.webservice.deployment_configuration import (
    WebserviceDeploymentConfiguration,
    positive,
    print_requirements,
    raise_all,
)
from aml_nb.errors import WebserviceException

_SCALING = (
    "autoscale_min_replicas",
    "autoscale_max_replicas",
    "autoscale_refresh_seconds",
    "autoscale_target_utilization",
)
POSITIVE = (
    "cpu_cores",
    "memory_gb",
    "cpu_cores_limit",
    "memory_gb_limit",
    "gpu_cores",
    "period_seconds",
    "initial_delay_seconds",
    "timeout_seconds",
    "success_threshold",
    "failure_threshold",
    "scoring_timeout_ms",
    "replica_max_concurrent_requests",
    "num_replicas",
    *_SCALING,
)


class AksServiceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """A web service on AKS; ``AksWebservice.deploy_configuration`` documents it."""

    def __init__(
        self,
        autoscale_enabled: bool | None,
        autoscale_min_replicas: int | None,
        autoscale_max_replicas: int | None,
        autoscale_refresh_seconds: int | None,
        autoscale_target_utilization: int | None,
        collect_model_data: bool | None,
        auth_enabled: bool | None,
        cpu_cores: float | None,
        memory_gb: float | None,
        enable_app_insights: bool | None,
        scoring_timeout_ms: int | None,
        replica_max_concurrent_requests: int | None,
        max_request_wait_time: int | None,
        num_replicas: int | None,
        primary_key: str | None,
        secondary_key: str | None,
        tags: dict[str, str] | None,
        properties: dict[str, str] | None,
        description: str | None,
        gpu_cores: int | None,
        period_seconds: int | None,
        initial_delay_seconds: int | None,
        timeout_seconds: int | None,
        success_threshold: int | None,
        failure_threshold: int | None,
        namespace: str | None,
        token_auth_enabled: bool | None,
        compute_target_name: str | None,
        cpu_cores_limit: float | None,
        memory_gb_limit: float | None,
        blobfuse_enabled: bool | None = None,
    ) -> None:
        from aml_nb.core.webservice.aks import AksWebservice

        super().__init__(AksWebservice, description, tags, properties, primary_key, secondary_key)
        self.autoscale_enabled = autoscale_enabled
        self.autoscale_min_replicas = autoscale_min_replicas
        self.autoscale_max_replicas = autoscale_max_replicas
        self.autoscale_refresh_seconds = autoscale_refresh_seconds
        self.autoscale_target_utilization = autoscale_target_utilization
        self.collect_model_data = collect_model_data
        self.auth_enabled = auth_enabled
        self.cpu_cores = cpu_cores
        self.memory_gb = memory_gb
        self.enable_app_insights = enable_app_insights
        self.scoring_timeout_ms = scoring_timeout_ms
        self.replica_max_concurrent_requests = replica_max_concurrent_requests
        self.max_request_wait_time = max_request_wait_time
        self.num_replicas = num_replicas
        self.gpu_cores = gpu_cores
        self.period_seconds = period_seconds
        self.initial_delay_seconds = initial_delay_seconds
        self.timeout_seconds = timeout_seconds
        self.success_threshold = success_threshold
        self.failure_threshold = failure_threshold
        self.namespace = namespace
        self.token_auth_enabled = token_auth_enabled
        self.compute_target_name = compute_target_name
        self.cpu_cores_limit = cpu_cores_limit
        self.memory_gb_limit = memory_gb_limit
        self.blobfuse_enabled = blobfuse_enabled
        self.validate_configuration()

    def validate_configuration(self) -> None:
        complaints = [
            *positive(self, *(name for name in POSITIVE if getattr(self, name) != 0 or name not in MAY_BE_ZERO)),
            *wait_complaints(self.max_request_wait_time),
            *scaling_complaints(vars(self)),
            *authentication_complaints(self.auth_enabled, self.token_auth_enabled),
            *self._limit_complaints(),
            *self._common_complaints(),
        ]
        if self.namespace is not None:
            try:
                names.check("namespace", self.namespace)
            except WebserviceException as error:
                complaints.append(error.message)
        raise_all(complaints, "AksWebservice.deploy_configuration?")

    def _limit_complaints(self) -> list[str]:
        pairs = (("cpu_cores", "cpu_cores_limit"), ("memory_gb", "memory_gb_limit"))
        return [
            f"Invalid configuration, {limit} must be greater than or equal to {request}."
            for request, limit in pairs
            if _number(getattr(self, request)) > _number(getattr(self, limit), float("inf"))
        ]

    def print_deploy_configuration(self) -> None:
        more = [] if self.num_replicas is None else [f"Number of replicas: {self.num_replicas}"]
        print_requirements(self.cpu_cores, self.memory_gb, *more)


MAY_BE_ZERO = ("gpu_cores", "initial_delay_seconds")


def wait_complaints(wait: Any) -> list[str]:
    """A request may wait for no time at all, and not for less."""
    if wait is None or (type(wait) is int and wait >= 0):
        return []
    return [f"Invalid configuration, max_request_wait_time must be zero or more milliseconds: {wait!r} is not."]


def scaling_complaints(values: dict[str, Any]) -> list[str]:
    """What does not go together in the number of replicas and the autoscaler's settings."""
    complaints = []
    enabled, replicas = values.get("autoscale_enabled"), values.get("num_replicas")
    if enabled and replicas is not None:
        complaints.append("Invalid configuration, autoscale enabled and num_replicas provided.")
    if enabled is False and replicas is None:
        complaints.append("Invalid configuration, autoscale disabled but num_replicas not provided.")
    if not enabled and any(values.get(name) is not None for name in _SCALING):
        complaints.append("Invalid configuration, autoscale options provided without enabling autoscale.")
    low, high = (_number(values.get(f"autoscale_{end}_replicas"), d) for end, d in (("min", 1), ("max", 10)))
    if enabled and low > high:
        complaints.append("Invalid configuration, autoscale_min_replicas is above autoscale_max_replicas.")
    utilization = _number(values.get("autoscale_target_utilization"), 70)
    if utilization > 100:
        complaints.append("Invalid configuration, autoscale_target_utilization is a percentage: at most 100.")
    return complaints


def authentication_complaints(keys: bool | None, tokens: bool | None) -> list[str]:
    """Keys and tokens exclude each other."""
    if not (keys and tokens):
        return []
    return ["Invalid configuration, auth_enabled and token_auth_enabled cannot both be True: choose one."]


def _number(value: Any, default: float = 0.0) -> float:
    return float(value) if isinstance(value, (int, float)) else default

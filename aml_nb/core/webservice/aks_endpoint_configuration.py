"""How an endpoint is to be deployed on AKS, and v1's checks."""

from __future__ import annotations

from aml_nb.core import names
from aml_nb.core.webservice import traffic
from aml_nb.core.webservice.aks_configuration import AksServiceDeploymentConfiguration
from aml_nb.core.webservice.deployment_configuration import raise_all
from aml_nb.errors import WebserviceException


class AksEndpointDeploymentConfiguration(AksServiceDeploymentConfiguration):
    """An endpoint on AKS with its first version; ``AksEndpoint.deploy_configuration`` documents it."""

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
        version_name: str | None,
        traffic_percentile: float | None,
        compute_target_name: str | None,
        cpu_cores_limit: float | None,
        memory_gb_limit: float | None,
    ) -> None:
        from aml_nb.core.webservice.aks_endpoint import AksEndpoint

        super().__init__(
            autoscale_enabled,
            autoscale_min_replicas,
            autoscale_max_replicas,
            autoscale_refresh_seconds,
            autoscale_target_utilization,
            collect_model_data,
            auth_enabled,
            cpu_cores,
            memory_gb,
            enable_app_insights,
            scoring_timeout_ms,
            replica_max_concurrent_requests,
            max_request_wait_time,
            num_replicas,
            primary_key,
            secondary_key,
            tags,
            properties,
            description,
            gpu_cores,
            period_seconds,
            initial_delay_seconds,
            timeout_seconds,
            success_threshold,
            failure_threshold,
            namespace,
            token_auth_enabled,
            compute_target_name,
            cpu_cores_limit,
            memory_gb_limit,
        )
        self._webservice_type = AksEndpoint
        self.version_name = version_name
        self.traffic_percentile = traffic_percentile
        self.validate_endpoint_configuration()

    def validate_endpoint_configuration(self) -> None:
        """Raise WebserviceException where the version's name or traffic cannot be right."""
        complaints = []
        if self.version_name is not None:
            try:
                names.check("version", self.version_name)
            except WebserviceException as error:
                complaints.append(error.message)
        if told := traffic.complaint(self.traffic_percentile):
            complaints.append(told)
        raise_all(complaints, "AksEndpoint.deploy_configuration?")

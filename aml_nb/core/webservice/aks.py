"""AksWebservice: v1's web service for production; a replica is a worker process here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aml_nb.core.webservice import calling, services
from aml_nb.core.webservice.aci import common_changes
from aml_nb.core.webservice.aks_configuration import AksServiceDeploymentConfiguration
from aml_nb.core.webservice.container_resource_requirements import ContainerResourceRequirements
from aml_nb.core.webservice.parts import (
    AksServiceAccessToken,
    AutoScaler,
    DataCollection,
    LivenessProbeRequirements,
)
from aml_nb.core.webservice.tagging import Tagging
from aml_nb.core.webservice.webservice import Webservice
from aml_nb.errors import WebserviceException

__all__ = [
    "AksServiceAccessToken",
    "AksServiceDeploymentConfiguration",
    "AksWebservice",
    "AutoScaler",
    "ContainerResourceRequirements",
    "DataCollection",
    "LivenessProbeRequirements",
]

_TOKEN_LIFETIME_S = 3600
_REFRESH_BEFORE_S = 600


class AksWebservice(Tagging, Webservice):
    """A web service as v1 deployed it to a Kubernetes cluster. It asks for keys unless told otherwise.

    Parameters
    ----------
    workspace : the workspace it was deployed in.
    name : its name.

    Raises
    ------
    WebserviceException
        There is none of that name.
    """

    _webservice_type = services.AKS

    @staticmethod
    def deploy_configuration(
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        auth_enabled: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        enable_app_insights: bool | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        namespace: str | None = None,
        token_auth_enabled: bool | None = None,
        compute_target_name: str | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
        blobfuse_enabled: bool | None = None,
    ) -> AksServiceDeploymentConfiguration:
        """How to deploy to AKS.

        Parameters
        ----------
        autoscale_enabled : let the number of replicas follow the load; on unless ``num_replicas`` is given.
        autoscale_min_replicas, autoscale_max_replicas : 1 and 10 when None.
        autoscale_refresh_seconds, autoscale_target_utilization : 1 s and 70 % when None.
        collect_model_data : keep what the script's ModelDataCollector collects.
        auth_enabled : ask callers for a key; on when None.
        cpu_cores, memory_gb : what a replica asks for; 0.1 cores and 0.5 GB when None.
        enable_app_insights : keep its requests, traces and exceptions in the workspace (``aml_nb.core.monitoring``).
        scoring_timeout_ms : how long ``run()`` may take; 60000 when None.
        replica_max_concurrent_requests : requests that a replica answers at once; 1 when None.
        max_request_wait_time : milliseconds that a request may wait before it gets a 503; 500 when None.
        num_replicas : the number of replicas.
        primary_key, secondary_key : keys to use in place of random ones.
        tags, properties, description : of the web service.
        gpu_cores : GPUs that a replica asks for, of those that the cluster's nodes have.
        period_seconds, initial_delay_seconds, timeout_seconds, success_threshold, failure_threshold : of the
            liveness probe, by which a replica that hangs is found and replaced; 10, 310, 2, 1 and 3 when None.
        namespace : noted.
        token_auth_enabled : ask callers for a token; excludes ``auth_enabled``.
        compute_target_name : the AksCompute target; goes before ``deployment_target``.
        cpu_cores_limit, memory_gb_limit : the most that a replica may take.
        blobfuse_enabled : noted.

        Raises
        ------
        WebserviceException
            Values that cannot go together, each on a line of its own.
        """
        return AksServiceDeploymentConfiguration(**locals())

    def _take_own(self, record: services.Payload) -> None:
        self.enable_app_insights: bool = record["appInsightsEnabled"]
        self.autoscaler = AutoScaler.deserialize(record["autoScaler"])
        self.compute_name: str = record["computeName"]
        self.container_resource_requirements = ContainerResourceRequirements.deserialize(
            record["containerResourceRequirements"]
        )
        self.liveness_probe_requirements = LivenessProbeRequirements.deserialize(record["livenessProbeRequirements"])
        self.data_collection = DataCollection.deserialize(record["dataCollection"])
        self.max_concurrent_requests_per_container: int = record["maxConcurrentRequestsPerContainer"]
        self.max_request_wait_time: int = record["maxQueueWaitMs"]
        self.num_replicas: int | None = record["numReplicas"]
        self.scoring_timeout_ms: int = record["scoringTimeoutMillis"]
        self.namespace: str = record["namespace"]
        self.is_default = record["isDefault"]
        self.traffic_percentile = record["trafficPercentile"]
        self.version_type = record["versionType"]

    def _refresh(self, record: services.Payload) -> Any:
        status = super()._refresh(record)
        self.deployment_status: dict[str, Any] = {
            "replicas": status.replicas_wanted,
            "availableReplicas": status.replicas_ready,
            "revision": status.revision,
        }
        return status

    def run(self, input_data: Any) -> Any:
        """Call the service and return what the JSON of its answer says.

        Parameters
        ----------
        input_data : the body: text or bytes, sent as they are.

        Raises
        ------
        WebserviceException
            The answer was not 200; ``source`` has the line of the script where ``run()`` raised.
        """
        return calling.score(self, input_data, self._key_or_token)

    def _key_or_token(self, fresh: bool) -> str | None:
        if fresh or self._credential is None:
            if self.token_auth_enabled:
                self._credential = self.get_access_token().access_token
            elif self.auth_enabled:
                self._credential = self._keys().primary
        return self._credential

    def update(  # type: ignore[override]
        self,
        image: Any = None,
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        auth_enabled: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        enable_app_insights: bool | None = None,
        scoring_timeout_ms: int | None = None,
        replica_max_concurrent_requests: int | None = None,
        max_request_wait_time: int | None = None,
        num_replicas: int | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        models: list[Any] | None = None,
        inference_config: Any = None,
        gpu_cores: int | None = None,
        period_seconds: int | None = None,
        initial_delay_seconds: int | None = None,
        timeout_seconds: int | None = None,
        success_threshold: int | None = None,
        failure_threshold: int | None = None,
        namespace: str | None = None,
        token_auth_enabled: bool | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Change the service; what is None stays. The old version serves until the new one does.

        Parameters
        ----------
        image : the image to run; excludes ``models`` and ``inference_config``.
        tags : all tags; those that the service has are replaced.
        properties : properties to add.
        models : the models to serve; needs ``inference_config``, unless the service has no script of the user's.
        inference_config : the script and environment to run.
        kwargs : ``is_default``, ``traffic_percentile`` and ``is_control_version_type``, which are refused:
            ``AksEndpoint.update_version`` changes these of a version.

        The other parameters are those of ``deploy_configuration``.

        Raises
        ------
        WebserviceException
            Nothing was given, or things that cannot go together.
        """
        from aml_nb.core.webservice import aks_update
        from aml_nb.core.webservice import update as updating

        own = ("self", "kwargs", "updating", "aks_update", "own")
        given = updating.require({k: v for k, v in locals().items() if k not in own} | kwargs)
        changes = common_changes(self._record, given) | aks_update.changes(self._record, given)
        updating.update(self, changes, updating.new_content(self, models, inference_config, image))
        self._credential = None

    def get_access_token(self) -> AksServiceAccessToken:
        """A token to call the service with, for an hour.

        Raises
        ------
        WebserviceException
            The service does not take tokens.
        """
        from aml_nb.scoring.auth import make_token

        if not self.token_auth_enabled:
            raise WebserviceException(
                f"Error, the web service {self.name!r} does not take tokens: token authentication is not enabled.",
                hint="service.get_keys(), or service.update(token_auth_enabled=True, auth_enabled=False)",
            )
        audience = self._record.get("endpoint") or self.name
        token, expiry = make_token(self._keys().token_secret, audience, _TOKEN_LIFETIME_S)
        expires = datetime.fromtimestamp(expiry)  # without a time zone, as v1's: callers compare it with datetime.now()
        return AksServiceAccessToken(token, "Bearer", expires - timedelta(seconds=_REFRESH_BEFORE_S), expires)

    def get_token(self) -> tuple[str, datetime]:
        """A token to call the service with, and when to get the next; ``get_access_token`` tells more.

        Raises
        ------
        WebserviceException
            The service does not take tokens.
        """
        token = self.get_access_token()
        return token.access_token, token.refresh_after

    def serialize(self) -> dict[str, Any]:
        """The service as a JSON-able dictionary."""
        own = (
            "autoScaler",
            "computeName",
            "containerResourceRequirements",
            "dataCollection",
            "livenessProbeRequirements",
            "maxConcurrentRequestsPerContainer",
            "maxQueueWaitMs",
            "namespace",
            "numReplicas",
            "scoringTimeoutMillis",
        )
        return {
            **super().serialize(),
            **{key: self._record[key] for key in own},
            "appInsightsEnabled": self.enable_app_insights,
            "deploymentStatus": self.deployment_status,
            "isDefault": self.is_default,
            "trafficPercentile": self.traffic_percentile,
            "versionType": self.version_type,
        }

"""AksEndpoint: several versions of a web service behind one address, each with its share of the requests."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import clusters, endpoints, port_holder, services, traffic
from aml_nb.core.webservice.aks import AksWebservice
from aml_nb.core.webservice.aks_endpoint_configuration import AksEndpointDeploymentConfiguration
from aml_nb.core.webservice.endpoint_changes import change_version, changes_of_endpoint, version_configuration
from aml_nb.core.webservice.output import Operation, Progress
from aml_nb.core.webservice.webservice import Webservice, from_record
from aml_nb.engines.base import Engine, ServiceStatus
from aml_nb.engines.folder import Keys

if TYPE_CHECKING:
    from aml_nb.core.webservice.content import Content
    from aml_nb.core.workspace import Workspace

__all__ = ["AksEndpoint", "AksEndpointDeploymentConfiguration"]


class AksEndpoint(AksWebservice):
    """An endpoint of an AKS cluster: versions of a web service, and the percentage of the requests that each gets.

    The first version is the default one: it gets what the others leave. All have the endpoint's keys.

    Parameters
    ----------
    workspace : the workspace it was deployed in.
    name : its name.

    Raises
    ------
    WebserviceException
        There is none of that name.

    Examples
    --------
    >>> endpoint = Model.deploy(  # doctest: +SKIP
    ...     ws, "iris", [model], inference_config, AksEndpoint.deploy_configuration(version_name="one"), aks_target
    ... )
    >>> endpoint.create_version("two", models=[model], inference_config=other, traffic_percentile=10)  # doctest: +SKIP
    """

    class VersionType(Enum):
        """Whether a version is the one that others are compared with."""

        control = "Control"
        treatment = "Treatment"

    _webservice_type = services.ENDPOINT
    _awaited: dict[str, Operation]

    @staticmethod
    def deploy_configuration(  # type: ignore[override]
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
        version_name: str | None = None,
        traffic_percentile: float | None = None,
        compute_target_name: str | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
    ) -> AksEndpointDeploymentConfiguration:
        """How to deploy an endpoint with its first version, which is the default and the control version.

        Parameters
        ----------
        version_name : the version's name; the endpoint's when None.
        traffic_percentile : the share of the requests that it gets, in percent, apart from what others leave.

        The other parameters are those of ``AksWebservice.deploy_configuration``.

        Raises
        ------
        WebserviceException
            Values that cannot go together, each on a line of its own.
        """
        return AksEndpointDeploymentConfiguration(**locals())

    def create_version(
        self,
        version_name: str,
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
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
        traffic_percentile: float | None = None,
        is_default: bool | None = None,
        is_control_version_type: bool | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
    ) -> None:
        """Add a version, and return while it starts.

        Parameters
        ----------
        version_name : its name: lower case letters, digits, dashes and underscores.
        models, inference_config : what it serves, as for ``Model.deploy``.
        traffic_percentile : the share of the requests that it gets once it serves; none when None.
        is_default : make it the default version, which gets what the others leave.
        is_control_version_type : make it the version that others are compared with.

        The other parameters are those of ``AksWebservice.deploy_configuration``.

        Raises
        ------
        WebserviceException
            The name is bad or taken, the traffic of all versions comes to more than 100 %, or values cannot go
            together.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        config = version_configuration(self._record, given)
        handle, revision = endpoints.add_version(
            self.workspace, self._record, version_name, config, models, inference_config, given
        )
        self._await({handle: Operation(revision)})

    def update_version(
        self,
        version_name: str,
        autoscale_enabled: bool | None = None,
        autoscale_min_replicas: int | None = None,
        autoscale_max_replicas: int | None = None,
        autoscale_refresh_seconds: int | None = None,
        autoscale_target_utilization: int | None = None,
        collect_model_data: bool | None = None,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
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
        traffic_percentile: float | None = None,
        is_default: bool | None = None,
        is_control_version_type: bool | None = None,
        cpu_cores_limit: float | None = None,
        memory_gb_limit: float | None = None,
    ) -> None:
        """Change a version; what is None stays. The old one serves until the new one does.

        Parameters
        ----------
        version_name : which one.

        The other parameters are those of ``create_version``.

        Raises
        ------
        WebserviceException
            There is no such version, nothing was given, or values cannot go together.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "__class__", "version_name") and v is not None}
        self._await(change_version(self.workspace, self._record, version_name, given))

    def delete_version(self, version_name: str) -> None:
        """Send a version no more requests, then remove it.

        Parameters
        ----------
        version_name : which one; not the default one.

        Raises
        ------
        WebserviceException
            There is no such version, or it is the default one.
        """
        endpoints.remove_version(self.workspace, self.name, version_name)
        self._await(vars(self).get("_awaited", {}))

    def update(  # type: ignore[override]
        self,
        auth_enabled: bool | None = None,
        token_auth_enabled: bool | None = None,
        enable_app_insights: bool | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
    ) -> None:
        """Change what all versions share; what is None stays.

        Parameters
        ----------
        auth_enabled, token_auth_enabled : ask callers for a key, or for a token.
        enable_app_insights : keep the versions' requests, traces and exceptions in the workspace.
        description : of the endpoint.
        tags : all tags; those that it has are replaced.
        properties : properties to add.

        Raises
        ------
        WebserviceException
            Nothing was given, or things that cannot go together.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "__class__") and v is not None}
        self._await(changes_of_endpoint(self.workspace, self._record, given))
        self._credential = None

    @property
    def versions(self) -> dict[str, Any]:
        """The versions by name, each an ``AksWebservice`` with an address of its own to try it by."""
        records = endpoints.versions_of(self.workspace, self.name)
        return {record["name"]: from_record(self.workspace, record) for record in records}

    @property
    def models(self) -> list[Any]:
        """The registered models that its versions serve."""
        return list({model.id: model for version in self.versions.values() for model in version.models}.values())

    def _take_own(self, record: services.Payload) -> None:
        self.enable_app_insights = record["appInsightsEnabled"]
        self.compute_name = record["computeName"]
        self.namespace = record["namespace"]

    def _refresh(self, record: services.Payload) -> Any:
        status = Webservice._refresh(self, record)
        records = endpoints.versions_of(self.workspace, self.name)
        self.deployment_status = {
            "replicas": status.replicas_wanted,
            "availableReplicas": status.replicas_ready,
            "traffic": traffic.shares(records),
        }
        return status

    def _await(self, operations: dict[str, Operation]) -> None:
        """Know what ``wait_for_deployment`` waits for, and take the values that changed."""
        self._awaited = operations
        self._operation = next(iter(operations.values()), Operation(0))
        self.update_deployment_state()

    def _step(self, operation: Operation, progress: Progress) -> str:
        states, messages = ["Succeeded"], []
        for handle, awaited in self._awaited.items():
            record, status = self._look_at(handle)
            if record is None:
                continue  # a version that was deleted: there is nothing to wait for
            states.append(services.outcome_of(status, services.revision_of(record, awaited)))
            if states[-1] == "Failed":
                self._told, self._status_error = record, port_holder.enrich(self.workspace, record, status.error)
            messages += services.engine_of(self.workspace, record).folder(handle).events()[awaited.told :]
        self.update_deployment_state()
        state = next((word for word in ("Failed", "Running") if word in states), "Succeeded")
        if state == "Succeeded" and self.scoring_uri is None and self.error is None:
            state = "Running"  # its address is being made by somebody else
        progress.follow(state, messages)
        return state

    def _look_at(self, handle: str) -> tuple[services.Payload | None, ServiceStatus]:
        record = services.records(self.workspace).get(handle)
        if record is None:
            return None, ServiceStatus("Stopped")
        if record.get("unschedulable"):
            record = clusters.schedule(self.workspace, record)
        return services.settle(self.workspace, record)

    def _rekey(self, engine: Engine, keys: Mapping[int, Keys]) -> None:
        for revision, theirs in keys.items():
            engine.folder(self.name).write_keys(theirs, revision=revision)
        for record in endpoints.versions_of(self.workspace, self.name):
            services.engine_of(self.workspace, record).rekey(record["handle"], keys)

    def _answering(self) -> list[Webservice]:
        return list(self.versions.values())

    def get_logs(self, num_lines: int = 5000, init: bool = False) -> str:
        """What the versions wrote, one after the other.

        Parameters
        ----------
        num_lines : at most so many lines of each version, the last ones.
        init : what was said while they were deployed, instead.
        """
        logs = {name: version.get_logs(num_lines, init) for name, version in self.versions.items()}
        return "\n".join(f"===== {name} =====\n{text}" for name, text in logs.items())

    def serialize(self) -> dict[str, Any]:
        """The endpoint with its versions as a JSON-able dictionary."""
        return {
            **Webservice.serialize(self),
            "appInsightsEnabled": self.enable_app_insights,
            "computeName": self.compute_name,
            "namespace": self.namespace,
            "deploymentStatus": self.deployment_status,
            "versions": {name: version.serialize() for name, version in self.versions.items()},
        }


def deploy(
    workspace: Workspace, name: str, what: Content, config: Any, target: Any, overwrite: bool, engine: Engine
) -> AksEndpoint:
    """Make an endpoint with its first version and return while that starts."""
    record, handle, revision = endpoints.create(workspace, name, what, config, target, overwrite, engine)
    clusters.rebalance(workspace, record["computeName"])
    made = from_record(workspace, record)
    assert isinstance(made, AksEndpoint)
    made._await({handle: Operation(revision)})
    return made

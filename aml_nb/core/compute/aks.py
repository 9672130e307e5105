"""AksCompute: a cluster for web services; a local one's replicas are worker processes."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, NoReturn

from aml_nb.core import certificates
from aml_nb.core.compute import aks_tls, quota
from aml_nb.core.compute.aks_configuration import (
    AGENT_COUNT,
    LOAD_BALANCERS,
    VM_SIZE,
    AksAttachConfiguration,
    AksProvisioningConfiguration,
    AksUpdateConfiguration,
)
from aml_nb.core.compute.aks_parts import SslConfiguration, SystemService
from aml_nb.core.compute.record import exclusive, records
from aml_nb.core.compute.refusals import not_provisioned, nothing_to_attach
from aml_nb.core.compute.target import ComputeTarget
from aml_nb.errors import ComputeTargetException, NotAvailableError

__all__ = [
    "AksAttachConfiguration",
    "AksCompute",
    "AksProvisioningConfiguration",
    "AksUpdateConfiguration",
    "SslConfiguration",
    "SystemService",
]


class AksCompute(ComputeTarget):
    """A cluster for ``AksWebservice``. A local one is there at once; its nodes are capacity on paper, and kept.

    What its services ask for is counted against ``agent_count`` nodes of ``vm_size``: one that does not fit is
    Unschedulable. The cluster itself counts against the workspace's core quota.

    Parameters
    ----------
    workspace : the workspace.
    name : its name.

    Raises
    ------
    ComputeTargetException
        There is none of that name.
    """

    _compute_type = "AKS"

    class ClusterPurpose:
        """What a cluster is for: FAST_PROD has at least 12 virtual CPUs, DEV_TEST may be small."""

        FAST_PROD = "FastProd"
        DEV_TEST = "DevTest"

    def _take_own(self, own: dict[str, Any]) -> None:
        self.agent_vm_size: str = own["agentVmSize"]
        self.agent_count: int = own["agentCount"]
        self.cluster_purpose: str | None = own["clusterPurpose"]
        self.cluster_fqdn: str | None = own["clusterFqdn"]
        self.system_services = [SystemService.deserialize(s) for s in own["systemServices"]]
        self.ssl_configuration = SslConfiguration.deserialize(own["sslConfiguration"])
        self.load_balancer_type: str | None = own["loadBalancerType"]
        self.load_balancer_subnet: str | None = own["loadBalancerSubnet"]

    @classmethod
    def _describe(cls, workspace: Any, config: AksProvisioningConfiguration) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a record has of a new cluster: what all targets have, and what is its own."""
        own = {
            "agentVmSize": config.vm_size or VM_SIZE,
            "agentCount": config.agent_count or AGENT_COUNT,
            "clusterPurpose": config.cluster_purpose or cls.ClusterPurpose.FAST_PROD,
            "clusterFqdn": "localhost",
            "systemServices": [],
            **aks_tls.of_new_cluster(workspace, config),
            "loadBalancerType": config.load_balancer_type or LOAD_BALANCERS[0],
            "loadBalancerSubnet": config.load_balancer_subnet,
        }
        return {"location": config.location}, own

    def __repr__(self) -> str:
        return super().__repr__()

    @staticmethod
    def provisioning_configuration(
        agent_count: int | None = None,
        vm_size: str | None = None,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        location: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        service_cidr: str | None = None,
        dns_service_ip: str | None = None,
        docker_bridge_cidr: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> AksProvisioningConfiguration:
        """A cluster to be made.

        Parameters
        ----------
        agent_count : number of nodes; 3 when None.
        vm_size : what a node is; ``Standard_D3_v2`` (4 cores) when None.
        cluster_purpose : one of ``AksCompute.ClusterPurpose``; FAST_PROD when None.
        ssl_cname, ssl_cert_pem_file, ssl_key_pem_file : a certificate, with which its services speak TLS.
        location, vnet_resourcegroup_name, vnet_name, subnet_name, service_cidr, dns_service_ip,
            docker_bridge_cidr, load_balancer_type, load_balancer_subnet : noted; a local cluster has no network.

        Raises
        ------
        ComputeTargetException
            Values that cannot go together, a size that is none, or too few cores for FAST_PROD.
        """
        return AksProvisioningConfiguration(**locals())

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> AksAttachConfiguration:
        """A cluster to be attached, which ``ComputeTarget.attach`` cannot do yet.

        Parameters
        ----------
        resource_group, cluster_name : which one.
        resource_id : or its resource id.
        cluster_purpose, load_balancer_type, load_balancer_subnet : as in ``provisioning_configuration``.

        Raises
        ------
        ComputeTargetException
            It does not say which cluster.
        """
        return AksAttachConfiguration(**locals())

    @staticmethod
    def attach(workspace: Any, name: str, resource_id: str) -> NoReturn:  # type: ignore[override]
        """Attach a cluster by its resource id; not there yet."""
        raise nothing_to_attach()

    def update(self, update_configuration: AksUpdateConfiguration) -> None:
        """Change the cluster's certificate, which its services speak from then on, or its load balancer.

        No request is lost when a certificate is followed by another.

        Parameters
        ----------
        update_configuration : what to change. The load balancer's type and subnet are noted.

        Raises
        ------
        ComputeTargetException
            The certificate cannot be used, or the cluster is gone or was never provisioned.
        """
        from aml_nb.core.webservice import clusters

        update_configuration.validate_configuration()
        self._require_provisioned()
        asked, own = update_configuration.ssl_configuration, self._record["properties"]["properties"]
        changes: dict[str, Any] = {}
        if asked is not None:
            changes = dict(aks_tls.of_changed_cluster(self.workspace, own, asked, str(self.cluster_location)))
        for key in ("load_balancer_type", "load_balancer_subnet"):
            if (value := getattr(update_configuration, key)) is not None:
                changes[{"load_balancer_type": "loadBalancerType"}.get(key, "loadBalancerSubnet")] = value
        self._change(changes)
        if asked is not None:
            clusters.certify(self.workspace, self.name, self._certificate)

    def _resize(self, agent_count: int) -> None:
        """Give the cluster another number of nodes, as ``az aks scale`` does; services that now fit are started."""
        from aml_nb.core.webservice import clusters

        self._require_provisioned()
        if type(agent_count) is not int or agent_count < 1:
            raise ComputeTargetException(f"A cluster has one node or more, not {agent_count!r}.")
        with exclusive(self.workspace):
            own = {**self._record["properties"]["properties"], "agentCount": agent_count}
            if error := quota.error_for(self.workspace, self.name, own):
                raise ComputeTargetException(error["error"]["details"][0]["message"], hint="%aml quota N")
            self._change({"agentCount": agent_count})
        clusters.look(self.workspace, self.name)

    def _require_provisioned(self) -> None:
        self.refresh_state()
        if self.provisioning_state != "Succeeded":
            raise not_provisioned(self)

    def _change(self, changes: dict[str, Any]) -> None:
        def change(record: dict[str, Any]) -> None:
            record["properties"]["modifiedOn"] = datetime.now(timezone.utc).isoformat()
            record["properties"]["properties"].update(changes)

        with suppress(KeyError):  # it is gone, which refresh_state tells
            records(self.workspace).modify(self.name, change)
        self.refresh_state()

    @property
    def _certificate(self) -> dict[str, str] | None:
        """The files of the certificate that its services speak."""
        found: dict[str, str] | None = self._record["properties"]["properties"].get("certificate")
        return found

    @classmethod
    def _refusal(cls, workspace: Any, name: str, own: dict[str, Any]) -> dict[str, Any] | None:
        return quota.error_for(workspace, name, own)

    def _mend(self) -> str:
        return quota.hint(self.name)

    def delete(self) -> None:
        """Remove the cluster and the copy of its certificate; refused while a web service runs on it.

        Raises
        ------
        ComputeTargetException
            A web service runs on it, or it is gone.
        """
        super().delete()
        certificates.forget_unused(self.workspace)

    def get_credentials(self) -> NoReturn:
        """The cluster's Kubernetes credentials; a local one has none."""
        raise NotAvailableError(
            "A local cluster has no Kubernetes credentials: its replicas are processes or containers."
        )

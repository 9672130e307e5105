"""AksCompute: a cluster for web services; a local one's replicas are worker processes."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.compute.aks_configuration import (
    AGENT_COUNT,
    LOAD_BALANCERS,
    VM_SIZE,
    AksAttachConfiguration,
    AksProvisioningConfiguration,
    AksUpdateConfiguration,
)
from aml_nb.core.compute.aks_parts import SslConfiguration, SystemService
from aml_nb.core.compute.record import nothing_to_attach
from aml_nb.core.compute.target import ComputeTarget
from aml_nb.errors import NotAvailableError

__all__ = [
    "AksAttachConfiguration",
    "AksCompute",
    "AksProvisioningConfiguration",
    "AksUpdateConfiguration",
    "SslConfiguration",
    "SystemService",
]


class AksCompute(ComputeTarget):
    """A cluster for ``AksWebservice``. A local one is there at once; its nodes are capacity on paper.

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
    def _describe(cls, config: AksProvisioningConfiguration) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a record has of a new cluster: what all targets have, and what is its own."""
        own = {
            "agentVmSize": config.vm_size or VM_SIZE,
            "agentCount": config.agent_count or AGENT_COUNT,
            "clusterPurpose": config.cluster_purpose or cls.ClusterPurpose.FAST_PROD,
            "clusterFqdn": "localhost",
            "systemServices": [],
            "sslConfiguration": _ssl(config),
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
        ssl_cname, ssl_cert_pem_file, ssl_key_pem_file : a certificate; noted.
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

    def update(self, update_configuration: AksUpdateConfiguration) -> NoReturn:
        """Change the cluster's certificate or load balancer; not there yet.

        Parameters
        ----------
        update_configuration : what to change.
        """
        raise NotAvailableError("Updating a cluster is not there yet: a local one has neither TLS nor a load balancer.")

    def get_credentials(self) -> NoReturn:
        """The cluster's Kubernetes credentials; a local one has none."""
        raise NotAvailableError("A local cluster has no Kubernetes credentials: its replicas are processes.")


def _ssl(config: AksProvisioningConfiguration) -> dict[str, Any] | None:
    if not (config.ssl_cname or config.leaf_domain_label):
        return None
    return SslConfiguration(
        "Auto" if config.leaf_domain_label else "Enabled",
        cname=config.ssl_cname,
        leaf_domain_label=config.leaf_domain_label,
        overwrite_existing_domain=bool(config.overwrite_existing_domain),
    ).serialize()

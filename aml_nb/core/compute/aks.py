"""AksCompute: a cluster for web services; a local one's replicas are worker processes."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.aks_parts import SslConfiguration, SystemService
from aml_nb.core.compute.target import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
    ComputeTargetUpdateConfiguration,
    nothing_to_attach,
)
from aml_nb.errors import ComputeTargetException, NotAvailableError

__all__ = [
    "AksAttachConfiguration",
    "AksCompute",
    "AksProvisioningConfiguration",
    "AksUpdateConfiguration",
    "SslConfiguration",
    "SystemService",
]

AGENT_COUNT, VM_SIZE, FAST_PROD_CORES = 3, "Standard_D3_v2", 12
_PURPOSES = ("FastProd", "DevTest")
_LOAD_BALANCERS = ("PublicIp", "InternalLoadBalancer")


class _WithSsl:
    """The TLS certificate of a cluster, in the configurations that may have one."""

    ssl_cname: str | None = None
    ssl_cert_pem_file: str | None = None
    ssl_key_pem_file: str | None = None
    leaf_domain_label: str | None = None
    overwrite_existing_domain: bool | None = False

    def enable_ssl(
        self,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
    ) -> None:
        """Have the cluster speak TLS; noted, for local services are not served with TLS yet.

        Parameters
        ----------
        ssl_cname, ssl_cert_pem_file, ssl_key_pem_file : your own certificate, all three together.
        leaf_domain_label : or a certificate for a name that begins with this.
        overwrite_existing_domain : take the name from whoever has it.

        Raises
        ------
        ComputeTargetException
            Both kinds of certificate, or parts of one, were given.
        """
        own = (ssl_cname, ssl_cert_pem_file, ssl_key_pem_file)
        if leaf_domain_label and any(own):
            raise ComputeTargetException("Invalid configuration, give leaf_domain_label or your own certificate.")
        if not leaf_domain_label and not all(own):
            raise ComputeTargetException(
                "Invalid configuration, ssl_cname, ssl_cert_pem_file and ssl_key_pem_file go together.",
                hint="enable_ssl(leaf_domain_label='contoso')",
            )
        self.ssl_cname, self.ssl_cert_pem_file, self.ssl_key_pem_file = own
        self.leaf_domain_label = leaf_domain_label
        self.overwrite_existing_domain = overwrite_existing_domain

    def _ssl_complaint(self) -> str | None:
        own = (self.ssl_cname, self.ssl_cert_pem_file, self.ssl_key_pem_file)
        if any(own) and not all(own):
            return "ssl_cname, ssl_cert_pem_file and ssl_key_pem_file must be given together."
        gone = [path for path in own[1:] if path and not os.path.exists(path)]
        return f"unable to find {', '.join(gone)}." if gone else None


class AksProvisioningConfiguration(_WithSsl, ComputeTargetProvisioningConfiguration):
    """A cluster to be made; ``AksCompute.provisioning_configuration`` documents it."""

    def __init__(
        self,
        agent_count: int | None,
        vm_size: str | None,
        ssl_cname: str | None,
        ssl_cert_pem_file: str | None,
        ssl_key_pem_file: str | None,
        location: str | None,
        vnet_resourcegroup_name: str | None,
        vnet_name: str | None,
        subnet_name: str | None,
        service_cidr: str | None,
        dns_service_ip: str | None,
        docker_bridge_cidr: str | None,
        cluster_purpose: str | None,
        load_balancer_type: str | None,
        load_balancer_subnet: str | None,
    ) -> None:
        super().__init__(AksCompute, location)
        self.agent_count = agent_count
        self.vm_size = vm_size
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.leaf_domain_label = None
        self.overwrite_existing_domain = False
        self.service_cidr = service_cidr
        self.dns_service_ip = dns_service_ip
        self.docker_bridge_cidr = docker_bridge_cidr
        self.cluster_purpose = cluster_purpose
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet
        self.validate_configuration()

    def validate_configuration(self) -> None:
        for complaint in (
            self._count_complaint(),
            self._network_complaint(),
            self._ssl_complaint(),
            _choice("cluster_purpose", self.cluster_purpose, _PURPOSES),
            _choice("load_balancer_type", self.load_balancer_type, _LOAD_BALANCERS),
        ):
            if complaint:
                raise ComputeTargetException(
                    f"Invalid configuration, {complaint}", hint="AksCompute.provisioning_configuration?"
                )
        size = vm_sizes.find(self.vm_size or VM_SIZE)
        cores = (self.agent_count or AGENT_COUNT) * size.cores
        if self.cluster_purpose in (None, "FastProd") and cores < FAST_PROD_CORES:
            raise ComputeTargetException(
                f"Invalid configuration, a FastProd cluster needs at least {FAST_PROD_CORES} virtual CPUs, and "
                f"{self.agent_count or AGENT_COUNT} x {size.name} have {cores}.",
                hint="cluster_purpose=AksCompute.ClusterPurpose.DEV_TEST, or a larger agent_count or vm_size",
            )

    def _count_complaint(self) -> str | None:
        if self.agent_count is None or (type(self.agent_count) is int and self.agent_count > 0):
            return None
        return "agent count must be a positive integer."

    def _network_complaint(self) -> str | None:
        vnet = (self.vnet_resourcegroup_name, self.vnet_name, self.subnet_name)
        if any(vnet) and not all(vnet):
            return "vnet_resourcegroup_name, vnet_name and subnet_name must be given together."
        cidr = (self.service_cidr, self.dns_service_ip, self.docker_bridge_cidr)
        if any(cidr) and not (all(cidr) and all(vnet)):
            return "service_cidr, dns_service_ip and docker_bridge_cidr must be given together, with a vnet."
        return None


class AksAttachConfiguration(_WithSsl, ComputeTargetAttachConfiguration):
    """A cluster to be attached; ``AksCompute.attach_configuration`` documents it."""

    def __init__(
        self,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> None:
        super().__init__(AksCompute)
        self.resource_group = resource_group
        self.cluster_name = cluster_name
        self.resource_id = resource_id
        self.cluster_purpose = cluster_purpose
        self.ssl_cname = None
        self.ssl_cert_pem_file = None
        self.ssl_key_pem_file = None
        self.leaf_domain_label = None
        self.overwrite_existing_domain = False
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet
        self.validate_configuration()

    def validate_configuration(self) -> None:
        named = (self.resource_group, self.cluster_name)
        complaint = _choice("cluster_purpose", self.cluster_purpose, _PURPOSES)
        if self.resource_id and any(named):
            complaint = "resource_id excludes resource_group and cluster_name."
        elif not self.resource_id and not all(named):
            complaint = "resource_group and cluster_name, or resource_id, must be given."
        if complaint:
            raise ComputeTargetException(f"Invalid configuration, {complaint}", hint="AksCompute.attach_configuration?")


class AksUpdateConfiguration(ComputeTargetUpdateConfiguration):
    """What to change of a cluster.

    Parameters
    ----------
    ssl_configuration : its certificate, an ``SslConfiguration``.
    load_balancer_type : ``PublicIp`` or ``InternalLoadBalancer``.
    load_balancer_subnet : of an internal load balancer.
    """

    def __init__(
        self,
        ssl_configuration: SslConfiguration | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> None:
        super().__init__(AksCompute)
        self.ssl_configuration = ssl_configuration
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet
        self.validate_configuration()

    def validate_configuration(self) -> None:
        if self.ssl_configuration is not None and not isinstance(self.ssl_configuration, SslConfiguration):
            raise ComputeTargetException("Invalid configuration, ssl_configuration must be an SslConfiguration.")
        complaint = _choice("load_balancer_type", self.load_balancer_type, _LOAD_BALANCERS)
        if complaint:
            raise ComputeTargetException(f"Invalid configuration, {complaint}")


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
            "loadBalancerType": config.load_balancer_type or _LOAD_BALANCERS[0],
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


def _choice(name: str, value: str | None, choices: tuple[str, ...]) -> str | None:
    if value is None or value in choices:
        return None
    return f"{name} must be one of {', '.join(choices)}, not {value!r}."


def _ssl(config: AksProvisioningConfiguration) -> dict[str, Any] | None:
    if not (config.ssl_cname or config.leaf_domain_label):
        return None
    return SslConfiguration(
        "Auto" if config.leaf_domain_label else "Enabled",
        cname=config.ssl_cname,
        leaf_domain_label=config.leaf_domain_label,
        overwrite_existing_domain=bool(config.overwrite_existing_domain),
    ).serialize()

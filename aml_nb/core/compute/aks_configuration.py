"""Clusters for web services: what to make, attach or change, and v1's checks."""

from __future__ import annotations

from aml_nb.core import certificates
from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.aks_parts import SslConfiguration
from aml_nb.core.compute.configuration import (
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
    ComputeTargetUpdateConfiguration,
)
from aml_nb.errors import ComputeTargetException

AGENT_COUNT, VM_SIZE, FAST_PROD_CORES = 3, "Standard_D3_v2", 12
_PURPOSES = ("FastProd", "DevTest")
LOAD_BALANCERS = ("PublicIp", "InternalLoadBalancer")


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
        """Have the cluster's services speak TLS.

        Parameters
        ----------
        ssl_cname, ssl_cert_pem_file, ssl_key_pem_file : your own certificate, all three together.
        leaf_domain_label : or a certificate for a name that begins with this; it is signed by itself here.
        overwrite_existing_domain : take the name from whoever has it; noted, for nobody else can have it here.

        Raises
        ------
        ComputeTargetException
            Both kinds of certificate, parts of one, or one that cannot be used were given.
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
        if complaint := self._ssl_complaint():
            raise ComputeTargetException(f"Invalid configuration, {complaint}", hint="enable_ssl?")

    def _ssl_complaint(self) -> str | None:
        name, certificate, key = self.ssl_cname, self.ssl_cert_pem_file, self.ssl_key_pem_file
        if name and certificate and key:
            return certificates.complaint(certificate, key, name)
        if name or certificate or key:
            return "ssl_cname, ssl_cert_pem_file and ssl_key_pem_file must be given together."
        return None


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
        from aml_nb.core.compute.aks import AksCompute

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
            _choice("load_balancer_type", self.load_balancer_type, LOAD_BALANCERS),
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
        from aml_nb.core.compute.aks import AksCompute

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
        from aml_nb.core.compute.aks import AksCompute

        super().__init__(AksCompute)
        self.ssl_configuration = ssl_configuration
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet
        self.validate_configuration()

    def validate_configuration(self) -> None:
        if self.ssl_configuration is not None and not isinstance(self.ssl_configuration, SslConfiguration):
            raise ComputeTargetException("Invalid configuration, ssl_configuration must be an SslConfiguration.")
        if self.ssl_configuration is not None and (told := self.ssl_configuration._complaint()):
            raise ComputeTargetException(f"Invalid configuration, {told}", hint="SslConfiguration?")
        complaint = _choice("load_balancer_type", self.load_balancer_type, LOAD_BALANCERS)
        if complaint:
            raise ComputeTargetException(f"Invalid configuration, {complaint}")


def _choice(name: str, value: str | None, choices: tuple[str, ...]) -> str | None:
    if value is None or value in choices:
        return None
    return f"{name} must be one of {', '.join(choices)}, not {value!r}."

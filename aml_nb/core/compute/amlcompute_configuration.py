"""Clusters for runs: what to make, and v1's checks."""

from __future__ import annotations

from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.amlcompute_status import ScaleSettings
from aml_nb.core.compute.configuration import ComputeTargetProvisioningConfiguration
from aml_nb.errors import ComputeTargetException

_PRIORITIES = ("dedicated", "lowpriority")


class AmlComputeProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """A cluster to be made; ``AmlCompute.provisioning_configuration`` documents it."""

    def __init__(
        self,
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int = 1800,
        admin_username: str | None = None,
        admin_user_password: str | None = None,
        admin_user_ssh_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: dict[str, str] | None = None,
        description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: str | None = None,
        identity_id: list[str] | None = None,
        compute_location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> None:
        from aml_nb.core.compute.amlcompute import AmlCompute

        super().__init__(AmlCompute, compute_location)
        self.vm_size = vm_size
        self.vm_priority = vm_priority
        self.scale_settings = ScaleSettings(min_nodes, max_nodes, idle_seconds_before_scaledown)
        self.admin_username = admin_username
        self.admin_user_password = admin_user_password
        self.admin_user_ssh_key = admin_user_ssh_key
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.tags = tags
        self.description = description
        self.remote_login_port_public_access = remote_login_port_public_access
        self.identity_type = identity_type
        self.identity_id = identity_id
        self.compute_location = compute_location
        self.enable_node_public_ip = enable_node_public_ip
        self.validate_configuration()

    def validate_configuration(self) -> None:
        complaint = self._complaint()
        if complaint:
            raise ComputeTargetException(
                f"Invalid configuration, {complaint}", hint="AmlCompute.provisioning_configuration?"
            )
        vm_sizes.find(self.vm_size)

    def _complaint(self) -> str | None:
        low, high = self.scale_settings.minimum_node_count, self.scale_settings.maximum_node_count
        vnet = (self.vnet_resourcegroup_name, self.vnet_name, self.subnet_name)
        if not self.vm_size:
            return "vm_size is required."
        if str(self.vm_priority).lower() not in _PRIORITIES:
            return f"vm_priority must be one of {', '.join(_PRIORITIES)}, not {self.vm_priority!r}."
        if not isinstance(low, int) or low < 0 or (high is not None and (not isinstance(high, int) or high < 1)):
            return "min_nodes must be zero or more, and max_nodes one or more."
        idle = self.scale_settings.idle_seconds_before_scaledown
        if not isinstance(idle, int) or idle < 0:
            return f"idle_seconds_before_scaledown must be a whole number of seconds, not {idle!r}."
        if high is not None and low > high:
            return f"min_nodes ({low}) is above max_nodes ({high})."
        if any(vnet) and not all(vnet):
            return "vnet_resourcegroup_name, vnet_name and subnet_name must be given together."
        if (self.admin_user_password or self.admin_user_ssh_key) and not self.admin_username:
            return "admin_username is required with a password or an SSH key."
        return None

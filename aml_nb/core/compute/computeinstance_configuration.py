"""Compute instances: what to make, and v1's checks."""

from __future__ import annotations

from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.configuration import ComputeTargetProvisioningConfiguration
from aml_nb.errors import ComputeTargetException

VM_SIZE = "STANDARD_DS3_V2"


class ComputeInstanceProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """An instance to be made; ``ComputeInstance.provisioning_configuration`` documents it."""

    def __init__(
        self,
        vm_size: str = "",
        ssh_public_access: bool = False,
        admin_user_ssh_public_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: dict[str, str] | None = None,
        description: str | None = None,
        assigned_user_object_id: str | None = None,
        assigned_user_tenant_id: str | None = None,
    ) -> None:
        from aml_nb.core.compute.computeinstance import ComputeInstance

        super().__init__(ComputeInstance, None)
        self.vm_size = vm_size
        self.ssh_public_access = ssh_public_access
        self.admin_user_ssh_public_key = admin_user_ssh_public_key
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.tags = tags
        self.description = description
        self.assigned_user_object_id = assigned_user_object_id
        self.assigned_user_tenant_id = assigned_user_tenant_id
        self.validate_configuration()

    def validate_configuration(self) -> None:
        complaint = self._complaint()
        if complaint:
            raise ComputeTargetException(
                f"Invalid configuration, {complaint}", hint="ComputeInstance.provisioning_configuration?"
            )
        vm_sizes.find(self.vm_size or VM_SIZE)

    def _complaint(self) -> str | None:
        vnet = (self.vnet_resourcegroup_name, self.vnet_name, self.subnet_name)
        if any(vnet) and not all(vnet):
            return "vnet_resourcegroup_name, vnet_name and subnet_name must be given together."
        if self.ssh_public_access and not self.admin_user_ssh_public_key:
            return "admin_user_ssh_public_key is required with ssh_public_access."
        if self.admin_user_ssh_public_key and not self.ssh_public_access:
            return "admin_user_ssh_public_key has no effect without ssh_public_access=True."
        if bool(self.assigned_user_object_id) != bool(self.assigned_user_tenant_id):
            return "assigned_user_object_id and assigned_user_tenant_id must be given together."
        return None

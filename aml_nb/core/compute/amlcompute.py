"""AmlCompute: a cluster for runs; here it is this machine, with its nodes on paper."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import Any, NoReturn

from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.amlcompute_configuration import AmlComputeProvisioningConfiguration
from aml_nb.core.compute.amlcompute_status import (
    AmlComputeNodeStateCounts,
    AmlComputeStatus,
    ScaleSettings,
)
from aml_nb.core.compute.record import records
from aml_nb.core.compute.target import ComputeTarget
from aml_nb.errors import NotAvailableError

__all__ = [
    "AmlCompute",
    "AmlComputeNodeStateCounts",
    "AmlComputeProvisioningConfiguration",
    "AmlComputeStatus",
    "ScaleSettings",
]

_DEFAULT_MAX_NODES = 4


class AmlCompute(ComputeTarget):
    """A cluster for runs and pipelines. It is there at once; its minimum of nodes is idle.

    Parameters
    ----------
    workspace : the workspace.
    name : its name.

    Raises
    ------
    ComputeTargetException
        There is none of that name.
    """

    _compute_type = "AmlCompute"

    def _take_own(self, own: dict[str, Any]) -> None:
        self.vm_size: str = own["vmSize"]
        self.vm_priority: str = own["vmPriority"]
        self.scale_settings = ScaleSettings.deserialize(own["scaleSettings"])
        self.admin_username: str | None = own["adminUsername"]
        self.admin_user_password = None
        self.admin_user_ssh_key: str | None = own["adminUserSshKey"]
        self.vnet_resourcegroup_name: str | None = own["vnetResourceGroupName"]
        self.vnet_name: str | None = own["vnetName"]
        self.subnet_name: str | None = own["subnetName"]
        self.remote_login_port_public_access: str = own["remoteLoginPortPublicAccess"]
        self.identity_type: str | None = own["identityType"]
        self.identity_id: Any = own["identityId"]
        self.status = self._status(own)

    @classmethod
    def _describe(
        cls, workspace: Any, config: AmlComputeProvisioningConfiguration
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a record has of a new cluster: what all targets have, and what is its own."""
        shared = {"location": config.location, "tags": config.tags, "description": config.description}
        scale = config.scale_settings
        if scale.maximum_node_count is None:
            scale.maximum_node_count = max(_DEFAULT_MAX_NODES, scale.minimum_node_count)
        own = {
            "vmSize": config.vm_size.upper(),
            "vmPriority": config.vm_priority.lower(),
            "scaleSettings": scale.serialize(),
            "adminUsername": config.admin_username,
            "adminUserSshKey": config.admin_user_ssh_key,
            "vnetResourceGroupName": config.vnet_resourcegroup_name,
            "vnetName": config.vnet_name,
            "subnetName": config.subnet_name,
            "remoteLoginPortPublicAccess": config.remote_login_port_public_access,
            "identityType": config.identity_type,
            "identityId": config.identity_id,
        }
        return shared, own

    def _status(self, own: dict[str, Any]) -> AmlComputeStatus:
        created = datetime.fromisoformat(self.created_on)
        nodes = self.scale_settings.minimum_node_count
        return AmlComputeStatus(
            allocation_state="Steady",
            allocation_state_transition_time=created,
            creation_time=created,
            current_node_count=nodes,
            errors=None,
            modified_time=datetime.fromisoformat(self.modified_on),
            node_state_counts=AmlComputeNodeStateCounts(nodes, 0, 0, 0, 0, 0),
            provisioning_state=self.provisioning_state,
            provisioning_state_transition_time=created,
            scale_settings=self.scale_settings,
            target_node_count=nodes,
            vm_priority=own["vmPriority"],
            vm_size=own["vmSize"],
        )

    def __repr__(self) -> str:
        return super().__repr__()

    @staticmethod
    def provisioning_configuration(
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
        location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> AmlComputeProvisioningConfiguration:
        """A cluster to be made.

        Parameters
        ----------
        vm_size : what a node is, for example ``STANDARD_DS2_V2``.
        vm_priority : ``dedicated`` or ``lowpriority``.
        min_nodes, max_nodes : between how many nodes it scales; at most 4 when ``max_nodes`` is None.
        idle_seconds_before_scaledown : when an idle node goes.
        tags, description : of the cluster.
        admin_username, admin_user_password, admin_user_ssh_key, vnet_resourcegroup_name, vnet_name,
            subnet_name, remote_login_port_public_access, identity_type, identity_id, location,
            enable_node_public_ip : noted; the password is not kept.

        Raises
        ------
        ComputeTargetException
            Values that cannot go together, or a size that is none.
        """
        given = dict(locals())
        given["compute_location"] = given.pop("location")
        return AmlComputeProvisioningConfiguration(**given)

    def wait_for_completion(  # type: ignore[override]
        self,
        show_output: bool = False,
        min_node_count: int | None = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        """Wait until the cluster has its nodes, or is deleted.

        Parameters
        ----------
        show_output : print its state and how the wait ended.
        min_node_count : wait for so many nodes; the cluster's minimum when None.
        timeout_in_minutes : give up after this time.
        is_delete_operation : a deletion is waited for.
        """
        state = self._outcome(is_delete_operation)
        if not show_output:
            return
        sys.stdout.write(f"{state}\nAmlCompute wait for completion finished\n\n")
        if is_delete_operation:
            return
        have = self.status.current_node_count
        if min_node_count is None or min_node_count <= max(have, self.scale_settings.maximum_node_count or 0):
            print("Minimum number of nodes requested have been provisioned")
        else:
            print(f"The cluster has at most {self.scale_settings.maximum_node_count} nodes, not {min_node_count}.")

    def get_status(self) -> AmlComputeStatus:
        """How the cluster is: its nodes by state and its scale settings."""
        self.refresh_state()
        return self.status

    def get(self) -> dict[str, Any]:
        """The cluster as a JSON-able dictionary."""
        self.refresh_state()
        return self.serialize()

    def update(
        self,
        min_nodes: int | None = None,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int | None = None,
    ) -> None:
        """Change the scale settings; what is None stays.

        Parameters
        ----------
        min_nodes, max_nodes, idle_seconds_before_scaledown : as in ``provisioning_configuration``.

        Raises
        ------
        ComputeTargetException
            The settings cannot go together, or the cluster is gone.
        """
        now = self.scale_settings
        low = now.minimum_node_count if min_nodes is None else min_nodes
        high = now.maximum_node_count if max_nodes is None else max_nodes
        idle = now.idle_seconds_before_scaledown
        idle = idle if idle_seconds_before_scaledown is None else idle_seconds_before_scaledown
        AmlComputeProvisioningConfiguration(self.vm_size, self.vm_priority, low, high, idle)

        def change(record: dict[str, Any]) -> None:
            shared = record["properties"]
            shared["modifiedOn"] = datetime.now(timezone.utc).isoformat()
            shared["properties"]["scaleSettings"] = ScaleSettings(low, high, idle).serialize()

        try:
            records(self.workspace).modify(self.name, change)
        except KeyError:
            pass
        self.refresh_state()

    def list_nodes(self) -> list[dict[str, Any]]:
        """The cluster's nodes."""
        return [
            {"nodeId": f"{self.name}-{number}", "nodeState": "idle", "privateIpAddress": "127.0.0.1", "port": None}
            for number in range(self.status.current_node_count)
        ]

    @staticmethod
    def supported_vmsizes(workspace: Any, location: str | None = None) -> list[dict[str, Any]]:
        """The sizes that a node may have.

        Parameters
        ----------
        workspace : the workspace.
        location : not used.
        """
        return [
            {"name": size.name, "vCPUs": size.cores, "gpus": size.gpus, "memoryGB": size.memory_gb}
            for size in vm_sizes.TABLE.values()
        ]

    def add_identity(self, identity_type: str, identity_id: Any = None) -> NoReturn:
        """Give the cluster an Azure identity; there is none here."""
        raise _no_azure("identities")

    def remove_identity(self, identity_id: Any = None) -> NoReturn:
        """Take an Azure identity from the cluster; there is none here."""
        raise _no_azure("identities")

    def get_active_runs(
        self, type: Any = None, tags: Any = None, properties: Any = None, status: Any = None
    ) -> NoReturn:
        """The runs on the cluster; not there yet."""
        raise NotAvailableError("Listing the runs on a cluster is not there yet.")

    @staticmethod
    def list_usages(workspace: Any, show_all: bool = False, location: str | None = None) -> NoReturn:
        """How much of a subscription is used; there is none here."""
        raise _no_azure("usages of a subscription")

    @staticmethod
    def list_quotas(workspace: Any, location: str | None = None) -> NoReturn:
        """The quotas of a subscription; there are none here."""
        raise _no_azure("quotas")

    @staticmethod
    def update_quotas(
        workspace: Any, vm_family: Any, limit: int | None = None, location: str | None = None
    ) -> NoReturn:
        """Change the quotas of a subscription; there are none here."""
        raise _no_azure("quotas")


def _no_azure(what: str) -> NotAvailableError:
    return NotAvailableError(f"A cluster on this machine has no {what}.")

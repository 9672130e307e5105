"""AmlCompute: a cluster for runs; its nodes are places for so many of them at once on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from aml_nb.core.compute import active_runs, amlcompute_nodes, amlcompute_quota
from aml_nb.core.compute.amlcompute_configuration import AmlComputeProvisioningConfiguration
from aml_nb.core.compute.amlcompute_limits import Limits
from aml_nb.core.compute.amlcompute_status import (
    AmlComputeNodeStateCounts,
    AmlComputeStatus,
    ScaleSettings,
)
from aml_nb.core.compute.places import Place
from aml_nb.core.compute.pool import Pool, Settings
from aml_nb.core.compute.record import exclusive, records
from aml_nb.core.compute.refusals import not_found, not_provisioned
from aml_nb.core.compute.target import ComputeTarget
from aml_nb.errors import ComputeTargetException

__all__ = [
    "AmlCompute",
    "AmlComputeNodeStateCounts",
    "AmlComputeProvisioningConfiguration",
    "AmlComputeStatus",
    "ScaleSettings",
]

_DEFAULT_MAX_NODES = 4
_PRIORITIES = {"dedicated": "Dedicated", "lowpriority": "LowPriority"}
"""As a configuration has them, and as v1's service spells them."""
_IDENTITIES = ("SystemAssigned", "UserAssigned")


class AmlCompute(Limits, ComputeTarget):
    """A cluster for runs and pipelines: a pool of nodes, each of which is room for one process of a run.

    It is there at once, with its minimum of nodes. More appear as runs need them, up to its maximum; runs beyond that
    wait their turn. A node that was idle for ``idle_seconds_before_scaledown`` goes again.

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
    _names = "cluster"

    def _take_own(self, own: dict[str, Any]) -> None:
        self.vm_size: str = own["vmSize"]
        self.vm_priority: str = _PRIORITIES[own["vmPriority"].lower()]
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
        self.status = amlcompute_nodes.status(self, Pool(self.workspace._folder, self.name))

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

    def _begin(self) -> None:
        Pool(self.workspace._folder, self.name).remove()  # of a cluster whose deletion was cut short
        self._make_ready()

    def _make_ready(self) -> None:
        """Have the pool as the record has it; it is not where an older version or a killed process left it."""
        pool = Pool(self.workspace._folder, self.name)
        if self.provisioning_state != "Succeeded" or pool.has(self._pool_settings()):
            return
        with exclusive(self.workspace), suppress(ComputeTargetException):  # it is gone
            self.refresh_state()
            pool.configure(self._pool_settings())

    def _pool_settings(self) -> Settings:
        scale = self.scale_settings
        most = scale.maximum_node_count or _DEFAULT_MAX_NODES
        dedicated = self.vm_priority == "Dedicated"
        return Settings(scale.minimum_node_count, most, scale.idle_seconds_before_scaledown, dedicated)

    def _pool(self) -> Pool:
        self._make_ready()
        return Pool(self.workspace._folder, self.name)

    def _place(self) -> Place:
        self._require_provisioned()
        self._make_ready()
        return Place("pool", self.name, None, self.scale_settings.maximum_node_count)

    def _require_provisioned(self) -> None:
        self.refresh_state()
        if self.provisioning_state != "Succeeded":
            raise not_provisioned(self)

    @classmethod
    def _refusal(cls, workspace: Any, name: str, own: dict[str, Any]) -> dict[str, Any] | None:
        return amlcompute_quota.error_for(workspace, name, own)

    def _mend(self) -> str:
        return amlcompute_quota.hint(self.name, self._record["properties"]["properties"])

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
        if state == "Failed" and not is_delete_operation:
            print(f'Terminal state of "Failed" has been reached\nProvisioning errors: {self.provisioning_errors}')
        elif not is_delete_operation:
            print(self._nodes_told(min_node_count))

    def _nodes_told(self, wanted: int | None) -> str:
        """Nodes come with the runs that need them; to wait for more than the minimum without a run would be vain."""
        most = self.scale_settings.maximum_node_count or 0
        if wanted is None or wanted <= max(self.status.current_node_count, most):
            return "Minimum number of nodes requested have been provisioned"
        return f"The cluster has at most {most} nodes, not {wanted}."

    def get_status(self) -> AmlComputeStatus:
        """How the cluster is: its nodes by state and its scale settings."""
        self.refresh_state()
        self._make_ready()
        self.status = amlcompute_nodes.status(self, self._pool())
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
        self._require_provisioned()
        now = self.scale_settings
        low = now.minimum_node_count if min_nodes is None else min_nodes
        high = now.maximum_node_count if max_nodes is None else max_nodes
        idle = now.idle_seconds_before_scaledown
        idle = idle if idle_seconds_before_scaledown is None else idle_seconds_before_scaledown
        checked = AmlComputeProvisioningConfiguration(self.vm_size, self.vm_priority, low, high, idle)
        with exclusive(self.workspace):
            self._rescale(checked.scale_settings)

    def _rescale(self, scale: ScaleSettings) -> None:
        change = {"scaleSettings": scale.serialize()}
        own = {**self._record["properties"]["properties"], **change}
        if error := amlcompute_quota.error_for(self.workspace, self.name, own):
            raise ComputeTargetException(error["error"]["details"][0]["message"], hint=self._mend())
        self._keep(change)
        Pool(self.workspace._folder, self.name).configure(self._pool_settings())

    def _keep(self, changes: dict[str, Any]) -> None:
        """Change values of its record, and take them."""

        def change(record: dict[str, Any]) -> None:
            record["properties"]["modifiedOn"] = datetime.now(timezone.utc).isoformat()
            record["properties"]["properties"].update(changes)

        with suppress(KeyError):  # it is gone, which refresh_state tells
            records(self.workspace).modify(self.name, change)
        self.refresh_state()

    def delete(self) -> None:
        """Remove the cluster; the runs that are on it or wait for it are cancelled.

        Raises
        ------
        ComputeTargetException
            It is gone.
        """
        with exclusive(self.workspace):
            if not records(self.workspace).delete(self.name):
                raise not_found(self.workspace, self.name)
            active_runs.cancel_all(self.workspace, self.name)
            Pool(self.workspace._folder, self.name).remove()
        self.provisioning_state = "Deleting"

    def list_nodes(self) -> list[dict[str, Any]]:
        """The nodes that there are now: ``nodeId``, ``nodeState``, ``runId``, addresses and port."""
        self.refresh_state()
        return amlcompute_nodes.listed(self._pool().nodes())

    def add_identity(self, identity_type: str, identity_id: Any = None) -> None:
        """Note an Azure identity; runs here are this user's.

        Parameters
        ----------
        identity_type : ``SystemAssigned`` or ``UserAssigned``.
        identity_id : resource ids of user assigned ones.

        Raises
        ------
        ComputeTargetException
            That is no type of identity, or the cluster is gone.
        """
        if identity_type not in _IDENTITIES or (identity_type == "UserAssigned") != bool(identity_id):
            raise ComputeTargetException(
                f"An identity is SystemAssigned, or UserAssigned with identity_id; not {identity_type!r}.",
                hint='cluster.add_identity("SystemAssigned")',
            )
        self._keep({"identityType": identity_type, "identityId": identity_id})

    def remove_identity(self, identity_id: Any = None) -> None:
        """Forget the identities that were noted, or some of them.

        Parameters
        ----------
        identity_id : resource ids of those to forget; all when None.
        """
        gone = [identity_id] if isinstance(identity_id, str) else identity_id
        left = [one for one in self.identity_id or [] if gone is not None and one not in gone]
        self._keep({"identityType": "UserAssigned" if left else None, "identityId": left or None})

    def get_active_runs(
        self, type: str | None = None, tags: Any = None, properties: Any = None, status: str | None = None
    ) -> Iterator[Any]:
        """The runs on the cluster that are not over, newest first.

        Parameters
        ----------
        type : only runs of this type, such as ``azureml.scriptrun``.
        tags, properties : only runs that have them: a name, or a dictionary of names and values.
        status : only ``Running`` or ``Queued`` ones.
        """
        return active_runs.find(self, type, tags, properties, status)

"""ComputeInstance: a machine of somebody's own; here it is this machine, with one node for runs."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from aml_nb.core.compute import active_runs, vm_sizes
from aml_nb.core.compute.computeinstance_configuration import VM_SIZE, ComputeInstanceProvisioningConfiguration
from aml_nb.core.compute.computeinstance_status import ComputeInstanceStatus
from aml_nb.core.compute.places import Place
from aml_nb.core.compute.pool import Pool, Settings
from aml_nb.core.compute.record import records
from aml_nb.core.compute.refusals import not_found
from aml_nb.core.compute.target import ComputeTarget
from aml_nb.core.user import user
from aml_nb.errors import ComputeTargetException

__all__ = ["ComputeInstance", "ComputeInstanceProvisioningConfiguration", "ComputeInstanceStatus"]

_ONE_NODE = Settings(1, 1, 0)


class ComputeInstance(ComputeTarget):
    """A machine of somebody's own. Here it is this very machine: it is there at once, and runs one run at a time.

    Stopping it cancels the runs on it, and it takes none until it is started again; the machine itself goes on.

    Parameters
    ----------
    workspace : the workspace.
    name : its name.

    Raises
    ------
    ComputeTargetException
        There is none of that name.
    """

    _compute_type = "ComputeInstance"
    _names = "instance"

    def _take_own(self, own: dict[str, Any]) -> None:
        ssh = own["sshSettings"]
        self.vm_size: str = own["vmSize"]
        self.ssh_public_access: str = ssh["sshPublicAccess"]
        self.admin_username: str | None = ssh["adminUserName"]
        self.admin_user_ssh_public_key: str | None = ssh["adminPublicKey"]
        self.ssh_port: int | None = ssh["sshPort"]
        self.vnet_resourcegroup_name: str | None = own["vnetResourceGroupName"]
        self.vnet_name: str | None = own["vnetName"]
        self.subnet_name: str | None = own["subnetName"]
        self.subnet_id: str | None = None
        self.public_ip_address = self.private_ip_address = "127.0.0.1"
        self.applications: list[dict[str, str]] = own["applications"]
        self.errors: Any = None
        self.assigned_user_object_id: str | None = own["assignedUserObjectId"]
        self.assigned_user_tenant_id: str | None = own["assignedUserTenantId"]
        self.instance_resource_id = self.cluster_resource_id
        self.instance_location = self.cluster_location
        self.status = self._status(own)

    def _status(self, own: dict[str, Any]) -> ComputeInstanceStatus:
        return ComputeInstanceStatus(
            creation_time=datetime.fromisoformat(self.created_on),
            created_by_user_name=own["createdBy"],
            created_by_user_id="",
            created_by_user_org="",
            errors=None,
            modified_time=datetime.fromisoformat(self.modified_on),
            state=own["state"],
            vm_size=self.vm_size,
        )

    @classmethod
    def _describe(
        cls, workspace: Any, config: ComputeInstanceProvisioningConfiguration
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a record has of a new instance: what all targets have, and what is its own."""
        shared = {"location": config.location, "tags": config.tags, "description": config.description}
        own: dict[str, Any] = {
            "vmSize": (config.vm_size or VM_SIZE).upper(),
            "sshSettings": {
                "sshPublicAccess": "Enabled" if config.ssh_public_access else "Disabled",
                "adminUserName": user() if config.ssh_public_access else None,
                "adminPublicKey": config.admin_user_ssh_public_key,
                "sshPort": 22 if config.ssh_public_access else None,
            },
            "vnetResourceGroupName": config.vnet_resourcegroup_name,
            "vnetName": config.vnet_name,
            "subnetName": config.subnet_name,
            "applications": [],
            "assignedUserObjectId": config.assigned_user_object_id,
            "assignedUserTenantId": config.assigned_user_tenant_id,
            "sso": True,
            "createdBy": user(),
            "state": "Running",
        }
        return shared, own

    def _begin(self) -> None:
        self._make_ready()

    def _make_ready(self) -> None:
        pool = Pool(self.workspace._folder, self.name)
        if not pool.configured():
            pool.configure(_ONE_NODE)

    def _place(self) -> Place:
        self.refresh_state()
        if self.status.state != "Running":
            raise ComputeTargetException(
                f"The compute instance {self.name} is {self.status.state}; it runs nothing.",
                hint=f"ws.compute_targets[{self.name!r}].start()",
            )
        self._make_ready()
        return Place("pool", self.name, None, 1)

    def __repr__(self) -> str:
        return super().__repr__()

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        cells = (self.name, self.vm_size, self.status.state, self.get_docs_url())
        heads = "".join(f"<th>{head}</th>" for head in ("Name", "VM size", "State", "Documentation"))
        return f"<table><tr>{heads}</tr><tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr></table>"

    @classmethod
    def get_docs_url(cls) -> str:
        """Where an instance is documented."""
        return "docs/compute.md"

    @staticmethod
    def provisioning_configuration(
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
    ) -> ComputeInstanceProvisioningConfiguration:
        """An instance to be made.

        Parameters
        ----------
        vm_size : what machine it is on paper; ``STANDARD_DS3_V2`` when empty.
        ssh_public_access, admin_user_ssh_public_key : noted; this machine's own SSH server stays as it is.
        tags, description : of the instance.
        vnet_resourcegroup_name, vnet_name, subnet_name, assigned_user_object_id, assigned_user_tenant_id : noted.

        Raises
        ------
        ComputeTargetException
            Values that cannot go together, or a size that is none.
        """
        return ComputeInstanceProvisioningConfiguration(**locals())

    def get_status(self) -> ComputeInstanceStatus:
        """How the instance is: ``state`` is ``Running`` or ``Stopped``."""
        self.refresh_state()
        return self.status

    def get(self) -> dict[str, Any]:
        """The instance as a JSON-able dictionary."""
        self.refresh_state()
        return self.serialize()

    def update_sso_settings(self, value: bool) -> None:
        """Note whether its user is signed in automatically; nobody signs in here.

        Parameters
        ----------
        value : whether.
        """
        self._change("sso", bool(value))

    def start(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Take runs again.

        Parameters
        ----------
        wait_for_completion : it is done when this returns, either way.
        show_output : print the state.
        """
        self._become("Running", wait_for_completion, show_output)

    def stop(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Cancel the runs on it and take no more.

        Parameters
        ----------
        wait_for_completion : it is done when this returns, either way.
        show_output : print the state.
        """
        self._become("Stopped", wait_for_completion, show_output)
        active_runs.cancel_all(self.workspace, self.name)

    def restart(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Stop and start it.

        Parameters
        ----------
        wait_for_completion : it is done when this returns, either way.
        show_output : print the state.
        """
        self.stop()
        self.start(wait_for_completion, show_output)

    def delete(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Remove the instance; the runs on it are cancelled.

        Parameters
        ----------
        wait_for_completion : it is done when this returns, either way.
        show_output : print how it ended.

        Raises
        ------
        ComputeTargetException
            It is gone.
        """
        if not records(self.workspace).delete(self.name):
            raise not_found(self.workspace, self.name)
        active_runs.cancel_all(self.workspace, self.name)
        Pool(self.workspace._folder, self.name).remove()
        self.provisioning_state = "Deleting"
        if wait_for_completion:
            self.wait_for_completion(show_output, is_delete_operation=True)

    def get_active_runs(
        self, type: str | None = None, tags: Any = None, properties: Any = None, status: str | None = None
    ) -> Iterator[Any]:
        """The runs on the instance that are not over, newest first; as ``AmlCompute.get_active_runs``."""
        return active_runs.find(self, type, tags, properties, status)

    @staticmethod
    def supported_vmsizes(workspace: Any, location: str | None = None) -> list[dict[str, Any]]:
        """The sizes that an instance may have.

        Parameters
        ----------
        workspace : the workspace.
        location : not used.
        """
        return vm_sizes.listed()

    def _become(self, state: str, wait: bool, show_output: bool) -> None:
        self._change("state", state)
        if wait and show_output:
            sys.stdout.write(f"{state}\n")

    def _change(self, key: str, value: Any) -> None:
        def change(record: dict[str, Any]) -> None:
            record["properties"]["modifiedOn"] = datetime.now(timezone.utc).isoformat()
            record["properties"]["properties"][key] = value

        with suppress(KeyError):  # it is gone, which refresh_state tells
            records(self.workspace).modify(self.name, change)
        self.refresh_state()

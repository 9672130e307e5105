"""Workspace: the folder that holds a user's models, environments, services and what else v1 knows."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Any

from aml_nb.core import current, names
from aml_nb.core.user import user
from aml_nb.core.workspace import config as workspace_config
from aml_nb.core.workspace import folder as workspace_folder
from aml_nb.core.workspace.config import Address
from aml_nb.core.workspace.contents import Contents
from aml_nb.core.workspace.folder import DEFAULT_GROUP, DEFAULT_LOCATION, DEFAULT_NAME, DEFAULT_SUBSCRIPTION
from aml_nb.core.workspace.remote import RemoteParts
from aml_nb.errors import UserErrorException, WorkspaceException


class Workspace(Contents, RemoteParts):
    """A workspace: one folder below ``AML_NB_HOME``, addressed as v1 addresses its own.

    Parameters
    ----------
    subscription_id, resource_group, workspace_name : its address; the workspace must exist.
    auth, _location, _disable_service_check, _workspace_id, _cloud : taken and not needed.
    sku, tags : taken for v1's sake; the workspace keeps those it was created with.

    Raises
    ------
    WorkspaceException : there is no such workspace.
    """

    DEFAULT_CPU_CLUSTER_NAME = "cpu-cluster"
    DEFAULT_GPU_CLUSTER_NAME = "gpu-cluster"
    DEFAULT_CPU_CLUSTER_CONFIGURATION = ("Standard_D2_v2", 0, 2)
    DEFAULT_GPU_CLUSTER_CONFIGURATION = ("Standard_NC6", 0, 2)

    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: Any = None,
        _location: str | None = None,
        _disable_service_check: bool = False,
        _workspace_id: str | None = None,
        sku: str = "basic",
        tags: dict[str, str] | None = None,
        _cloud: str = "AzureCloud",
    ) -> None:
        names.check("workspace", workspace_name)
        found = workspace_folder.find(subscription_id, resource_group, workspace_name)
        if not found:
            raise _not_found(workspace_name, subscription_id, resource_group)
        self._take(*found[0])
        current.remember(self)

    @staticmethod
    def create(
        name: str,
        auth: Any = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: dict[str, str] | None = None,
        friendly_name: str | None = None,
        storage_account: str | None = None,
        key_vault: str | None = None,
        app_insights: str | None = None,
        container_registry: str | None = None,
        adb_workspace: str | None = None,
        primary_user_assigned_identity: str | None = None,
        cmk_keyvault: str | None = None,
        resource_cmk_uri: str | None = None,
        hbi_workspace: bool = False,
        default_cpu_compute_target: Any = None,
        default_gpu_compute_target: Any = None,
        private_endpoint_config: Any = None,
        private_endpoint_auto_approval: bool = True,
        exist_ok: bool = False,
        show_output: bool = True,
        user_assigned_identity_for_cmk_encryption: str | None = None,
        system_datastores_auth_mode: str = "accessKey",
        v1_legacy_mode: bool | None = None,
    ) -> Workspace:
        """Make a workspace.

        Parameters
        ----------
        name : 3 to 33 letters, digits, hyphens and underscores.
        subscription_id, resource_group : any text; left out, the local ones are taken.
        location, sku, tags, friendly_name : kept and shown.
        exist_ok : open the workspace when it is there, in place of an error.
        show_output : print where it was made.
        default_cpu_compute_target, default_gpu_compute_target : configurations of clusters to make with it.

        The other parameters name Azure resources; they are taken and not needed.

        Raises
        ------
        UserErrorException : the name breaks the rule.
        WorkspaceException : there is one of that name, and ``exist_ok`` is False.
        """
        names.check("workspace", name)
        address = Address(subscription_id or DEFAULT_SUBSCRIPTION, resource_group or DEFAULT_GROUP, name)
        facts = _facts(address, location, sku, tags, friendly_name)
        try:
            folder = workspace_folder.make(facts)
        except FileExistsError as error:
            if exist_ok:
                return Workspace(*address)
            raise WorkspaceException(
                f"The workspace {name} exists already in the resource group {address.group}.",
                hint=f"Workspace.get({name!r}), or Workspace.create({name!r}, exist_ok=True)",
            ) from error
        if show_output:
            print(f"Workspace {name} created in {folder}.")
        made = Workspace._open(folder)
        wanted = {Workspace.DEFAULT_CPU_CLUSTER_NAME: default_cpu_compute_target}
        wanted[Workspace.DEFAULT_GPU_CLUSTER_NAME] = default_gpu_compute_target
        for cluster, config in wanted.items():
            if config is not None:
                from aml_nb.core.compute import ComputeTarget

                ComputeTarget.create(made, cluster, config)
        return made

    @staticmethod
    def get(
        name: str,
        auth: Any = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        cloud: str = "AzureCloud",
        id: str | None = None,
    ) -> Workspace:
        """Open a workspace by name; subscription and group are needed only where the name is not unique.

        Raises
        ------
        WorkspaceException : there is none, or there are several.
        """
        found = workspace_folder.find(subscription_id, resource_group, name)
        if id is not None:
            found = [(folder, facts) for folder, facts in found if facts["id"] == id]
        if not found:
            raise _not_found(name, subscription_id, resource_group)
        if len(found) > 1:
            where = ", ".join(sorted(_where(facts) for _, facts in found))
            raise WorkspaceException(
                f"Multiple workspaces are named {name}: {where}.",
                found_multiple=True,
                hint="give subscription_id= and resource_group= too",
            )
        return Workspace._open(found[0][0])

    @staticmethod
    def list(subscription_id: str, auth: Any = None, resource_group: str | None = None) -> dict[str, list[Workspace]]:
        """The workspaces of a subscription: a list of them by name."""
        found: dict[str, list[Workspace]] = {}
        for folder, facts in workspace_folder.find(subscription_id, resource_group):
            found.setdefault(facts["name"], []).append(Workspace._of(folder, facts))
        return found

    @staticmethod
    def from_config(
        path: str | None = None, auth: Any = None, _logger: Any = None, _file_name: str | None = None
    ) -> Workspace:
        """Open the workspace that the nearest ``config.json`` names; without one, the default workspace.

        Parameters
        ----------
        path : the file, or the folder to begin in (default: the current one).

        A file from Azure names a workspace that is not here yet: it is created, and that is said.

        Raises
        ------
        UserErrorException : ``path`` was given and holds no configuration, or the file is no good.
        """
        file = workspace_config.find(path, _file_name)
        if file is not None:
            address = workspace_config.read(file)
            if workspace_folder.find(*address):
                return Workspace(*address)
            print(f"{file} names the workspace {address.name}, which is not here yet: created it.")
        elif path is not None:
            raise UserErrorException(
                f"We could not find config.json in: {os.path.abspath(path)} or in its parent directories.",
                hint="ws.write_config(path=...) writes one; Workspace.from_config() opens the default workspace",
            )
        else:
            chosen = workspace_config.default()
            address = chosen or Address(DEFAULT_SUBSCRIPTION, DEFAULT_GROUP, DEFAULT_NAME)
            print(f"No config.json here or above: using the default workspace {address.name!r}.")
        return Workspace.create(
            address.name,
            subscription_id=address.subscription,
            resource_group=address.group,
            exist_ok=True,
            show_output=False,
        )

    @staticmethod
    def setup() -> Workspace:
        """Open the workspace that ``from_config`` finds, made if need be, and write its configuration file."""
        workspace = Workspace.from_config()
        workspace.write_config()
        return workspace

    @classmethod
    def _open(cls, folder: Path) -> Workspace:
        """The workspace in a folder; it becomes the current one."""
        workspace = cls._of(folder, workspace_folder.read(folder))
        current.remember(workspace)
        return workspace

    @classmethod
    def _of(cls, folder: Path, facts: dict[str, Any]) -> Workspace:
        workspace = cls.__new__(cls)
        workspace._take(folder, facts)
        return workspace

    def _take(self, folder: Path, facts: dict[str, Any]) -> None:
        self._folder = folder
        self._facts = facts
        self._id: str = facts["id"]

    def write_config(self, path: str | None = None, file_name: str | None = None) -> None:
        """Write ``.azureml/config.json`` below ``path`` (default: the current folder)."""
        address = Address(self.subscription_id, self.resource_group, self.name)
        print(f"Wrote the config file {workspace_config.write(address, path, file_name)}.")

    @property
    def name(self) -> str:
        """The workspace's name."""
        return str(self._facts["name"])

    @property
    def subscription_id(self) -> str:
        """The subscription it is filed under."""
        return str(self._facts["subscription_id"])

    @property
    def resource_group(self) -> str:
        """The resource group it is filed under."""
        return str(self._facts["resource_group"])

    @property
    def location(self) -> str:
        """The region it was created for; ``local`` unless told."""
        return str(self._facts.get("location") or DEFAULT_LOCATION)

    @property
    def _workspace_id(self) -> str:
        """v1's private name for the id, which notebooks print."""
        return self._id

    @property
    def sku(self) -> str:
        """``basic`` unless told."""
        return str(self._facts.get("sku") or "basic")

    @property
    def tags(self) -> dict[str, str]:
        """A copy of the tags."""
        return dict(self._facts.get("tags") or {})

    def get_details(self) -> dict[str, Any]:
        """Everything the workspace says of itself, under v1's keys."""
        from aml_nb.core.workspace.details import details

        return details(self)

    def update(
        self,
        friendly_name: str | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        image_build_compute: str | None = None,
        service_managed_resources_settings: Any = None,
        primary_user_assigned_identity: str | None = None,
        allow_public_access_when_behind_vnet: bool | None = None,
        v1_legacy_mode: bool | None = None,
    ) -> dict[str, Any]:
        """Change friendly name, description, tags (replaced) or the compute that builds images; returns the details."""
        given = {
            "friendly_name": friendly_name,
            "description": description,
            "tags": tags,
            "image_build_compute": image_build_compute,
        }
        with self._store.write():
            facts = workspace_folder.read(self._folder)
            facts.update({key: value for key, value in given.items() if value is not None})
            workspace_folder.write(self._folder, facts)
        self._facts = facts
        return self.get_details()

    def delete(self, delete_dependent_resources: bool = False, no_wait: bool = False) -> None:
        """Stop the workspace's services and delete everything in it."""
        from aml_nb.core.workspace.deletion import delete

        delete(self)
        current.forget(self)

    def __repr__(self) -> str:
        return (
            f"Workspace.create(name={self.name!r}, subscription_id={self.subscription_id!r}, "
            f"resource_group={self.resource_group!r})"
        )


def _facts(
    address: Address,
    location: str | None,
    sku: str,
    tags: dict[str, str] | None,
    friendly_name: str | None,
) -> dict[str, Any]:
    if tags is not None and not isinstance(tags, dict):
        raise UserErrorException("tags must be a dictionary.", hint="tags={'team': 'iris'}")
    identity = str(uuid.uuid4())
    root = os.environ.get("AML_NB_ARTIFACTS")
    return {
        "id": identity,
        "name": address.name,
        "subscription_id": address.subscription,
        "resource_group": address.group,
        "location": location or DEFAULT_LOCATION,
        "sku": sku,
        "tags": tags or {},
        "friendly_name": friendly_name or address.name,
        "description": "",
        "created": time.time(),
        "created_by": user(),
        "store": "server" if os.environ.get("AML_NB_STORE") else "file",
        "artifacts": f"{root.rstrip('/')}/{identity}" if root else None,
    }


def _where(facts: dict[str, Any]) -> str:
    return f"{facts['subscription_id']}/{facts['resource_group']}"


def _not_found(name: str, subscription: str | None, group: str | None) -> WorkspaceException:
    near = ", ".join(f"{facts['name']} ({_where(facts)})" for _, facts in workspace_folder.find())
    given = [f"{what} {value}" for what, value in (("subscription", subscription), ("resource group", group)) if value]
    return WorkspaceException(
        f"Workspace not found: {name}"
        + (f" in {', '.join(given)}" if given else "")
        + ". "
        + (f"There are: {near}." if near else "There is none yet."),
        hint=f"Workspace.create({name!r})",
    )

"""ComputeTarget: what a workspace computes on; every target here is this very machine."""

from __future__ import annotations

import builtins
import sys
from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from aml_nb.core.compute.configuration import (
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
    ComputeTargetUpdateConfiguration,
)
from aml_nb.core.compute.record import exclusive, new_record, records
from aml_nb.core.compute.refusals import not_found, not_provisioned, nothing_to_attach
from aml_nb.errors import ComputeTargetException, NameTakenError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.compute.places import Place
    from aml_nb.core.workspace import Workspace

__all__ = [
    "ComputeTarget",
    "ComputeTargetAttachConfiguration",
    "ComputeTargetProvisioningConfiguration",
    "ComputeTargetUpdateConfiguration",
]

_MODULES = {
    "DataFactory": ("elsewhere.datafactory", "DataFactoryCompute"),
    "AKS": ("aks", "AksCompute"),
    "AmlCompute": ("amlcompute", "AmlCompute"),
    "ComputeInstance": ("computeinstance", "ComputeInstance"),
    "Dask": ("dask", "DaskCompute"),
}


class ComputeTarget(ABC):
    """A compute target. ``ComputeTarget(workspace, name)`` finds one and returns it as its own class.

    Parameters
    ----------
    workspace : the workspace.
    name : its name.

    Raises
    ------
    ComputeTargetException
        There is none of that name, or it is of another class than the one called.
    """

    _compute_type: ClassVar[str | None] = None
    _names: ClassVar[str] = "compute"

    def __new__(cls, workspace: Workspace | None, name: str | None, **kwargs: Any) -> Any:
        if workspace is None or name is None:
            return super().__new__(cls)
        record = records(workspace).get(name)
        if record is None:
            raise not_found(workspace, name)
        kind = record["properties"]["computeType"]
        if cls._compute_type not in (None, kind):
            raise ComputeTargetException(
                f"The compute target {name!r} is of type {kind}, not {cls._compute_type}.",
                hint=f"ComputeTarget(ws, {name!r})",
            )
        return from_record(workspace, record)

    def __init__(self, workspace: Workspace | None, name: str | None) -> None:  # noqa: B027
        """Everything is there already: ``__new__`` has found the target."""

    def _initialize(self, workspace: Workspace, record: dict[str, Any]) -> None:
        shared = record["properties"]
        self.workspace = workspace
        self._record = record
        self.id: str = record["id"]
        self.name: str = record["name"]
        self.tags: dict[str, str] | None = record.get("tags")
        self.location: str | None = record.get("location")
        self.type: str = shared["computeType"]
        self.description: str | None = shared.get("description")
        self.created_on: str = shared["createdOn"]
        self.modified_on: str = shared["modifiedOn"]
        self.provisioning_state: str = shared["provisioningState"]
        self.provisioning_errors = shared.get("provisioningErrors")
        self.cluster_resource_id: str | None = shared.get("resourceId")
        self.cluster_location: str | None = shared.get("computeLocation")
        self.is_attached: bool = shared["isAttachedCompute"]
        self._take_own(shared["properties"])

    @abstractmethod
    def _take_own(self, own: dict[str, Any]) -> None:
        """Take the values that only this class of target has."""

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, id={self.id}, type={self.type}, "
            f"provisioning_state={self.provisioning_state}, location={self.location}, tags={self.tags})"
        )

    @staticmethod
    def create(
        workspace: Workspace, name: str, provisioning_configuration: ComputeTargetProvisioningConfiguration
    ) -> Any:
        """Make a compute target and return it.

        Parameters
        ----------
        workspace : the workspace.
        name : its name; ``amlcompute``, ``local`` and ``containerinstance`` are reserved.
        provisioning_configuration : what to make, such as ``AksCompute.provisioning_configuration()``.

        A cluster beyond the workspace's core quota is made with the provisioning state Failed, as in v1.

        Raises
        ------
        ComputeTargetException
            The name is bad or taken, or the configuration cannot be right.
        """
        from aml_nb.core import names

        if not isinstance(provisioning_configuration, ComputeTargetProvisioningConfiguration):
            raise ComputeTargetException(
                f"{type(provisioning_configuration).__name__} is no provisioning configuration.",
                hint="AksCompute.provisioning_configuration()",
            )
        kind = provisioning_configuration._compute_type
        names.check(getattr(kind, "_names", "compute"), name)
        provisioning_configuration.validate_configuration()
        shared, own = kind._describe(workspace, provisioning_configuration)
        try:
            with exclusive(workspace):
                error = kind._refusal(workspace, name, own)
                record = new_record(workspace, name, kind._compute_type, shared, own, error)
                records(workspace).create(name, record)
        except NameTakenError:
            return _existing(workspace, name, kind)
        made = from_record(workspace, record)
        made._begin()
        return made

    def _begin(self) -> None:  # noqa: B027
        """Make what a new target has besides its record."""

    def _place(self) -> Place:
        """Where runs on it go.

        Raises
        ------
        ComputeTargetException
            It runs no scripts, or not now.
        """
        raise ComputeTargetException(
            f"Runs cannot be submitted to the compute target {self.name}: it is of type {self.type}.",
            hint="an AmlCompute cluster, or compute_target='local'",
        )

    @classmethod
    def _refusal(cls, workspace: Workspace, name: str, own: dict[str, Any]) -> dict[str, Any] | None:
        """Why a target that is described well cannot be provisioned, as v1's service tells it."""
        return None

    @staticmethod
    def attach(workspace: Workspace, name: str, attach_configuration: ComputeTargetAttachConfiguration) -> Any:
        """Attach compute that exists elsewhere and return it: the scheduler of a Dask cluster.

        Parameters
        ----------
        workspace : the workspace.
        name : its name.
        attach_configuration : what to attach, such as ``DaskCompute.attach_configuration(address)``.

        Raises
        ------
        ComputeTargetException
            The configuration is wrong, the name is bad or taken, or nothing answers there.
        NotAvailableError
            It is of Azure, which nothing here reaches.
        """
        attach_configuration.validate_configuration()
        return attach_configuration._compute_type._attach(workspace, name, attach_configuration)

    @classmethod
    def _attach(cls, workspace: Workspace, name: str, config: ComputeTargetAttachConfiguration) -> Any:
        raise nothing_to_attach()

    @staticmethod
    def list(workspace: Workspace) -> builtins.list[Any]:
        """The workspace's compute targets, oldest first.

        Parameters
        ----------
        workspace : the workspace.
        """
        return [from_record(workspace, record) for _, record in records(workspace).list()]

    def wait_for_completion(self, show_output: bool = False, is_delete_operation: bool = False) -> None:
        """Wait until the target is provisioned, or deleted.

        Parameters
        ----------
        show_output : print its state.
        is_delete_operation : a deletion is waited for.

        Raises
        ------
        ComputeTargetException
            It could not be provisioned; ``provisioning_errors`` says why.
        """
        state = self._outcome(is_delete_operation)
        if show_output:
            sys.stdout.write(state)
        print(f'Provisioning operation finished, operation "{state}"')
        if state == "Failed" and not is_delete_operation:
            raise not_provisioned(self)

    def _mend(self) -> str:
        """What to do about a provisioning that failed."""
        return f"ws.compute_targets[{self.name!r}].delete(), then create it again"

    def _outcome(self, deleting: bool) -> str:
        if not deleting:
            self.refresh_state()
            return self.provisioning_state
        return "Succeeded" if records(self.workspace).get(self.name) is None else self.provisioning_state

    def refresh_state(self) -> None:
        """Read the target's values again.

        Raises
        ------
        ComputeTargetException
            It is gone.
        """
        record = records(self.workspace).get(self.name)
        if record is None:
            raise not_found(self.workspace, self.name)
        self._initialize(self.workspace, record)

    def get_status(self) -> Any:
        """The provisioning state."""
        self.refresh_state()
        return self.provisioning_state

    def delete(self) -> None:
        """Remove the target; refused while a web service runs on it.

        Raises
        ------
        ComputeTargetException
            A web service runs on it, or it is gone.
        """
        used = self._used_by()
        if used:
            raise ComputeTargetException(
                f"Compute target {self.name} cannot be deleted: {', '.join(used)} runs on it.",
                hint=f"Webservice(ws, {used[0]!r}).delete()",
            )
        if not records(self.workspace).delete(self.name):
            raise not_found(self.workspace, self.name)
        self.provisioning_state = "Deleting"

    def _used_by(self) -> builtins.list[str]:
        services = self.workspace._store.records("webservice").list()
        mine = [record for _, record in services if record.get("computeName") == self.name]
        return [record["name"] for record in mine if not record.get("endpoint")]

    def detach(self) -> None:
        """Let an attached target go; one that was created is deleted instead.

        Raises
        ------
        ComputeTargetException
            It was created, not attached.
        """
        raise ComputeTargetException(f"Compute target {self.name} was created, not attached.", hint="target.delete()")

    def serialize(self) -> dict[str, Any]:
        """The target as a JSON-able dictionary."""
        return dict(self._record)

    @staticmethod
    def deserialize(workspace: Workspace, object_dict: dict[str, Any]) -> Any:
        """The target that ``serialize`` described.

        Parameters
        ----------
        workspace : the workspace it is in.
        object_dict : the dictionary.

        Raises
        ------
        ComputeTargetException
            The dictionary is not whole.
        """
        if "name" not in object_dict or "computeType" not in object_dict.get("properties", {}):
            raise ComputeTargetException(f"Invalid payload provided, unable to deserialize: {object_dict}")
        return from_record(workspace, object_dict)


def from_record(workspace: Workspace, record: dict[str, Any]) -> Any:
    """The object of a record, of the class that fits."""
    module, name = _MODULES[record["properties"]["computeType"]]
    found = getattr(import_module(f"aml_nb.core.compute.{module}"), name)
    target = object.__new__(found)
    target._initialize(workspace, record)
    return target


def get(workspace: Workspace, name: str) -> Any:
    """The target of that name; v1's error where there is none."""
    record = records(workspace).get(name)
    if record is None:
        raise not_found(workspace, name)
    return from_record(workspace, record)


def _existing(workspace: Workspace, name: str, kind: Any) -> Any:
    """v1 hands back a target that is there already; one of another kind is an error."""
    found = get(workspace, name)
    if isinstance(found, kind):
        return found
    raise UserErrorException(
        f"A compute target named {name} of type {found.type} exists already.", hint="choose another name"
    )

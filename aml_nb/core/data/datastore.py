"""Datastore: how datastores are got and registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.data import datastore_records
from aml_nb.core.data.register_database import DatabaseRegistrations
from aml_nb.core.data.register_folder import FolderRegistrations
from aml_nb.core.data.register_storage import StorageRegistrations
from aml_nb.core.data.storage_datastore import AzureBlobDatastore, AzureFileDatastore
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class Datastore(StorageRegistrations, DatabaseRegistrations, FolderRegistrations):
    """Gets a datastore by name; without one, the default. It is never an instance of this class.

    Parameters
    ----------
    workspace : whose.
    name : which.

    Raises
    ------
    UserErrorException : there is none of that name.
    """

    _gives = (AzureBlobDatastore, AzureFileDatastore)

    def __new__(cls, workspace: Workspace, name: str | None = None) -> Any:
        return cls.get_default(workspace) if name is None else cls.get(workspace, name)

    def __init__(self, workspace: Workspace, name: str | None = None) -> None:
        self.workspace = workspace
        self.name = name

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> Any:
        """The datastore of that name."""
        return datastore_records.find(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: Workspace) -> Any:
        """The datastore that is used where none is named."""
        return datastore_records.default(workspace)

    def set_as_default(self) -> NoReturn:
        """Use the datastore where none is named; what ``Datastore(ws, name)`` gives has this call."""
        raise _no_instance("set_as_default")

    def unregister(self) -> NoReturn:
        """Forget the datastore; what ``Datastore(ws, name)`` gives has this call."""
        raise _no_instance("unregister")


def list_datastores(workspace: Workspace) -> dict[str, Any]:
    """Every datastore of a workspace, by name."""
    return datastore_records.every(workspace)


def _no_instance(call: str) -> UserErrorException:
    return UserErrorException(f"{call}() is called on a datastore.", hint=f"Datastore.get(ws, name).{call}()")

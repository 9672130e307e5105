"""What a workspace knows of its datastores: facts in its tables, secrets in its Keyvault.

A registration's secrets are one secret of the Keyvault with a name of its own. It is written before the record that
names it and removed after the record is gone, so that a crash leaves at most a secret that nobody names.
"""

from __future__ import annotations

import json
import uuid
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.data.hidden import Hidden, fetch_by
from aml_nb.errors import NameTakenError, UserErrorException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aml_nb.core.data.abstract_datastore import AbstractDatastore
    from aml_nb.core.workspace import Workspace

DEFAULT, FILE_STORE = "workspaceblobstore", "workspacefilestore"
OWN = {DEFAULT: ("AzureBlobDatastore", "azureml-blobstore"), FILE_STORE: ("AzureFileDatastore", "azureml-filestore")}
MODEL_DATA = "modeldata"
_KIND, _SETTING = "datastore", "default_datastore"
_HERE = "aml_nb.core.data"
CLASSES = {
    "AzureBlobDatastore": "storage_datastore",
    "AzureFileDatastore": "storage_datastore",
    "AzureDataLakeDatastore": "data_lake_datastore",
    "AzureDataLakeGen2Datastore": "data_lake_datastore",
    "AzureSqlDatabaseDatastore": "database_datastores",
    "AzurePostgreSqlDatastore": "database_datastores",
    "AzureMySqlDatastore": "database_datastores",
    "DBFSDatastore": "hadoop_datastores",
    "HDFSDatastore": "hadoop_datastores",
    "LocalFolderDatastore": "folder_datastore",
    "UrlDatastore": "folder_datastore",
}


def find(workspace: Workspace, name: str) -> Any:
    """The datastore of that name.

    Raises
    ------
    UserErrorException : there is none.
    """
    if name in OWN:
        return _own(workspace, name)
    record = workspace._store.records(_KIND).get(str(name))
    if record is None:
        known = ", ".join(every(workspace))
        raise UserErrorException(
            f"There is no datastore named {name} in the workspace {workspace.name}. There are: {known}.",
            hint=f"Datastore.get(ws, {DEFAULT!r})",
        )
    return _restored(workspace, name, record)


def every(workspace: Workspace) -> dict[str, Any]:
    """The datastores by name: the workspace's own, then those that were registered, oldest first."""
    own = {name: _own(workspace, name) for name in OWN}
    registered = workspace._store.records(_KIND).list()
    return own | {name: _restored(workspace, name, record) for name, record in registered}


def default(workspace: Workspace) -> Any:
    """The datastore that is used where none is named; the blob store once the chosen one is gone."""
    chosen = (workspace._store.records("setting").get(_SETTING) or {}).get("name", DEFAULT)
    if chosen not in OWN and workspace._store.records(_KIND).get(chosen) is None:
        chosen = DEFAULT
    return find(workspace, chosen)


def set_default(workspace: Workspace, name: str) -> None:
    """Use a datastore where none is named."""
    find(workspace, name)
    workspace._store.records("setting").put(_SETTING, {"name": name})


def add(datastore: AbstractDatastore, arguments: Mapping[str, Any], overwrite: bool) -> Any:
    """Keep a datastore, and return it as the workspace has it from now on.

    Parameters
    ----------
    datastore : what to keep.
    arguments : what its class is called with, besides workspace and name.
    overwrite : replace one of the same name.

    Raises
    ------
    UserErrorException : the name is no good, or taken.
    """
    check(datastore.workspace, datastore.name, overwrite)
    vault = datastore.workspace.get_default_keyvault()
    hidden = {name for cls in type(datastore).__mro__ for name, value in vars(cls).items() if isinstance(value, Hidden)}
    secrets = {name: value for name, value in arguments.items() if name in hidden and value}
    record: dict[str, Any] = {
        "class": type(datastore).__name__,
        "arguments": {name: None if name in hidden else value for name, value in arguments.items()},
        "credential_type": getattr(datastore, "credential_type", None),
        "secret": None,
    }
    if secrets:
        record["secret"] = f"datastore-{datastore.name.replace('_', '-')}"[:100] + "-" + uuid.uuid4().hex[:8]
        vault.set_secret(record["secret"], json.dumps(secrets))
    try:
        old = _replace(datastore.workspace, datastore.name, record, overwrite)
    except BaseException:
        if record["secret"]:
            vault.delete_secret(record["secret"])
        raise
    if old and old["secret"]:
        vault.delete_secret(old["secret"])
    return _restored(datastore.workspace, datastore.name, record)


def is_own(datastore: Any) -> bool:
    """Whether these are the facts of one of the workspace's own datastores, whatever name it is given."""
    return _own_folder(datastore) is not None


def check(workspace: Workspace, name: str, overwrite: bool) -> None:
    """Whether a datastore may be registered under that name; told before anything is tried with the storage."""
    names.check("datastore", name)
    if name in OWN:
        raise UserErrorException(
            f"{name} is the workspace's own datastore and cannot be registered anew.", hint="choose another name"
        )
    if not overwrite and workspace._store.records(_KIND).get(name) is not None:
        raise _taken(name)


def remove(workspace: Workspace, name: str) -> None:
    """Forget a datastore and its secrets."""
    if name in OWN:
        raise UserErrorException(
            f"{name} is the workspace's own datastore and stays.", hint="to empty it, delete its files"
        )
    records = workspace._store.records(_KIND)
    record = records.get(name)
    if record is None or not records.delete(name):
        raise UserErrorException(f"There is no datastore named {name} any more.", hint="list(ws.datastores)")
    if record["secret"]:
        workspace.get_default_keyvault().delete_secret(record["secret"])


def _replace(workspace: Workspace, name: str, record: dict[str, Any], overwrite: bool) -> dict[str, Any] | None:
    """Write a record; the one that was there before."""
    records = workspace._store.records(_KIND)
    while True:
        try:
            records.create(name, record)
            return None
        except NameTakenError:
            if not overwrite:
                raise _taken(name) from None
        before: list[dict[str, Any]] = []

        def change(old: dict[str, Any], before: list[dict[str, Any]] = before) -> dict[str, Any]:
            before.append(old)
            return record

        try:
            records.modify(name, change)
            return before[-1]
        except KeyError:  # unregistered by another process between the two
            continue


def _taken(name: str) -> UserErrorException:
    return UserErrorException(
        f"Another datastore with the same name already exists: {name}.", hint="overwrite=True replaces it"
    )


def _own(workspace: Workspace, name: str) -> Any:
    kind, container = OWN[name]
    folder = workspace._folder / "datastores" / name
    cls = _class(kind)
    place = f"{container}-{workspace._id}"
    return cls(workspace, name, place, workspace.name, protocol="file", endpoint=str(folder))._in_folder(folder)


def _restored(workspace: Workspace, name: str, record: Mapping[str, Any]) -> Any:
    datastore = _class(record["class"])(workspace, name, **record["arguments"])
    if record.get("credential_type"):
        datastore.credential_type = record["credential_type"]
    if record["secret"]:
        fetch_by(datastore, lambda: json.loads(workspace.get_default_keyvault().get_secret(record["secret"])))
    if folder := _own_folder(datastore):
        datastore._in_folder(folder)
    return datastore


def _own_folder(datastore: Any) -> Path | None:
    """The folder of the workspace's own datastore that has these facts: notebooks register it a second time."""
    for name, (kind, container) in OWN.items():
        if type(datastore).__name__ == kind and datastore.container_name == f"{container}-{datastore.workspace._id}":
            return Path(datastore.workspace._folder, "datastores", name)
    if type(datastore).__name__ == OWN[DEFAULT][0] and _is_model_data(datastore):
        return Path(datastore.workspace._folder, "datastores", DEFAULT, MODEL_DATA)
    return None


def _is_model_data(datastore: Any) -> bool:
    """Whether it is the container that services collect into; v1 has one beside that of the default datastore."""
    own = datastore.account_name == datastore.workspace.name
    return bool(own and datastore.container_name == MODEL_DATA)


def _class(name: str) -> Any:
    return getattr(import_module(f"{_HERE}.{CLASSES[name]}"), name)

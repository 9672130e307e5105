"""Registrations that only aml_nb has: a folder of this machine, and any URL that fsspec reaches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data import datastore_records
from aml_nb.core.data.folder_datastore import LocalFolderDatastore, UrlDatastore
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class FolderRegistrations:
    """``Datastore.register_local_folder`` and ``Datastore.register_url``."""

    @staticmethod
    def register_local_folder(
        workspace: Workspace, datastore_name: str, folder: str | Path, overwrite: bool = False
    ) -> LocalFolderDatastore:
        """Use a folder of this machine as a datastore; its files stay where they are.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        folder : the folder, which must be there.
        overwrite : replace a registration of the same name.

        Raises
        ------
        UserErrorException : the folder is not there, or the name is taken.
        """
        place = Path(folder).expanduser().absolute()
        if not place.is_dir():
            raise UserErrorException(f"There is no folder {folder}.", hint=f"mkdir -p {folder}")
        made = LocalFolderDatastore(workspace, datastore_name, str(place))
        added: LocalFolderDatastore = datastore_records.add(made, {"folder": str(place)}, overwrite)
        return added

    @staticmethod
    def register_url(
        workspace: Workspace, datastore_name: str, url: str, overwrite: bool = False, **options: Any
    ) -> UrlDatastore | LocalFolderDatastore:
        """Use what fsspec reaches as a datastore: ``s3://bucket/path``, ``gs://…``, ``sftp://…``, ``file://…``.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        url : where the files are.
        overwrite : replace a registration of the same name.
        options : what fsspec's file system takes; kept in the workspace's Keyvault, for they hold keys.

        Raises
        ------
        UserErrorException : it is no URL, or the name is taken.
        """
        if str(url).startswith("file://"):
            folder = str(url).removeprefix("file://")
            return FolderRegistrations.register_local_folder(workspace, datastore_name, folder, overwrite)
        if "://" not in str(url):
            raise UserErrorException(f"{url!r} is no URL.", hint="Datastore.register_local_folder(ws, name, folder)")
        made = UrlDatastore(workspace, datastore_name, str(url), options)
        added: UrlDatastore = datastore_records.add(made, {"url": str(url), "options": options}, overwrite)
        return added

"""Azure's blob containers and file shares, and the workspace's own, which are folders of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.data.file_transfers import FileTransfers
from aml_nb.core.data.hidden import Hidden
from aml_nb.core.data.paths import inside
from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

PROTOCOL, ENDPOINT = "https", "core.windows.net"
FOLDER, EMPTY_FILE, FILE = 0, 1, 2


class AbstractAzureStorageDatastore(FileTransfers):
    """A datastore in a storage account, or in a folder of the workspace that stands for one.

    Parameters
    ----------
    workspace, name, datastore_type : whose it is, what it is called, and v1's word for its kind.
    container_name : the container or file share.
    account_name : the storage account.
    sas_token, account_key : what opens it; neither where the user's own identity does.
    protocol, endpoint : ``https`` and ``core.windows.net`` when left out.
    """

    sas_token = Hidden()
    account_key = Hidden()
    _folder: Path | None = None

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        datastore_type: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(workspace, name, datastore_type)
        self.container_name = container_name
        self.account_name = account_name
        self.sas_token = sas_token
        self.account_key = account_key
        self.credential_type = "AccountKey" if account_key else "Sas" if sas_token else "None"
        self.protocol = protocol or PROTOCOL
        self.endpoint = endpoint or ENDPOINT

    @property
    def is_sas(self) -> bool:
        """Whether a SAS token opens it."""
        return self.credential_type == "Sas"

    def _in_folder(self, folder: Path) -> AbstractAzureStorageDatastore:
        """Let a folder of this machine hold the data."""
        self._folder = folder
        return self

    def _filesystem(self) -> tuple[Any, str]:
        if self._folder is None:
            return self._remote()
        from fsspec.implementations.local import LocalFileSystem

        self._folder.mkdir(parents=True, exist_ok=True)
        return LocalFileSystem(), str(self._folder)

    def _local(self, relative: str = "") -> Path | None:
        return None if self._folder is None else self._folder / inside(relative)

    def _remote(self) -> tuple[Any, str]:
        return super()._filesystem()

    def _facts(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "container_name": self.container_name,
            "account_name": self.account_name,
            "protocol": self.protocol,
            "endpoint": self.endpoint,
        }

    def __repr__(self) -> str:
        return json.dumps(self._facts(), indent=2)

    def __str__(self) -> str:
        return repr(self)


class AzureBlobDatastore(AbstractAzureStorageDatastore):
    """A blob container.

    Parameters
    ----------
    workspace, name, container_name, account_name, sas_token, account_key, protocol, endpoint : as its parent's.
    request_session : not used.
    workspace_msi_has_access : whether the workspace's identity was given access; kept.
    subscription_id, resource_group : of the storage account; kept.
    service_data_access_auth_identity : which identity Azure's services use; kept.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        request_session: Any = None,
        workspace_msi_has_access: bool = False,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        service_data_access_auth_identity: str | None = None,
    ) -> None:
        super().__init__(
            workspace, name, "AzureBlob", container_name, account_name, sas_token, account_key, protocol, endpoint
        )
        self.workspace_msi_has_access = workspace_msi_has_access
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.service_data_access_auth_identity = service_data_access_auth_identity

    @property
    def blob_service(self) -> NoReturn:
        """Not available: it was a client of a library that is no more."""
        raise _no_service(self, "blob_service")

    def _remote(self) -> tuple[Any, str]:
        from aml_nb.core.data import azure_blob

        if "_connected" not in vars(self):
            self.__dict__["_connected"] = azure_blob.filesystem(self)
        return vars(self)["_connected"], self.container_name


class AzureFileDatastore(AbstractAzureStorageDatastore):
    """A file share. The workspace's own is a folder; one in Azure is kept as a registration only.

    Parameters
    ----------
    workspace, name, container_name, account_name, sas_token, account_key, protocol, endpoint : as its parent's.
    request_session : not used.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str = ENDPOINT,
        request_session: Any = None,
    ) -> None:
        super().__init__(
            workspace, name, "AzureFile", container_name, account_name, sas_token, account_key, protocol, endpoint
        )

    @property
    def file_service(self) -> NoReturn:
        """Not available: it was a client of a library that is no more."""
        raise _no_service(self, "file_service")

    def _remote(self) -> tuple[Any, str]:
        raise NotAvailableError(
            f"The datastore {self.name} is the file share {self.container_name} of {self.account_name}: aml_nb keeps "
            "its registration and cannot reach file shares.",
            hint="mount the share, then Datastore.register_local_folder(ws, name, the folder it is mounted at)",
        )


def _no_service(datastore: AbstractAzureStorageDatastore, what: str) -> NotAvailableError:
    return NotAvailableError(
        f"{datastore.name}.{what} is not available in aml_nb: it was a client of Azure's storage library of 2018.",
        hint="datastore.upload(...), datastore.download(...), or the azure-storage-blob package itself",
    )

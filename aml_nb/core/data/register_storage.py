"""``Datastore.register_…`` for Azure's storage: blob containers, file shares, data lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.data import datastore_records
from aml_nb.core.data.data_lake_datastore import AzureDataLakeDatastore, AzureDataLakeGen2Datastore
from aml_nb.core.data.storage_datastore import AzureBlobDatastore, AzureFileDatastore
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class StorageRegistrations:
    """The registrations of storage in Azure."""

    @staticmethod
    def register_azure_blob_container(
        workspace: Workspace,
        datastore_name: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
        blob_cache_timeout: int | None = None,
        grant_workspace_access: bool = False,
        subscription_id: str | None = None,
        resource_group: str | None = None,
    ) -> AzureBlobDatastore:
        """Use a blob container as a datastore, reached through ``adlfs`` (``pip install "aml_nb[azure]"``).

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        container_name, account_name : which container of which storage account.
        sas_token, account_key : what opens it; without either the user's own identity does.
        protocol, endpoint : ``https`` and ``core.windows.net`` when left out. An endpoint with a port, such as
            ``127.0.0.1:10000``, is an emulator.
        overwrite : replace a registration of the same name.
        create_if_not_exists : make the container where it is not there.
        skip_validation : do not look whether the container is there and opens.
        blob_cache_timeout, grant_workspace_access, subscription_id, resource_group : kept; they matter in Azure.

        Raises
        ------
        UserErrorException : the name is taken, or the storage refuses. A storage that cannot be asked from here is
            registered with a warning.
        """
        arguments: dict[str, Any] = {
            "container_name": _given("container_name", container_name),
            "account_name": _given("account_name", account_name),
            "sas_token": sas_token,
            "account_key": account_key,
            "protocol": protocol,
            "endpoint": endpoint,
            "workspace_msi_has_access": bool(grant_workspace_access),
            "subscription_id": subscription_id,
            "resource_group": resource_group,
        }
        made = AzureBlobDatastore(workspace, datastore_name, **arguments)
        datastore_records.check(workspace, datastore_name, overwrite)
        if not datastore_records.is_own(made) and (create_if_not_exists or not skip_validation):
            from aml_nb.core.data import azure_blob

            azure_blob.validate(made, create_if_not_exists)
        added: AzureBlobDatastore = datastore_records.add(made, arguments, overwrite)
        return added

    @staticmethod
    def register_azure_file_share(
        workspace: Workspace,
        datastore_name: str,
        file_share_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
    ) -> AzureFileDatastore:
        """Register a file share. Its facts are kept; its files cannot be reached from here.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        file_share_name, account_name : which share of which storage account.
        sas_token, account_key : what opens it; one of them is needed.
        protocol, endpoint : ``https`` and ``core.windows.net`` when left out.
        overwrite : replace a registration of the same name.
        create_if_not_exists, skip_validation : without effect, for the share is not asked.

        Raises
        ------
        UserErrorException : the name is taken, or nothing is given that opens the share.
        """
        arguments: dict[str, Any] = {
            "container_name": _given("file_share_name", file_share_name),
            "account_name": _given("account_name", account_name),
            "sas_token": sas_token,
            "account_key": account_key,
            "protocol": protocol,
        } | ({"endpoint": endpoint} if endpoint else {})
        made = AzureFileDatastore(workspace, datastore_name, **arguments)
        if not (sas_token or account_key or datastore_records.is_own(made)):
            raise UserErrorException(
                "A file share needs an account key or a SAS token.", hint="account_key=... or sas_token=..."
            )
        added: AzureFileDatastore = datastore_records.add(made, arguments, overwrite)
        return added

    @staticmethod
    def register_azure_data_lake(
        workspace: Workspace,
        datastore_name: str,
        store_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        overwrite: bool = False,
        grant_workspace_access: bool = False,
    ) -> AzureDataLakeDatastore:
        """Register a data lake of the first generation. Its facts are kept; Azure has ended the service.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        store_name : the lake's own name.
        tenant_id, client_id, client_secret, resource_url, authority_url : the service principal that opens it.
        subscription_id, resource_group, grant_workspace_access : kept; they matter in Azure.
        overwrite : replace a registration of the same name.

        Raises
        ------
        UserErrorException : the name is taken, or a part of the service principal is missing.
        """
        check_principal(tenant_id, client_id, client_secret)
        arguments: dict[str, Any] = {
            "store_name": _given("store_name", store_name),
            "tenant_id": tenant_id,
            "client_id": client_id,
            "client_secret": client_secret,
            "resource_url": resource_url,
            "authority_url": authority_url,
            "subscription_id": subscription_id,
            "resource_group": resource_group,
        }
        made = AzureDataLakeDatastore(workspace, datastore_name, **arguments)
        added: AzureDataLakeDatastore = datastore_records.add(made, arguments, overwrite)
        return added

    @staticmethod
    def register_azure_data_lake_gen2(
        workspace: Workspace,
        datastore_name: str,
        filesystem: str,
        account_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        grant_workspace_access: bool = False,
    ) -> AzureDataLakeGen2Datastore:
        """Register a data lake of the second generation, reached through ``adlfs`` when it is used.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        filesystem, account_name : the lake's file system, and its storage account.
        tenant_id, client_id, client_secret, resource_url, authority_url : the service principal that opens it;
            without it the user's own identity does.
        protocol, endpoint : ``https`` and ``core.windows.net`` when left out.
        overwrite : replace a registration of the same name.
        subscription_id, resource_group, grant_workspace_access : without effect here.

        Raises
        ------
        UserErrorException : the name is taken, or a part of the service principal is missing.
        """
        check_principal(tenant_id, client_id, client_secret)
        arguments: dict[str, Any] = {
            "container_name": _given("filesystem", filesystem),
            "account_name": _given("account_name", account_name),
            "tenant_id": tenant_id,
            "client_id": client_id,
            "client_secret": client_secret,
            "resource_url": resource_url,
            "authority_url": authority_url,
            "protocol": protocol,
            "endpoint": endpoint,
        }
        made = AzureDataLakeGen2Datastore(workspace, datastore_name, **arguments)
        added: AzureDataLakeGen2Datastore = datastore_records.add(made, arguments, overwrite)
        return added


def check_principal(tenant_id: str | None, client_id: str | None, client_secret: str | None) -> None:
    """A service principal has three parts: all of them are given, or none."""
    parts = {"tenant_id": tenant_id, "client_id": client_id, "client_secret": client_secret}
    missing = [name for name, value in parts.items() if not value]
    if missing and len(missing) < len(parts):
        raise UserErrorException(
            f"The service principal lacks {' and '.join(missing)}.", hint="give tenant_id, client_id and client_secret"
        )


def _given(what: str, value: str | None) -> str:
    if not value or not isinstance(value, str):
        raise UserErrorException(f"{what} must be a name, not {value!r}.", hint=f"{what}='...'")
    return value

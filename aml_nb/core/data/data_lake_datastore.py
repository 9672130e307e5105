"""Azure Data Lake Storage as datastores: Gen2 through ``adlfs``, Gen1 as a registration only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.data.abstract_datastore import AbstractDatastore
from aml_nb.core.data.hidden import Hidden
from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

AUTHORITY = "https://login.microsoftonline.com"
GEN1_RESOURCE, GEN2_RESOURCE = "https://datalake.azure.net/", "https://storage.azure.com/"


class AbstractADLSDatastore(AbstractDatastore):
    """A data lake, opened by a service principal or, without one, by the user's own identity.

    Parameters
    ----------
    workspace, name, datastore_type : whose it is, what it is called, and v1's word for its kind.
    tenant_id, client_id, client_secret : the service principal.
    resource_url, authority_url : where its token is for, and who gives it.
    service_data_access_auth_identity : which identity Azure's services use; kept.
    """

    client_secret = Hidden()

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        datastore_type: str,
        tenant_id: str | None,
        client_id: str | None,
        client_secret: str | None,
        resource_url: str | None,
        authority_url: str | None,
        service_data_access_auth_identity: str | None,
    ) -> None:
        super().__init__(workspace, name, datastore_type)
        self.tenant_id = tenant_id
        self.client_id = client_id
        self.client_secret = client_secret
        self.resource_url = resource_url
        self.authority_url = authority_url or AUTHORITY
        self.service_data_access_auth_identity = service_data_access_auth_identity


class AzureDataLakeDatastore(AbstractADLSDatastore):
    """A data lake of the first generation, which Azure has retired: its facts are kept.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    store_name : the lake's own name.
    tenant_id, client_id, client_secret, resource_url, authority_url, service_data_access_auth_identity : as its
        parent's.
    subscription_id, resource_group : of the lake; kept.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        store_name: str,
        tenant_id: str | None,
        client_id: str | None,
        client_secret: str | None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        service_data_access_auth_identity: str | None = None,
    ) -> None:
        super().__init__(
            workspace,
            name,
            "AzureDataLake",
            tenant_id,
            client_id,
            client_secret,
            resource_url or GEN1_RESOURCE,
            authority_url,
            service_data_access_auth_identity,
        )
        self.store_name = store_name
        self.subscription_id = subscription_id
        self.resource_group = resource_group

    def _filesystem(self) -> tuple[Any, str]:
        raise NotAvailableError(
            f"The datastore {self.name} is the Data Lake Gen1 {self.store_name}, a service that Azure has ended.",
            hint="register where its files are now: Datastore.register_azure_data_lake_gen2(...)",
        )

    def _facts(self) -> dict[str, Any]:
        return {"name": self.name, "store_name": self.store_name}


class AzureDataLakeGen2Datastore(AbstractADLSDatastore):
    """A data lake of the second generation.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    container_name, account_name : the lake's file system, and its storage account.
    tenant_id, client_id, client_secret, resource_url, authority_url, service_data_access_auth_identity : as its
        parent's.
    protocol, endpoint : ``https`` and ``core.windows.net`` when left out.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        container_name: str,
        account_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        service_data_access_auth_identity: str | None = None,
    ) -> None:
        super().__init__(
            workspace,
            name,
            "AzureDataLakeGen2",
            tenant_id,
            client_id,
            client_secret,
            resource_url or GEN2_RESOURCE,
            authority_url,
            service_data_access_auth_identity,
        )
        self.container_name = container_name
        self.account_name = account_name
        self.protocol = protocol or "https"
        self.endpoint = endpoint or "core.windows.net"

    def _filesystem(self) -> tuple[Any, str]:
        from aml_nb.core.data import azure_blob

        if "_connected" not in vars(self):
            self.__dict__["_connected"] = azure_blob.lake_filesystem(self)
        return vars(self)["_connected"], self.container_name

    def _facts(self) -> dict[str, Any]:
        return {"name": self.name, "container_name": self.container_name, "account_name": self.account_name}

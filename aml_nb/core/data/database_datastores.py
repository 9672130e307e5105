"""Databases as datastores: their facts and credentials are kept, so that notebooks which register them go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.data.abstract_datastore import AbstractDatastore
from aml_nb.core.data.hidden import Hidden

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

SQL_RESOURCE, AUTHORITY = "https://database.windows.net/", "https://login.microsoftonline.com"


class AzureSqlDatabaseDatastore(AbstractDatastore):
    """An Azure SQL database.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    server_name, database_name : which database.
    tenant_id, client_id, client_secret, resource_url, authority_url : the service principal that opens it, or
    username, password : the login that does.
    auth_type : ``ServicePrincipal``, ``SqlAuthentication`` or ``None``; told by what is given when left out.
    service_data_access_auth_identity : which identity Azure's services use; kept.
    """

    client_secret = Hidden()
    password = Hidden()

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        server_name: str,
        database_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        username: str | None = None,
        password: str | None = None,
        auth_type: str | None = None,
        service_data_access_auth_identity: str | None = None,
    ) -> None:
        super().__init__(workspace, name, "AzureSqlDatabase")
        self.server_name = server_name
        self.database_name = database_name
        self.tenant_id = tenant_id
        self.client_id = client_id
        self.client_secret = client_secret
        self.resource_url = resource_url or SQL_RESOURCE
        self.authority_url = authority_url or AUTHORITY
        self.username = username
        self.password = password
        self.auth_type = auth_type or ("ServicePrincipal" if client_id else "SqlAuthentication" if username else "None")
        self.service_data_access_auth_identity = service_data_access_auth_identity

    def _facts(self) -> dict[str, Any]:
        return {"name": self.name, "server_name": self.server_name, "database_name": self.database_name}


class _ServerDatastore(AbstractDatastore):
    """A database on a server with a user and a password."""

    user_password = Hidden()
    server_name: str
    database_name: str
    user_id: str
    port_number: str

    def _facts(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "server_name": self.server_name,
            "database_name": self.database_name,
            "port_number": self.port_number,
        }


class AzurePostgreSqlDatastore(_ServerDatastore):
    """An Azure PostgreSQL database.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    server_name, database_name, port_number : which database.
    user_id, user_password : the login that opens it.
    enforce_ssl : whether only an encrypted connection will do.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str | None,
        port_number: str | None = None,
        enforce_ssl: bool = True,
    ) -> None:
        super().__init__(workspace, name, "AzurePostgreSql")
        self.server_name = server_name
        self.database_name = database_name
        self.user_id = user_id
        self.user_password = user_password
        self.port_number = port_number or "5432"
        self.enforce_ssl = enforce_ssl


class AzureMySqlDatastore(_ServerDatastore):
    """An Azure MySQL database.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    server_name, database_name, port_number : which database.
    user_id, user_password : the login that opens it.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str | None,
        port_number: str | None = None,
    ) -> None:
        super().__init__(workspace, name, "AzureMySql")
        self.server_name = server_name
        self.database_name = database_name
        self.user_id = user_id
        self.user_password = user_password
        self.port_number = port_number or "3306"

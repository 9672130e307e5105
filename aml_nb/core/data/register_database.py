"""``Datastore.register_…`` for databases, Databricks and Hadoop."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data import datastore_records
from aml_nb.core.data.database_datastores import (
    AzureMySqlDatastore,
    AzurePostgreSqlDatastore,
    AzureSqlDatabaseDatastore,
)
from aml_nb.core.data.hadoop_datastores import DBFSDatastore, HDFSDatastore
from aml_nb.core.data.register_storage import check_principal
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class DatabaseRegistrations:
    """The registrations whose facts are kept and whose data cannot be reached from here."""

    @staticmethod
    def register_azure_sql_database(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        username: str | None = None,
        password: str | None = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        grant_workspace_access: bool = False,
        **kwargs: Any,
    ) -> AzureSqlDatabaseDatastore:
        """Register an Azure SQL database; its facts are kept.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        server_name, database_name : which database.
        tenant_id, client_id, client_secret, resource_url, authority_url : the service principal that opens it, or
        username, password : the login that does.
        overwrite : replace a registration of the same name.
        endpoint, subscription_id, resource_group, grant_workspace_access, kwargs : without effect here.

        Raises
        ------
        UserErrorException : the name is taken, or credentials are given in part or of both kinds.
        """
        check_principal(tenant_id, client_id, client_secret)
        if bool(username) != bool(password):
            raise UserErrorException("A login has two parts.", hint="give username and password")
        if username and client_id:
            raise UserErrorException(
                "A database is opened by a service principal or by a login, not by both.",
                hint="leave out either client_id or username",
            )
        arguments: dict[str, Any] = {
            "server_name": server_name,
            "database_name": database_name,
            "tenant_id": tenant_id,
            "client_id": client_id,
            "client_secret": client_secret,
            "resource_url": resource_url,
            "authority_url": authority_url,
            "username": username,
            "password": password,
        }
        made = AzureSqlDatabaseDatastore(workspace, datastore_name, **arguments)
        added: AzureSqlDatabaseDatastore = datastore_records.add(made, arguments, overwrite)
        return added

    @staticmethod
    def register_azure_postgre_sql(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        enforce_ssl: bool = True,
        **kwargs: Any,
    ) -> AzurePostgreSqlDatastore:
        """Register an Azure PostgreSQL database; its facts are kept.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        server_name, database_name, port_number : which database.
        user_id, user_password : the login that opens it.
        overwrite : replace a registration of the same name.
        enforce_ssl : whether only an encrypted connection will do.
        endpoint, kwargs : without effect here.

        Raises
        ------
        UserErrorException : the name is taken.
        """
        arguments: dict[str, Any] = {
            "server_name": server_name,
            "database_name": database_name,
            "user_id": user_id,
            "user_password": user_password,
            "port_number": None if port_number is None else str(port_number),
            "enforce_ssl": enforce_ssl,
        }
        made = AzurePostgreSqlDatastore(workspace, datastore_name, **arguments)
        added: AzurePostgreSqlDatastore = datastore_records.add(made, arguments, overwrite)
        return added

    @staticmethod
    def register_azure_my_sql(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        **kwargs: Any,
    ) -> AzureMySqlDatastore:
        """Register an Azure MySQL database; its facts are kept.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        server_name, database_name, port_number : which database.
        user_id, user_password : the login that opens it.
        overwrite : replace a registration of the same name.
        endpoint, kwargs : without effect here.

        Raises
        ------
        UserErrorException : the name is taken.
        """
        arguments: dict[str, Any] = {
            "server_name": server_name,
            "database_name": database_name,
            "user_id": user_id,
            "user_password": user_password,
            "port_number": None if port_number is None else str(port_number),
        }
        made = AzureMySqlDatastore(workspace, datastore_name, **arguments)
        added: AzureMySqlDatastore = datastore_records.add(made, arguments, overwrite)
        return added

    @staticmethod
    def register_dbfs(workspace: Workspace, datastore_name: str) -> DBFSDatastore:
        """Register Databricks' file system; its name is kept."""
        made: DBFSDatastore = datastore_records.add(DBFSDatastore(workspace, datastore_name), {}, False)
        return made

    @staticmethod
    def register_hdfs(
        workspace: Workspace,
        datastore_name: str,
        protocol: str,
        namenode_address: str,
        hdfs_server_certificate: str | None,
        kerberos_realm: str,
        kerberos_kdc_address: str,
        kerberos_principal: str,
        kerberos_keytab: str | None = None,
        kerberos_password: str | None = None,
        overwrite: bool = False,
    ) -> HDFSDatastore:
        """Register Hadoop's file system; its facts are kept.

        Parameters
        ----------
        workspace, datastore_name : where it is registered, and under what name.
        protocol, namenode_address : ``http`` or ``https``, and the name node's address.
        hdfs_server_certificate : the file with the server's certificate; None without one.
        kerberos_realm, kerberos_kdc_address, kerberos_principal : who gives the ticket, and to whom.
        kerberos_keytab, kerberos_password : the file with the key table, or the password: one of them.
        overwrite : replace a registration of the same name.

        Raises
        ------
        UserErrorException : the name is taken, a file cannot be read, or not exactly one credential is given.
        """
        if bool(kerberos_keytab) == bool(kerberos_password):
            raise UserErrorException(
                "Kerberos needs a key table or a password, and one of them only.",
                hint="kerberos_keytab='user.keytab' or kerberos_password='...'",
            )
        by_table = bool(kerberos_keytab)
        arguments: dict[str, Any] = {
            "protocol": protocol,
            "namenode_address": namenode_address,
            "hdfs_server_certificate_data": _bytes_of(hdfs_server_certificate),
            "kerberos_realm": kerberos_realm,
            "kerberos_kdc_address": kerberos_kdc_address,
            "kerberos_principal": kerberos_principal,
            "credential_value": _bytes_of(kerberos_keytab) if by_table else kerberos_password,
            "credential_type": "KerberosKeytab" if by_table else "KerberosPassword",
        }
        made: HDFSDatastore = datastore_records.add(
            HDFSDatastore(workspace, datastore_name, **arguments), arguments, overwrite
        )
        return made


def _bytes_of(path: str | None) -> str | None:
    """A file's bytes in base 64."""
    if path is None:
        return None
    try:
        return base64.b64encode(Path(path).read_bytes()).decode()
    except OSError as error:
        raise UserErrorException(f"{path} cannot be read: {error.strerror}.", hint=f"ls -l {path}") from error

"""Databricks' and Hadoop's file systems as datastores: their facts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.data.abstract_datastore import AbstractDatastore
from aml_nb.core.data.hidden import Hidden

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class DBFSDatastore(AbstractDatastore):
    """Databricks' file system.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    """

    def __init__(self, workspace: Workspace, name: str) -> None:
        super().__init__(workspace, name, "DBFS")


class HDFSDatastore(AbstractDatastore):
    """Hadoop's file system, opened by Kerberos.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    protocol, namenode_address : ``http`` or ``https``, and the name node's address.
    hdfs_server_certificate_data : the server's certificate, in base 64.
    kerberos_realm, kerberos_kdc_address, kerberos_principal : who gives the ticket, and to whom.
    credential_value, credential_type : the password, or the key table in base 64, and which of them it is.
    """

    credential_value = Hidden()

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        protocol: str,
        namenode_address: str,
        hdfs_server_certificate_data: str | None,
        kerberos_realm: str,
        kerberos_kdc_address: str,
        kerberos_principal: str,
        credential_value: str | None,
        credential_type: str,
    ) -> None:
        super().__init__(workspace, name, "Hdfs")
        self.protocol = protocol
        self.namenode_address = namenode_address
        self.hdfs_server_certificate_data = hdfs_server_certificate_data
        self.kerberos_realm = kerberos_realm
        self.kerberos_kdc_address = kerberos_kdc_address
        self.kerberos_principal = kerberos_principal
        self.credential_value = credential_value
        self.credential_type = credential_type

    def _facts(self) -> dict[str, Any]:
        return {"name": self.name, "protocol": self.protocol, "namenode_address": self.namenode_address}

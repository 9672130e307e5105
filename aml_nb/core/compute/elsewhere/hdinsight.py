"""Azure HDInsight: attached to run Spark jobs."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.compute.elsewhere.base import Elsewhere, ElsewhereConfiguration, one_of
from aml_nb.core.compute.refusals import nothing_to_attach


class HDInsightAttachConfiguration(ElsewhereConfiguration):
    """Which HDInsight cluster.

    Parameters
    ----------
    username, subscription_id, resource_group, cluster_name, resource_id, address, ssh_port, password,
        private_key_file, private_key_passphrase : which one, and how v1 would reach it.
    """

    def __init__(
        self,
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: str = "22",
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> None:
        super().__init__(HDInsightCompute)
        self.username = username
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.cluster_name = cluster_name
        self.resource_id = resource_id
        self.address = address
        self.ssh_port = ssh_port
        self.password = password
        self.private_key_file = private_key_file
        self.private_key_passphrase = private_key_passphrase
        self.validate_configuration()

    def _complaint(self) -> str | None:
        if not self.username:
            return "username must be given."
        return one_of(self, ("resource_id",), ("resource_group", "cluster_name"), ("address",))


class HDInsightCompute(Elsewhere):
    """Azure HDInsight: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "HDInsight"

    @staticmethod
    def attach_configuration(
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: str = "22",
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> NoReturn:
        """Say which one to attach; refused.

        Raises
        ------
        ComputeTargetException
            It does not say which.
        NotAvailableError
            It does: nothing here reaches Azure.
        """
        HDInsightAttachConfiguration(**locals())
        raise nothing_to_attach("HDInsightCompute")

    @staticmethod
    def attach(  # type: ignore[override]
        workspace: Any,
        name: str,
        username: str,
        address: str,
        ssh_port: str = "22",
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> NoReturn:
        """Attach it by what v1 first asked for; refused."""
        raise nothing_to_attach("HDInsightCompute")

    def get_credentials(self) -> NoReturn:
        """How to sign in to it; nobody can from here."""
        raise nothing_to_attach("HDInsightCompute")

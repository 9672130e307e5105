"""Azure Data Explorer: attached to run Kusto queries."""

from __future__ import annotations

from typing import NoReturn

from aml_nb.core.compute.elsewhere.base import Elsewhere, ElsewhereConfiguration, one_of
from aml_nb.core.compute.refusals import nothing_to_attach


class KustoAttachConfiguration(ElsewhereConfiguration):
    """Which Kusto cluster.

    Parameters
    ----------
    resource_group, workspace_name, resource_id, tenant_id, kusto_connection_string, application_id,
        application_key : which one, and how v1 would reach it.
    """

    def __init__(
        self,
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        tenant_id: str | None = None,
        kusto_connection_string: str | None = None,
        application_id: str | None = None,
        application_key: str | None = None,
    ) -> None:
        super().__init__(KustoCompute)
        self.resource_group = resource_group
        self.workspace_name = workspace_name
        self.resource_id = resource_id
        self.tenant_id = tenant_id
        self.kusto_connection_string = kusto_connection_string
        self.application_id = application_id
        self.application_key = application_key
        self.validate_configuration()

    def _complaint(self) -> str | None:
        return one_of(self, ("resource_id",), ("resource_group", "workspace_name"))


class KustoCompute(Elsewhere):
    """Azure Data Explorer: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "Kusto"

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        tenant_id: str | None = None,
        kusto_connection_string: str | None = None,
        application_id: str | None = None,
        application_key: str | None = None,
    ) -> NoReturn:
        """Say which one to attach; refused.

        Raises
        ------
        ComputeTargetException
            It does not say which.
        NotAvailableError
            It does: nothing here reaches Azure.
        """
        KustoAttachConfiguration(**locals())
        raise nothing_to_attach("KustoCompute")

    def get_credentials(self) -> NoReturn:
        """How to sign in to it; nobody can from here."""
        raise nothing_to_attach("KustoCompute")

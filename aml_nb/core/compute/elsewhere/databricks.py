"""Azure Databricks: attached to run notebooks on Spark."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.compute.elsewhere.base import Elsewhere, ElsewhereConfiguration, one_of
from aml_nb.core.compute.refusals import nothing_to_attach


class DatabricksAttachConfiguration(ElsewhereConfiguration):
    """Which Databricks workspace.

    Parameters
    ----------
    resource_group, workspace_name, resource_id, access_token : which one, and how v1 would reach it.
    """

    def __init__(
        self,
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        access_token: str = "",
    ) -> None:
        super().__init__(DatabricksCompute)
        self.resource_group = resource_group
        self.workspace_name = workspace_name
        self.resource_id = resource_id
        self.access_token = access_token
        self.validate_configuration()

    def _complaint(self) -> str | None:
        return one_of(self, ("resource_id",), ("resource_group", "workspace_name")) or (
            None if self.access_token else "access_token must be given."
        )


class DatabricksCompute(Elsewhere):
    """Azure Databricks: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "Databricks"

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        workspace_name: str | None = None,
        resource_id: str | None = None,
        access_token: str = "",
    ) -> NoReturn:
        """Say which one to attach; refused.

        Raises
        ------
        ComputeTargetException
            It does not say which.
        NotAvailableError
            It does: nothing here reaches Azure.
        """
        DatabricksAttachConfiguration(**locals())
        raise nothing_to_attach("DatabricksCompute")

    @staticmethod
    def attach(  # type: ignore[override]
        workspace: Any,
        name: str,
        resource_id: str,
        access_token: str,
    ) -> NoReturn:
        """Attach it by what v1 first asked for; refused."""
        raise nothing_to_attach("DatabricksCompute")

    def get_credentials(self) -> NoReturn:
        """How to sign in to it; nobody can from here."""
        raise nothing_to_attach("DatabricksCompute")

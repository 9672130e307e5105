"""Azure Data Lake Analytics: attached to run U-SQL scripts."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.compute.elsewhere.base import Elsewhere, ElsewhereConfiguration, one_of
from aml_nb.core.compute.refusals import nothing_to_attach


class DataLakeAnalyticsAttachConfiguration(ElsewhereConfiguration):
    """Which Data Lake Analytics account.

    Parameters
    ----------
    resource_group, account_name, resource_id : which one, and how v1 would reach it.
    """

    def __init__(
        self,
        resource_group: str | None = None,
        account_name: str | None = None,
        resource_id: str | None = None,
    ) -> None:
        super().__init__(AdlaCompute)
        self.resource_group = resource_group
        self.account_name = account_name
        self.resource_id = resource_id
        self.validate_configuration()

    def _complaint(self) -> str | None:
        return one_of(self, ("resource_id",), ("resource_group", "account_name"))


class AdlaCompute(Elsewhere):
    """Azure Data Lake Analytics: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "Adla"

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        account_name: str | None = None,
        resource_id: str | None = None,
    ) -> NoReturn:
        """Say which one to attach; refused.

        Raises
        ------
        ComputeTargetException
            It does not say which.
        NotAvailableError
            It does: nothing here reaches Azure.
        """
        DataLakeAnalyticsAttachConfiguration(**locals())
        raise nothing_to_attach("AdlaCompute")

    @staticmethod
    def attach(  # type: ignore[override]
        workspace: Any,
        name: str,
        resource_id: str,
    ) -> NoReturn:
        """Attach it by what v1 first asked for; refused."""
        raise nothing_to_attach("AdlaCompute")

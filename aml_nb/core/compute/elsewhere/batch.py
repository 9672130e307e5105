"""Azure Batch: attached to run executables."""

from __future__ import annotations

from typing import NoReturn

from aml_nb.core.compute.elsewhere.base import Elsewhere, ElsewhereConfiguration, one_of
from aml_nb.core.compute.refusals import nothing_to_attach


class BatchAttachConfiguration(ElsewhereConfiguration):
    """Which Batch account.

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
        super().__init__(BatchCompute)
        self.resource_group = resource_group
        self.account_name = account_name
        self.resource_id = resource_id
        self.validate_configuration()

    def _complaint(self) -> str | None:
        return one_of(self, ("resource_id",), ("resource_group", "account_name"))


class BatchCompute(Elsewhere):
    """Azure Batch: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "Batch"

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
        BatchAttachConfiguration(**locals())
        raise nothing_to_attach("BatchCompute")

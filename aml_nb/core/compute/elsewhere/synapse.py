"""A Spark pool of Azure Synapse: attached to run Spark jobs."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.compute.elsewhere.base import Elsewhere, ElsewhereConfiguration
from aml_nb.core.compute.refusals import nothing_to_attach


class SynapseAttachConfiguration(ElsewhereConfiguration):
    """Which Spark pool.

    Parameters
    ----------
    linked_service, type, pool_name : which one, and how v1 would reach it.
    """

    def __init__(
        self,
        linked_service: Any,
        type: str,
        pool_name: str,
    ) -> None:
        super().__init__(SynapseCompute)
        self.linked_service = linked_service
        self.type = type
        self.pool_name = pool_name
        self.validate_configuration()

    def _complaint(self) -> str | None:
        missing = [name for name in ("linked_service", "type", "pool_name") if not getattr(self, name)]
        if missing:
            return f"{missing[0]} must be given."
        return None if self.type == "SynapseSpark" else f"type is SynapseSpark, not {self.type!r}."


class SynapseCompute(Elsewhere):
    """A Spark pool of Azure Synapse: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "Synapse"

    @staticmethod
    def attach_configuration(
        linked_service: Any,
        type: str,
        pool_name: str,
    ) -> NoReturn:
        """Say which one to attach; refused.

        Raises
        ------
        ComputeTargetException
            It does not say which.
        NotAvailableError
            It does: nothing here reaches Azure.
        """
        SynapseAttachConfiguration(**locals())
        raise nothing_to_attach("SynapseCompute")

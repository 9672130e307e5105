"""Azure Data Factory: v1 has it copy data; here it is a name, and steps that copy do so on this machine."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.compute.configuration import ComputeTargetProvisioningConfiguration
from aml_nb.core.compute.elsewhere.base import ElsewhereConfiguration, one_of
from aml_nb.core.compute.refusals import nothing_to_attach
from aml_nb.core.compute.target import ComputeTarget


class DataFactoryAttachConfiguration(ElsewhereConfiguration):
    """Which data factory.

    Parameters
    ----------
    resource_group, factory_name, resource_id : which one, and how v1 would reach it.
    """

    def __init__(
        self,
        resource_group: str | None = None,
        factory_name: str | None = None,
        resource_id: str | None = None,
    ) -> None:
        super().__init__(DataFactoryCompute)
        self.resource_group = resource_group
        self.factory_name = factory_name
        self.resource_id = resource_id
        self.validate_configuration()

    def _complaint(self) -> str | None:
        return one_of(self, ("resource_id",), ("resource_group", "factory_name"))


class DataFactoryProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """A data factory to be made.

    Parameters
    ----------
    location : where v1 would make it.
    """

    def __init__(self, location: str | None) -> None:
        super().__init__(DataFactoryCompute, location)

    def validate_configuration(self) -> None:
        """Any location is as good as another."""


class DataFactoryCompute(ComputeTarget):
    """What a DataTransferStep names: it copies here, by a process of this machine.

    Parameters
    ----------
    workspace : the workspace.
    name : its name.

    Raises
    ------
    ComputeTargetException
        There is none of that name.
    """

    _compute_type = "DataFactory"

    def _take_own(self, own: dict[str, Any]) -> None:
        """It has nothing of its own."""

    @classmethod
    def _describe(cls, workspace: Any, config: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"location": config.location}, {}

    @classmethod
    def _attach(cls, workspace: Any, name: str, config: Any) -> NoReturn:
        raise nothing_to_attach(cls.__name__)

    @staticmethod
    def attach_configuration(
        resource_group: str | None = None,
        factory_name: str | None = None,
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
        DataFactoryAttachConfiguration(**locals())
        raise nothing_to_attach("DataFactoryCompute")

    @staticmethod
    def attach(  # type: ignore[override]
        workspace: Any,
        name: str,
        resource_id: str,
    ) -> NoReturn:
        """Attach it by what v1 first asked for; refused."""
        raise nothing_to_attach("DataFactoryCompute")

    @staticmethod
    def provisioning_configuration(location: str | None = None) -> DataFactoryProvisioningConfiguration:
        """A data factory to be made by ``ComputeTarget.create``.

        Parameters
        ----------
        location : kept with it.
        """
        return DataFactoryProvisioningConfiguration(location)

    def __repr__(self) -> str:
        return super().__repr__()

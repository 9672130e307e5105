"""A data science virtual machine: made by v1 to run scripts."""

from __future__ import annotations

from typing import NoReturn

from aml_nb.core.compute.configuration import ComputeTargetProvisioningConfiguration
from aml_nb.core.compute.elsewhere.base import Elsewhere
from aml_nb.core.compute.refusals import nothing_to_attach


class DsvmProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """A virtual machine to be made.

    Parameters
    ----------
    vm_size, ssh_port, location : what it is, and where v1 would make it.
    """

    def __init__(self, vm_size: str = "", ssh_port: int | None = None, location: str | None = None) -> None:
        super().__init__(DsvmCompute, location)
        self.vm_size = vm_size
        self.ssh_port = ssh_port

    def validate_configuration(self) -> None:
        """Whatever it is, it is refused when it is to be made."""


class DsvmCompute(Elsewhere):
    """A data science virtual machine: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "VirtualMachine"

    @staticmethod
    def provisioning_configuration(
        vm_size: str | None = None, ssh_port: int | None = None, location: str | None = None
    ) -> NoReturn:
        """A virtual machine to be made; refused.

        Raises
        ------
        NotAvailableError
            Nothing here reaches Azure.
        """
        raise nothing_to_attach("DsvmCompute")

    def get_credentials(self) -> NoReturn:
        """How to sign in to it; nobody can from here."""
        raise nothing_to_attach("DsvmCompute")

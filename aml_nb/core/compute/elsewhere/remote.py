"""A virtual machine: attached by SSH to run scripts."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.compute.elsewhere.base import Elsewhere, ElsewhereConfiguration, one_of
from aml_nb.core.compute.refusals import nothing_to_attach


class RemoteComputeAttachConfiguration(ElsewhereConfiguration):
    """Which virtual machine.

    Parameters
    ----------
    username, subscription_id, resource_group, vm_name, resource_id, address, ssh_port, password,
        private_key_file, private_key_passphrase : which one, and how v1 would reach it.
    """

    def __init__(
        self,
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        vm_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: int = 22,
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> None:
        super().__init__(RemoteCompute)
        self.username = username
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.vm_name = vm_name
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
        return one_of(self, ("resource_id",), ("resource_group", "vm_name"), ("address",))


class RemoteCompute(Elsewhere):
    """A virtual machine: of Azure, and not reached from here.

    Raises
    ------
    ComputeTargetException
        There is none of that name; there never is.
    """

    _compute_type = "Remote"

    @staticmethod
    def attach_configuration(
        username: str,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        vm_name: str | None = None,
        resource_id: str | None = None,
        address: str | None = None,
        ssh_port: int = 22,
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
        RemoteComputeAttachConfiguration(**locals())
        raise nothing_to_attach("RemoteCompute")

    @staticmethod
    def attach(  # type: ignore[override]
        workspace: Any,
        name: str,
        username: str,
        address: str,
        ssh_port: int = 22,
        password: str = "",
        private_key_file: str = "",
        private_key_passphrase: str = "",
    ) -> NoReturn:
        """Attach it by what v1 first asked for; refused."""
        raise nothing_to_attach("RemoteCompute")

    def get_credentials(self) -> NoReturn:
        """How to sign in to it; nobody can from here."""
        raise nothing_to_attach("RemoteCompute")

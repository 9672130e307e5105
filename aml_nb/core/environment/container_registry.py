"""Where a container image is pulled from, and who asks for it."""

from __future__ import annotations

from typing import Any

from aml_nb.core.environment.config_element import ConfigElement

__all__ = ["AzureContainerRegistry", "ContainerRegistry", "RegistryIdentity"]


class RegistryIdentity(ConfigElement):
    """The managed identity that pulls images.

    Attributes
    ----------
    resource_id : id of the user-assigned identity.
    client_id : client id of that identity.
    """

    _fields = ("resource_id", "client_id")

    def __init__(self) -> None:
        self.resource_id: str | None = None
        self.client_id: str | None = None
        super().__init__()


class ContainerRegistry(ConfigElement):
    """A container registry and the credentials for it.

    Attributes
    ----------
    address, username, password : the registry's host name and its login.
    registry_identity : a `RegistryIdentity` in place of a login.
    """

    _fields = ("address", "username", "password", "registry_identity")

    def __init__(self) -> None:
        self.address: str | None = None
        self.username: str | None = None
        self.password: str | None = None
        self.registry_identity: RegistryIdentity | None = None
        super().__init__()

    def _fill(self, payload: dict[str, Any] | None) -> None:
        super()._fill(payload)
        identity = (payload or {}).get("registryIdentity")
        if isinstance(identity, dict):
            self.registry_identity = RegistryIdentity()
            self.registry_identity._fill(identity)

    def __repr__(self) -> str:
        secret = "********" if self.password else None
        return f"ContainerRegistry(address={self.address!r}, username={self.username!r}, password={secret!r})"


class AzureContainerRegistry(ContainerRegistry):
    """The older name of `ContainerRegistry`, for one in Azure."""

    def __init__(self) -> None:
        super().__init__()

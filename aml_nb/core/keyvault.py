"""Keyvault: a workspace's secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.keyvault_file import Secret, Vault
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

NOT_PROVIDED = "Not Provided"


class Keyvault:
    """Secrets in an encrypted file of the workspace's folder.

    The key is in a file of the user's own, outside of every workspace (mode 0600), or with
    ``AML_NB_KEYVAULT=keyring`` in the system's keyring. Whoever can run programs as the user can read the secrets, as
    they must; whoever has a copy of the workspace cannot.

    Parameters
    ----------
    workspace : whose secrets.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._vault = Vault(workspace._folder)

    def __repr__(self) -> str:
        return f"Keyvault(workspace={self.workspace!r})"

    def set_secret(self, name: str, value: str, content_type: Any = NOT_PROVIDED) -> None:
        """Keep ``value`` under ``name`` (letters, digits and dashes), replacing what was there.

        Raises
        ------
        UserErrorException
            The name is none, or the value is no text.
        StoreError
            The key is missing, the keyring is locked, or the file cannot be written.
        """
        self._set({name: value}, str(getattr(content_type, "value", content_type)))

    def set_secrets(self, secrets_batch: dict[str, str]) -> None:
        """Keep several secrets at once, all or none; otherwise as ``set_secret``."""
        self._set(secrets_batch, NOT_PROVIDED)

    def _set(self, secrets: dict[str, str], kind: str) -> None:
        for name, value in secrets.items():
            names.check("secret", name)
            if not isinstance(value, str):
                raise UserErrorException(f"The value of the secret {name} must be a string.", hint="str(value)")
        self._vault.put({name: Secret(value, kind) for name, value in secrets.items()})

    def get_secret(self, name: str) -> str:
        """The value of a secret.

        Raises
        ------
        UserErrorException
            There is none of that name.
        StoreError
            The key is missing, the keyring is locked, or the file is damaged.
        """
        names.check("secret", name)
        value = self._vault.get(name)
        if value is None:
            raise self._missing(name)
        return value

    def get_secrets(self, secrets: list[str]) -> dict[str, str]:
        """The values of several secrets, by name; otherwise as ``get_secret``."""
        return {name: self.get_secret(name) for name in secrets}

    def get_secret_content_type(self, name: str) -> str:
        """What was said of the secret's content when it was set; UserErrorException where there is none."""
        names.check("secret", name)
        kind = self._vault.content_type(name)
        if kind is None:
            raise self._missing(name)
        return kind

    def delete_secret(self, name: str) -> None:
        """Forget a secret; nothing happens when there is none of that name."""
        self.delete_secrets([name])

    def delete_secrets(self, secrets: list[str]) -> None:
        """Forget several secrets."""
        self._vault.drop(list(secrets))

    def list_secrets(self) -> list[dict[str, str]]:
        """The names, without the values."""
        return [{"name": name} for name in self._vault.names()]

    def _missing(self, name: str) -> UserErrorException:
        return UserErrorException(
            f"There is no secret named {name} in the workspace {self.workspace.name}.",
            hint=f"ws.get_default_keyvault().set_secret({name!r}, value)",
        )

"""Keyvault: a workspace's secrets."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.store.errors import readable_files
from aml_nb.errors import StoreError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

NOT_PROVIDED = "Not Provided"


class Keyvault:
    """Secrets in a file of the workspace's folder that only its owner may read (mode 0600).

    They are not encrypted: whoever can run programs as the owner could read a key to them as well. Keep a
    secret that must not lie on this disk in the environment instead.

    Parameters
    ----------
    workspace : whose secrets.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._path = workspace._folder / "keyvault.json"

    def __repr__(self) -> str:
        return f"Keyvault(workspace={self.workspace!r})"

    def set_secret(self, name: str, value: str, content_type: Any = NOT_PROVIDED) -> None:
        """Keep ``value`` under ``name`` (letters, digits and dashes), replacing what was there."""
        self._set({name: value}, str(getattr(content_type, "value", content_type)))

    def set_secrets(self, secrets_batch: dict[str, str]) -> None:
        """Keep several secrets at once, all or none."""
        self._set(secrets_batch, NOT_PROVIDED)

    def _set(self, secrets: dict[str, str], kind: str) -> None:
        for name, value in secrets.items():
            names.check("secret", name)
            if not isinstance(value, str):
                raise UserErrorException(f"The value of the secret {name} must be a string.", hint="str(value)")
        new = {name: {"value": value, "content_type": kind} for name, value in secrets.items()}
        self._change(lambda kept: kept.update(new))

    def get_secret(self, name: str) -> str:
        """The value of a secret; UserErrorException when there is none of that name."""
        return str(self._entry(name)["value"])

    def get_secrets(self, secrets: list[str]) -> dict[str, str]:
        """The values of several secrets, by name."""
        return {name: self.get_secret(name) for name in secrets}

    def get_secret_content_type(self, name: str) -> str:
        """What was said of the secret's content when it was set."""
        return str(self._entry(name)["content_type"])

    def delete_secret(self, name: str) -> None:
        """Forget a secret; nothing happens when there is none of that name."""
        self.delete_secrets([name])

    def delete_secrets(self, secrets: list[str]) -> None:
        """Forget several secrets."""

        def drop(kept: dict[str, Any]) -> None:
            for name in secrets:
                kept.pop(name, None)

        self._change(drop)

    def list_secrets(self) -> list[dict[str, str]]:
        """The names, without the values."""
        return [{"name": name} for name in sorted(self._read())]

    def _entry(self, name: str) -> dict[str, Any]:
        names.check("secret", name)
        secrets = self._read()
        if name not in secrets:
            raise UserErrorException(
                f"There is no secret named {name} in the workspace {self.workspace.name}.",
                hint=f"ws.get_default_keyvault().set_secret({name!r}, value)",
            )
        entry: dict[str, Any] = secrets[name]
        return entry

    def _read(self) -> dict[str, Any]:
        try:
            secrets: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise StoreError(f"{self._path} is damaged: {error}", hint=f"mend or delete {self._path}") from error
        return secrets

    def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        with readable_files(self.workspace._folder), self._locked():
            secrets = self._read()
            change(secrets)
            staged = self._path.with_suffix(".new")
            staged.unlink(missing_ok=True)
            handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(secrets, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(staged, self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

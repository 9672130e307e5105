"""The file of a workspace's secrets: names in the open, each value encrypted (Fernet: AES-128-CBC with HMAC-SHA256).

``{"version": 2, "key": {"id": …, "in": "file"}, "secrets": {name: {"content_type": …, "token": …}}}``. A token holds
its name too, so that nobody gives a secret out under another's name by moving tokens about. Before version 2 the file
was plain; such a one is encrypted when it is next looked at.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aml_nb.core import keyvault_key
from aml_nb.core.store.errors import readable_files
from aml_nb.errors import AmlError, StoreError

VERSION = 2


class Secret(NamedTuple):
    """A secret and what was said of its content."""

    value: str
    content_type: str


class Vault:
    """The secrets of one workspace.

    Parameters
    ----------
    folder : the workspace's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "keyvault.json"

    def names(self) -> list[str]:
        """The names; no key is needed for them."""
        return sorted(self._read()["secrets"])

    def content_type(self, name: str) -> str | None:
        """What was said of the secret's content; None where there is no such secret. No key is needed."""
        entry = self._read()["secrets"].get(name)
        return None if entry is None else str(entry["content_type"])

    def get(self, name: str) -> str | None:
        """The value of a secret; None where there is none of that name.

        Raises
        ------
        StoreError
            The key is missing or another one, or the file is damaged.
        """
        kept = self._read()
        entry = kept["secrets"].get(name)
        if entry is None:
            return None
        return entry["value"] if "value" in entry else self._opened(kept, name, self._key(kept))

    def put(self, secrets: Mapping[str, Secret]) -> None:
        """Keep secrets, all or none."""

        def change(kept: dict[str, Any], key: bytes) -> None:
            kept["secrets"].update({name: _closed(name, secret, key) for name, secret in secrets.items()})

        self._change(change)

    def drop(self, names: list[str]) -> None:
        """Forget secrets; the key is not needed for that."""
        with readable_files(self.folder), self._locked():
            kept = self._read(migrate=False)
            left = {name: entry for name, entry in kept["secrets"].items() if name not in names}
            if left != kept["secrets"]:
                self._write({**kept, "secrets": left})

    def _read(self, migrate: bool = True) -> dict[str, Any]:
        try:
            kept: Any = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"version": VERSION, "key": None, "secrets": {}}
        except ValueError as error:
            raise self._damaged(str(error)) from error
        if not isinstance(kept, dict):
            raise self._damaged("it holds no secrets")
        if isinstance(kept.get("version"), int):
            if kept["version"] > VERSION or not isinstance(kept.get("secrets"), dict):
                raise self._damaged("it is of a newer version, or not whole")
            return kept
        return self._migrated(kept, migrate)

    def _migrated(self, plain: dict[str, Any], write: bool) -> dict[str, Any]:
        """The secrets of a plain file, which is encrypted if that can be done now; a file that cannot is still read."""
        if not all(isinstance(entry, dict) and "value" in entry for entry in plain.values()):
            raise self._damaged("it holds no secrets")
        kept = {"version": VERSION, "key": None, "secrets": plain}
        if write:
            try:
                self._change(lambda kept, key: None)
                return self._read(migrate=False)
            except (AmlError, OSError):
                pass
        return kept

    def _change(self, change: Callable[[dict[str, Any], bytes], None]) -> None:
        """Change the secrets under the key of today's choice; those under another are encrypted anew."""
        place = keyvault_key.chosen()
        with readable_files(self.folder), self._locked():
            kept = self._read(migrate=False)
            tokens = [name for name, entry in kept["secrets"].items() if "token" in entry]
            if tokens and (kept["key"] or {}).get("in") == place:
                key = self._key(kept)
            else:
                key = keyvault_key.find_or_make(place)
                self._encrypt_anew(kept, tokens, key)
            for name, entry in kept["secrets"].items():
                if "value" in entry:
                    kept["secrets"][name] = _closed(name, Secret(entry["value"], entry["content_type"]), key)
            change(kept, key)
            kept["key"] = {"id": keyvault_key.identity(key), "in": place}
            self._write(kept)

    def _encrypt_anew(self, kept: dict[str, Any], names: list[str], key: bytes) -> None:
        before = self._key(kept) if names else b""
        for name in names:
            value = self._opened(kept, name, before)
            kept["secrets"][name] = _closed(name, Secret(value, kept["secrets"][name]["content_type"]), key)

    def _key(self, kept: dict[str, Any]) -> bytes:
        """The key that the secrets are under; never a new one, which would open nothing."""
        about = kept.get("key") or {}
        place = str(about.get("in", keyvault_key.FILE))
        key = keyvault_key.find(place)
        lost = f"or delete {self.path} and set the secrets again"
        if key is None:
            raise StoreError(
                f"The key to the secrets of this workspace is missing: it was in {keyvault_key.where(place)}.",
                hint=f"put it back from a backup, {lost}",
            )
        if keyvault_key.identity(key) != about.get("id"):
            raise StoreError(
                f"The secrets of this workspace are under another key than the one in {keyvault_key.where(place)}.",
                hint=f"put that key back (AML_NB_KEYVAULT_KEY names its file), {lost}",
            )
        return key

    def _opened(self, kept: dict[str, Any], name: str, key: bytes) -> str:
        from cryptography.fernet import Fernet, InvalidToken

        try:
            told = json.loads(Fernet(key).decrypt(str(kept["secrets"][name]["token"]).encode()))
            whose, value = told["name"], str(told["value"])
        except (InvalidToken, ValueError, KeyError, TypeError) as error:
            raise self._damaged(f"the secret {name} cannot be decrypted") from error
        if whose != name:
            raise self._damaged(f"what stands under {name} is another secret")
        return value

    def _damaged(self, why: str) -> StoreError:
        return StoreError(f"{self.path} is damaged: {why}", hint=f"mend or delete {self.path}")

    def _write(self, kept: dict[str, Any]) -> None:
        staged = self.path.with_suffix(".new")
        staged.unlink(missing_ok=True)
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(staged, self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _closed(name: str, secret: Secret, key: bytes) -> dict[str, str]:
    from cryptography.fernet import Fernet

    token = Fernet(key).encrypt(json.dumps({"name": name, "value": secret.value}).encode())
    return {"content_type": secret.content_type, "token": token.decode()}

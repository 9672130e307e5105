"""The key to a user's secrets: a file that nobody else may read, outside of every workspace, or the system's keyring.

So a workspace's folder can be copied, backed up or committed without its secrets.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import tempfile
from pathlib import Path

from aml_nb.core import keyvault_ring
from aml_nb.errors import StoreError, UserErrorException

VARIABLE, PATH_VARIABLE = "AML_NB_KEYVAULT", "AML_NB_KEYVAULT_KEY"
FILE, KEYRING = "file", "keyring"
_LENGTH = 32


def chosen() -> str:
    """Where keys of new vaults are: AML_NB_KEYVAULT, else in a file.

    Raises
    ------
    UserErrorException
        AML_NB_KEYVAULT is neither.
    """
    told = os.environ.get(VARIABLE, "").strip().lower() or FILE
    if told not in (FILE, KEYRING):
        raise UserErrorException(f"{VARIABLE} is {FILE} or {KEYRING}, not {told!r}.", hint=f"export {VARIABLE}={FILE}")
    return told


def path() -> Path:
    """The key's file: AML_NB_KEYVAULT_KEY, else beside the workspaces of AML_NB_HOME, else in the user's settings."""
    named = os.environ.get(PATH_VARIABLE) or os.environ.get("AML_NB_HOME")
    if os.environ.get(PATH_VARIABLE):
        return Path(str(named)).expanduser().absolute()
    if named:
        return Path(named).expanduser().absolute() / "keyvault.key"
    import platformdirs

    return Path(platformdirs.user_config_dir("aml_nb", appauthor=False)) / "keyvault.key"


def find(place: str) -> bytes | None:
    """The key, None where there is none yet.

    Raises
    ------
    StoreError
        It is damaged, or may not be read; the keyring is missing, locked or does not answer.
    """
    if place == KEYRING:
        kept = keyvault_ring.get()
        return None if kept is None else _checked(kept, "the key in the system's keyring")
    try:
        return _checked(path().read_text(encoding="ascii"), str(path()))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            f"The key to the secrets in {path()} cannot be read: {error}", hint=f"mend {path()}, which is yours alone"
        ) from error


def find_or_make(place: str) -> bytes:
    """The key; whoever comes first makes it, and all others get the same one."""
    found = find(place)
    if found is not None:
        return found
    made = base64.urlsafe_b64encode(os.urandom(_LENGTH)).decode()
    if place == KEYRING:
        keyvault_ring.set(made)
    else:
        _put(path(), made)
    found = find(place)
    if found is None:
        raise StoreError(f"The key to the secrets could not be kept in the {place}.", hint=f"export {VARIABLE}={FILE}")
    return found


def identity(key: bytes) -> str:
    """What tells a key from others without giving it away."""
    return hashlib.sha256(b"aml_nb keyvault key " + key).hexdigest()[:16]


def where(place: str) -> str:
    """Where a key is, for people."""
    return str(path()) if place == FILE else "the system's keyring"


def _checked(text: str, what: str) -> bytes:
    key = text.strip().encode()
    try:
        good = len(base64.urlsafe_b64decode(key)) == _LENGTH
    except (binascii.Error, ValueError):
        good = False
    if not good:
        raise StoreError(f"The key to the secrets, {what}, is damaged.", hint="put it back as it was, from a backup")
    return key


def _put(place: Path, text: str) -> None:
    """Write the file; of two who do so at once the first to link it wins."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, staged = tempfile.mkstemp(dir=place.parent, prefix=".key-")
    except OSError as error:
        raise StoreError(
            f"The key to the secrets cannot be kept in {place}: {error.strerror or error}",
            hint=f"export {PATH_VARIABLE}=FILE, a file that only you may read",
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(staged, place)
    except FileExistsError:
        pass
    finally:
        Path(staged).unlink(missing_ok=True)

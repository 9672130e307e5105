"""What a database or a file system says, in words that name the next step."""

from __future__ import annotations

import errno
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aml_nb.errors import StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def readable(path: Path | None) -> Iterator[None]:
    """Turn what goes wrong with the database at ``path`` (None: a server) into a StoreError."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        raise _explain(str(error.orig).strip(), path) from error
    except sqlite3.Error as error:
        raise _explain(str(error), path) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"AML_NB_STORE needs the package {error.name}.", hint='pip install "aml_nb[postgresql]"'
        ) from error


@contextmanager
def readable_files(folder: str | Path) -> Iterator[None]:
    """Turn a full disk or a read-only folder into a StoreError; nothing half-written is left."""
    try:
        yield
    except OSError as error:
        told = explained(error, folder)
        if told is error:
            raise
        raise told from error


def explained(error: OSError, folder: str | Path) -> Exception:
    """A StoreError for a full disk or a read-only folder; another error as it is."""
    if error.errno in _FULL:
        return full(folder)
    if error.errno in _READ_ONLY:
        return read_only(error.filename or folder)
    return error


def full(where: str | Path) -> StoreError:
    """No room left."""
    return StoreError(
        f"There is no room left on the disk that holds {where}; nothing was written.",
        hint="free some space (Model.delete() of versions no service uses helps), or set AML_NB_HOME to a "
        "folder on another disk",
    )


def read_only(where: str | Path) -> StoreError:
    """The folder may not be written."""
    return StoreError(
        f"{where} cannot be written.",
        hint=f"chmod -R u+rwX {where}, or set AML_NB_HOME to a folder of yours",
    )


def _explain(text: str, path: Path | None) -> StoreError:
    if path is None:
        return StoreError(
            f"The database server of AML_NB_STORE refused: {text.splitlines()[0] if text else 'no reason given'}",
            hint="check that the server runs and that AML_NB_STORE names it, its user and its database",
        )
    if re.search("malformed|not a database|no such (table|column)", text):
        return _damaged(text, path)
    if re.search("readonly|unable to open database", text):
        return read_only(path.parent)
    if "full" in text:
        return full(path.parent)
    if "locked" in text:
        return StoreError(
            f"Another process has kept {path} locked for a minute.",
            hint="try again; if it stays so, restart the notebook kernel that holds it",
        )
    return StoreError(f"The database {path} cannot be used: {text}")


def _damaged(text: str, path: Path) -> StoreError:
    backup = path.with_name("store.db.backup")
    if backup.is_file():
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(backup.stat().st_mtime))
        return StoreError(
            f"The workspace's database {path} is damaged ({text}). There is a copy of it as it was on {made}, and "
            f"the models' files in {path.parent / 'artifacts'} are not touched.",
            hint=f"keep what is damaged and go on with the copy: cd {path.parent} && mv {path.name} damaged.db && "
            f"rm -f {path.name}-wal {path.name}-shm && cp {backup.name} {path.name}",
        )
    return StoreError(
        f"The workspace's database {path} is damaged ({text}). The models' files in "
        f"{path.parent / 'artifacts'} are not touched.",
        hint=f"keep a copy of {path.parent}, then put back a backup of {path.name}, or rescue what can be read: "
        f'cd {path.parent} && sqlite3 {path.name} ".recover" | sqlite3 rescued.db && rm -f {path.name}-wal '
        f"{path.name}-shm && mv rescued.db {path.name}",
    )

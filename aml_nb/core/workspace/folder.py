"""Where workspaces live: ``<home>/workspaces/<name>``.

A workspace of another subscription or resource group than the default ones has a mark of these behind its
name, for two groups may each have a workspace of one name. Whatever says what a workspace is stands in its
``workspace.json``; opening none of them needs a database.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from aml_nb.core.store.artifacts import sync_folder
from aml_nb.core.store.errors import readable_files
from aml_nb.core.workspace import upkeep
from aml_nb.errors import StoreError, UserErrorException, WorkspaceException

DEFAULT_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
DEFAULT_GROUP = "aml_nb"
DEFAULT_NAME = "default"
DEFAULT_LOCATION = "local"
FILE = "workspace.json"
_NEW = ".new-"
_OLD = ".deleted-"
_LONGEST = 200


def home() -> Path:
    """The folder of everything: ``AML_NB_HOME``, or the user's data directory."""
    named = os.environ.get("AML_NB_HOME")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("aml_nb", appauthor=False))


def folder_of(subscription: str, group: str, name: str) -> Path:
    """The folder of one workspace, whether it exists or not."""
    for value, what in ((subscription, "subscription id"), (group, "resource group")):
        if not value or len(value) > _LONGEST:
            raise UserErrorException(f"The {what} {value[:40]!r} is empty or too long.", hint=f"give a shorter {what}")
    scope = (subscription.casefold(), group.casefold())
    if scope == (DEFAULT_SUBSCRIPTION, DEFAULT_GROUP):
        return home() / "workspaces" / name
    mark = hashlib.sha256(json.dumps(scope).encode()).hexdigest()[:10]
    return home() / "workspaces" / f"{name}@{mark}"


def find(
    subscription: str | None = None, group: str | None = None, name: str | None = None
) -> list[tuple[Path, dict[str, Any]]]:
    """The workspaces that match what is given, in the order in which they were made."""
    if subscription and group and name:
        candidates: Iterator[Path] = iter([folder_of(subscription, group, name)])
    else:
        candidates = (home() / "workspaces").glob("*")
    wanted = {"subscription_id": subscription, "resource_group": group, "name": name}
    matching = [
        (folder, facts)
        for folder, facts in _readable(candidates)
        if all(value is None or _same(facts[key], value) for key, value in wanted.items())
    ]
    return sorted(matching, key=lambda pair: float(pair[1].get("created", 0)))


def _readable(folders: Iterator[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for folder in folders:
        if folder.name.startswith("."):
            continue
        # Another process deletes it at this moment, or it is another user's in a home that several share.
        with suppress(WorkspaceException, PermissionError):
            if (folder / FILE).is_file():
                yield folder, read(folder)


def read(folder: Path) -> dict[str, Any]:
    """What ``workspace.json`` says."""
    path = folder / FILE
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        missing = {"id", "name", "subscription_id", "resource_group"} - facts.keys()
    except FileNotFoundError:
        raise WorkspaceException(f"There is no workspace in {folder}.", hint="Workspace.create(name=...)") from None
    except (ValueError, AttributeError) as error:
        raise StoreError(f"{path} is damaged: {error}", hint=f"mend {path} by hand, or delete {folder}") from error
    if missing:
        raise StoreError(f"{path} lacks {', '.join(sorted(missing))}.", hint=f"mend {path} by hand")
    return facts


def write(folder: Path, facts: dict[str, Any]) -> None:
    """Replace ``workspace.json`` in one step."""
    staged = folder / f"{FILE}.{uuid.uuid4().hex}"
    with readable_files(folder):
        try:
            with staged.open("x", encoding="utf-8") as file:
                json.dump(facts, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            os.replace(staged, folder / FILE)
            sync_folder(folder)
        finally:
            staged.unlink(missing_ok=True)


def make(facts: dict[str, Any]) -> Path:
    """Make a workspace's folder with everything in it, in one step; FileExistsError when it is there."""
    final = folder_of(facts["subscription_id"], facts["resource_group"], facts["name"])
    with readable_files(home()):
        final.parent.mkdir(parents=True, exist_ok=True)
        _sweep(final.parent)
        staged = final.parent / f"{_NEW}{uuid.uuid4().hex}"
        staged.mkdir(mode=0o700)
        try:
            _fill(staged, facts)
            if final.exists():
                raise FileExistsError(str(final))
            os.rename(staged, final)
        except OSError as error:
            if final.exists():
                raise FileExistsError(str(final)) from error
            raise
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        sync_folder(final.parent)
    return final


def remove(folder: Path) -> None:
    """Take a workspace's folder away: gone at once for everybody, then deleted."""
    old = folder.parent / f"{_OLD}{uuid.uuid4().hex}"
    with readable_files(folder.parent):
        os.rename(folder, old)
        sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _fill(folder: Path, facts: dict[str, Any]) -> None:
    from aml_nb.core.store import Store

    url = os.environ.get("AML_NB_STORE") if facts["store"] == "server" else None
    Store.create(folder, facts["id"], url).close()
    for name in ("artifacts", "datastores"):
        (folder / name).mkdir()
    upkeep.mark(folder)
    write(folder, facts)


def _sweep(parent: Path, older_than: float = 3600.0) -> None:
    """Remove what a killed process left behind."""
    for entry in list(os.scandir(parent)):
        with suppress(FileNotFoundError):  # another process is done with it
            old = entry.name.startswith(_NEW) and entry.stat().st_mtime < time.time() - older_than
            if old or entry.name.startswith(_OLD):
                shutil.rmtree(entry.path, ignore_errors=True)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()

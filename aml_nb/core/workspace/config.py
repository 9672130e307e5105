"""``config.json``: how a folder names its workspace, in both of v1's forms."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from aml_nb.core.store.errors import readable_files
from aml_nb.core.workspace.folder import home
from aml_nb.errors import UserErrorException

_FOLDERS = (".azureml", "aml_config", "")
_FILES = ("config.json", "project.json")
_SCOPE = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.MachineLearningServices/workspaces/(?P<name>[^/]+)/?",
    re.IGNORECASE,
)


class Address(NamedTuple):
    """What names a workspace."""

    subscription: str
    group: str
    name: str

    @property
    def scope(self) -> str:
        """The resource id that v1 writes and reads."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        )


def find(start: str | Path | None = None, file_name: str | None = None) -> Path | None:
    """The configuration file that holds for ``start``: itself, or the nearest in it and above it."""
    path = Path(start or os.getcwd()).expanduser().absolute()
    if path.is_file():
        return path
    names = (file_name,) if file_name else _FILES
    for folder in (path, *path.parents):
        for below in _FOLDERS:
            for name in names:
                file = folder / below / name
                if file.is_file() and (below or file_name or not _is_somebody_elses(file)):
                    return file
    return None


def _is_somebody_elses(path: Path) -> bool:
    """Whether a plain ``config.json`` on the way up belongs to another program, as many do."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False
    return not isinstance(data, dict) or not data.keys() & {"Scope", "subscription_id", "workspace_name"}


def read(path: Path) -> Address:
    """The workspace that a configuration file names; ``Scope`` wins over the three single keys."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise UserErrorException(
            f"{path} cannot be read as JSON: {error}", hint="ws.write_config() writes a good one"
        ) from error
    if isinstance(data, dict):
        if match := _SCOPE.fullmatch(str(data.get("Scope") or "")):
            return Address(match["subscription"], match["group"], match["name"])
        keys = ("subscription_id", "resource_group", "workspace_name")
        if all(isinstance(data.get(key), str) and data[key] for key in keys):
            return Address(*(data[key] for key in keys))
    raise UserErrorException(
        f"{path} names no workspace: it needs the keys subscription_id, resource_group and workspace_name, or Scope.",
        hint="ws.write_config() writes a good one",
    )


def write(address: Address, path: str | Path | None = None, file_name: str | None = None) -> Path:
    """Write v1's form below ``path``, in ``.azureml`` or in an ``aml_config`` that is there."""
    root = Path(path or os.getcwd()).expanduser().absolute()
    below = next((name for name in _FOLDERS[:2] if (root / name).is_dir()), _FOLDERS[0])
    folder = root / below
    name = file_name or ("project.json" if (folder / "project.json").is_file() else "config.json")
    with readable_files(root):
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / name, {"Id": None, "Scope": address.scope})
    return folder / name


def default() -> Address | None:
    """The user's default workspace, where one was chosen."""
    path = home() / "config.json"
    return read(path) if path.is_file() else None


def set_default(address: Address) -> None:
    """Choose the workspace that ``Workspace.from_config()`` opens where there is no file."""
    with readable_files(home()):
        home().mkdir(parents=True, exist_ok=True)
        _replace(home() / "config.json", {"Id": None, "Scope": address.scope})


def _replace(path: Path, data: dict[str, Any]) -> None:
    staged = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        staged.write_text(json.dumps(data), encoding="utf-8")
        os.replace(staged, path)
    finally:
        staged.unlink(missing_ok=True)

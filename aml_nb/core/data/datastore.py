"""Datastores: the two that every workspace has, as folders of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.store.artifacts import walk
from aml_nb.core.store.errors import readable_files
from aml_nb.errors import NotAvailableError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

DEFAULT = "workspaceblobstore"
SETTING = "default_datastore"


class AbstractDatastore:
    """A named place for data.

    Parameters
    ----------
    workspace, name, datastore_type : whose it is, what it is called, and v1's word for its kind.
    """

    def __init__(self, workspace: Workspace, name: str, datastore_type: str) -> None:
        self.workspace = workspace
        self.name = name
        self.datastore_type = datastore_type

    def set_as_default(self) -> None:
        """Use this datastore where none is named."""
        self.workspace._store.records("setting").put(SETTING, {"name": self.name})

    def unregister(self) -> NoReturn:
        """Not available: the workspace's own datastores stay."""
        _missing("unregister()")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name!r})"


class _FolderDatastore(AbstractDatastore):
    """A datastore in a folder of the workspace."""

    _type = ""

    def __init__(self, workspace: Workspace, name: str) -> None:
        super().__init__(workspace, name, self._type)
        self.container_name = name
        self.account_name = workspace.name
        self.protocol = "file"
        self.endpoint = str(self._folder)

    @property
    def _folder(self) -> Path:
        return self.workspace._folder / "datastores" / self.name

    def upload(
        self, src_dir: str, target_path: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> None:
        """Copy the files below ``src_dir`` to ``target_path``; those that are there stay unless ``overwrite``."""
        source = Path(src_dir)
        if not source.is_dir():
            raise UserErrorException(f"There is no folder {src_dir}.", hint="give the folder that holds the files")
        self._upload(list(walk(source)), target_path, overwrite, show_progress)

    def upload_files(
        self,
        files: list[str],
        relative_root: str | None = None,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> None:
        """Copy single files to ``target_path``, keeping what their paths have below ``relative_root``."""
        pairs = []
        for file in files:
            path = Path(file)
            if not path.is_file():
                raise UserErrorException(f"There is no file {file}.", hint="give paths of files that are there")
            pairs.append((_below(path, relative_root) if relative_root else path.name, path))
        self._upload(pairs, target_path, overwrite, show_progress)

    def download(
        self, target_path: str, prefix: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> int:
        """Copy the files whose path begins with ``prefix`` to ``target_path``; returns how many."""
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = [(name, path) for name, path in walk(self._folder) if name.startswith(prefix or "")]
        return _copy(wanted, Path(target_path), overwrite, show_progress, "Downloaded")

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> NoReturn:
        """Not available yet."""
        _missing("path()")

    def as_mount(self) -> NoReturn:
        """Not available yet."""
        _missing("as_mount()")

    def as_download(self, path_on_compute: str | None = None) -> NoReturn:
        """Not available yet."""
        _missing("as_download()")

    def as_upload(self, path_on_compute: str | None = None) -> NoReturn:
        """Not available yet."""
        _missing("as_upload()")

    def _upload(
        self, files: list[tuple[str, Path]], target_path: str | None, overwrite: bool, show_progress: bool
    ) -> None:
        target = (self._folder / (target_path or "").lstrip("/")).resolve()
        if not target.is_relative_to(self._folder.resolve()):
            raise UserErrorException(
                f"target_path {target_path!r} leads out of the datastore.", hint="give a path without '..'"
            )
        _copy(files, target, overwrite, show_progress, "Uploaded")


class AzureBlobDatastore(_FolderDatastore):
    """The datastore that stands for the workspace's blob container."""

    _type = "AzureBlob"


class AzureFileDatastore(_FolderDatastore):
    """The datastore that stands for the workspace's file share."""

    _type = "AzureFile"


_KINDS = {DEFAULT: AzureBlobDatastore, "workspacefilestore": AzureFileDatastore}


class _Registering(type):
    """``Datastore.register_…`` for storage elsewhere: each says that it is not there, when it is called."""

    def __getattr__(cls, name: str) -> Callable[..., NoReturn]:
        if not name.startswith("register_"):
            raise AttributeError(f"type object 'Datastore' has no attribute {name!r}")
        return lambda *arguments, **named: _missing(f"{name}()")


class Datastore(metaclass=_Registering):
    """Gets a datastore by name; without one, the default. It is never an instance of this class.

    Raises
    ------
    UserErrorException : there is none of that name.
    """

    def __new__(cls, workspace: Workspace, name: str | None = None) -> Any:
        return cls.get_default(workspace) if name is None else cls.get(workspace, name)

    def __init__(self, workspace: Workspace, name: str | None = None) -> None:
        self.workspace = workspace
        self.name = name

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> Any:
        """The datastore of that name."""
        if datastore_name not in _KINDS:
            raise UserErrorException(
                f"There is no datastore named {datastore_name} in the workspace {workspace.name}. "
                f"There are: {', '.join(_KINDS)}.",
                hint=f"Datastore.get(ws, {DEFAULT!r})",
            )
        return _KINDS[datastore_name](workspace, datastore_name)

    @staticmethod
    def get_default(workspace: Workspace) -> Any:
        """The datastore that is used where none is named."""
        chosen = workspace._store.records("setting").get(SETTING) or {"name": DEFAULT}
        return Datastore.get(workspace, chosen["name"])

    def set_as_default(self) -> NoReturn:
        """Never reached: getting a datastore gives one of another class."""
        _missing("set_as_default()")

    def unregister(self) -> NoReturn:
        """Never reached: getting a datastore gives one of another class."""
        _missing("unregister()")


def list_datastores(workspace: Workspace) -> dict[str, Any]:
    """Every datastore of a workspace, by name."""
    return {name: kind(workspace, name) for name, kind in _KINDS.items()}


def _below(path: Path, root: str) -> str:
    """The path of a file relative to ``root``, which it must lie in, whatever dots either has."""
    name = os.path.relpath(path, root)
    if name.split(os.sep)[0] == os.pardir:
        raise UserErrorException(f"{path} is not below relative_root {root!r}.", hint="leave relative_root out")
    return name


def _copy(files: list[tuple[str, Path]], target: Path, overwrite: bool, show_progress: bool, verb: str) -> int:
    copied = 0
    with readable_files(target):
        for name, source in files:
            final = target / name
            if final.exists() and not overwrite:
                continue
            final.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, final)
            copied += 1
    if show_progress:
        print(f"{verb} {copied} of {len(files)} files")
    return copied


def _missing(what: str) -> NoReturn:
    raise NotAvailableError(f"Datastore.{what} is not available in aml_nb yet.")

"""Upload and download: which files, then the machine's own copying or the remote one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from aml_nb.core.data import sources, transfer_local, transfer_remote
from aml_nb.core.data.paths import inside
from aml_nb.core.data.progress import Progress
from aml_nb.core.data.sources import Source
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.data_reference import DataReference
    from aml_nb.core.data.file_transfers import FileTransfers


def upload_folder(
    datastore: FileTransfers, src_dir: str, target_path: str | None, overwrite: bool, show_progress: bool
) -> DataReference:
    """Copy the files below a folder into a datastore."""
    target = inside(target_path, "target_path")
    return _upload(datastore, sources.below(src_dir), target, overwrite, show_progress)


def upload_files(
    datastore: FileTransfers,
    files: Iterable[str | os.PathLike[str]],
    relative_root: str | None,
    target_path: str | None,
    overwrite: bool,
    show_progress: bool,
) -> DataReference:
    """Copy single files into a datastore."""
    target = inside(target_path, "target_path")
    return _upload(datastore, sources.single(files, relative_root), target, overwrite, show_progress)


def download(
    datastore: FileTransfers, target_path: str, prefix: str | None, overwrite: bool, show_progress: bool
) -> int:
    """Copy the files whose path begins with ``prefix`` to a folder; how many."""
    folder = Path(os.path.expanduser(target_path))
    if folder.exists() and not folder.is_dir():
        raise UserErrorException(f"target_path {target_path} is a file.", hint="give a folder")
    found = names(datastore, prefix)
    with Progress("Download", len(found), show_progress) as progress:
        _side(datastore).fetch(datastore, found, folder, overwrite, progress)
    return progress.count


def names(datastore: FileTransfers, prefix: str | None) -> list[str]:
    """The paths of the files that begin with ``prefix``, as the datastore has them."""
    start = (prefix or "").lstrip("/").removeprefix("./")
    inside(start, "prefix")
    found: list[str] = _side(datastore).names(datastore, start)
    return found


def upload_sources(datastore: FileTransfers, files: list[Source]) -> None:
    """Copy files into a datastore by the names that they are to have there; what is there is replaced."""
    _upload(datastore, files, "", overwrite=True, show_progress=False)


def download_names(datastore: FileTransfers, found: list[str], folder: Path) -> None:
    """Copy the files of these paths to a folder, below which they keep their paths."""
    with Progress("Download", len(found), False) as progress:
        _side(datastore).fetch(datastore, found, folder, True, progress)


def _side(datastore: FileTransfers) -> ModuleType:
    """Who copies: this machine itself, or fsspec."""
    return transfer_remote if datastore._local() is None else transfer_local


def _upload(
    datastore: FileTransfers, files: list[Source], target: str, overwrite: bool, show_progress: bool
) -> DataReference:
    for file in files:
        _writable(file)
    with Progress("Upload", len(files), show_progress) as progress:
        _side(datastore).put(datastore, files, target, overwrite, progress)
    return datastore.path(target or None)


def _writable(file: Source) -> None:
    """A name that a datastore can hold: text, on one line."""
    if not file.name.isprintable():
        raise UserErrorException(
            f"The file name {file.name!r} has characters that cannot be shown.", hint="rename the file"
        )

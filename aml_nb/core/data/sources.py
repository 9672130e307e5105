"""Which files of this machine an upload takes, and what they are called in the datastore."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from aml_nb.errors import UserErrorException


class Source(NamedTuple):
    """A file to upload: its path as the user wrote it, and its name below the target."""

    path: str
    name: str


def below(folder: str | os.PathLike[str], keep: Callable[[str], bool] = lambda name: True) -> list[Source]:
    """Every file below a folder, sorted. Links are taken as what they point to, wherever that is.

    Parameters
    ----------
    folder : the folder.
    keep : says of the name of a file or folder whether it is wanted; what is not is not looked into.

    Raises
    ------
    UserErrorException : it is no folder or cannot be listed; a link leads nowhere or in a circle; a pipe or device.
    """
    root = os.fspath(folder)
    if not os.path.isdir(root):
        what = "is a file, not a folder" if os.path.exists(root) else "is not there"
        raise UserErrorException(
            f"The folder {root} {what}.",
            hint="ds.upload_files(['file'], target_path=...)" if os.path.exists(root) else f"ls {root}",
        )
    return list(_below(root, "", (os.path.realpath(root),), keep))


def single(files: Iterable[str | os.PathLike[str]], relative_root: str | os.PathLike[str] | None) -> list[Source]:
    """Single files, named by what their paths have below ``relative_root``, or below what they have in common.

    Raises
    ------
    UserErrorException : one is no file, or does not lie below ``relative_root``.
    """
    if isinstance(files, (str, os.PathLike)):
        raise UserErrorException("files is a list of paths.", hint=f"files=[{os.fspath(files)!r}]")
    paths = list(dict.fromkeys(os.fspath(file) for file in files))
    for path in paths:
        if not os.path.isfile(path):
            what = "is a folder" if os.path.isdir(path) else "is not there"
            hint = f"ds.upload({path!r})" if os.path.isdir(path) else "give paths of files that are there"
            raise UserErrorException(f"The file {path} {what}.", hint=hint)
    if relative_root is None:
        root = os.path.commonpath([os.path.dirname(os.path.abspath(path)) for path in paths]) if paths else os.curdir
    else:
        root = os.fspath(relative_root)
    return [Source(path, _relative(path, root)) for path in paths]


def _below(folder: str, name: str, above: tuple[str, ...], keep: Callable[[str], bool]) -> Iterator[Source]:
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except PermissionError as error:
        raise UserErrorException(f"The folder {folder} cannot be read.", hint=f"chmod u+rx {folder}") from error
    for entry in entries:
        inner = f"{name}/{entry.name}" if name else entry.name
        if not keep(inner):
            continue
        if entry.is_file(follow_symlinks=False):
            yield Source(entry.path, inner)
        elif entry.is_dir():
            yield from _below(entry.path, inner, _deeper(entry, above), keep)
        else:
            _regular(entry)
            yield Source(entry.path, inner)


def _deeper(entry: os.DirEntry[str], above: tuple[str, ...]) -> tuple[str, ...]:
    """The folders above what lies in this one; a link to one of them would never end."""
    if not entry.is_symlink():
        return (*above, os.path.join(above[-1], entry.name))
    real = os.path.realpath(entry.path)
    if any(folder == real or folder.startswith(real + os.sep) for folder in above):
        raise UserErrorException(f"{entry.path} links to a folder that it lies in.", hint=f"rm {entry.path}")
    return (*above, real)


def _regular(entry: os.DirEntry[str]) -> None:
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        raise UserErrorException(
            f"{entry.path} is a symbolic link that leads nowhere.", hint=f"rm {entry.path}"
        ) from error
    if not stat.S_ISREG(mode):
        raise UserErrorException(f"{entry.path} is neither a file nor a folder.", hint=f"move {entry.path} away")


def _relative(path: str, root: str) -> str:
    name = os.path.relpath(path, root)
    if name.split(os.sep)[0] == os.pardir:
        raise UserErrorException(f"{path} is not below relative_root {root!r}.", hint="leave relative_root out")
    return name.replace(os.sep, "/")

"""Files of a dataset put below a folder, as copies or as links, and never anywhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.files import DataFile
from aml_nb.core.store.errors import readable_files

_AT_ONCE = 16
Place = Callable[[DataFile, str], None]
Asked = Callable[[], bool]


class Stopped(Exception):
    """Whoever wanted the files does not want them any more: their run was cancelled."""


def _never() -> bool:
    return False


def plan(files: Iterable[DataFile], root: str) -> dict[str, DataFile]:
    """Where below ``root`` each file goes; a file that is meant twice goes there once.

    Raises
    ------
    DatasetExecutionError : a file's name leads out of the folder, or one is a folder of another.
    """
    placed: dict[str, DataFile] = {}
    folders: set[str] = set()
    for file in files:
        parts = [part for part in file.display.split("/") if part not in ("", ".")]
        if not parts or ".." in parts or "\0" in file.display:
            raise DatasetExecutionError(
                f"The file {file.full!r} of the dataset has a name that leads out of the folder {root}; nothing was "
                "written.",
                hint="give the file another name, or leave it out by a pattern",
            )
        placed["/".join(parts)] = file
        folders.update("/".join(parts[:end]) for end in range(1, len(parts)))
    for name in folders & placed.keys():
        raise DatasetExecutionError(
            f"The dataset has {name!r} both as a file and as a folder, so that its files cannot lie in one folder.",
            hint="leave one of them out by a pattern",
        )
    return {os.path.join(root, name): file for name, file in placed.items()}


def copy(
    files: Iterable[DataFile],
    root: str,
    overwrite: bool = False,
    ignore_not_found: bool = False,
    stopped: Asked = _never,
) -> list[str]:
    """Copy files below ``root``; nothing is copied where one is there and may not be replaced."""
    placed = plan(files, root)
    there = [] if overwrite else [target for target in placed if os.path.lexists(target)]
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise DatasetExecutionError(
            f"The file {there[0]} exists already{more}, and overwrite is False; nothing was downloaded.",
            FileExistsError(there[0]),
            hint="dataset.download(target_path, overwrite=True)",
        )
    with readable_files(root):
        _folders(placed, root)
        return _run(placed, lambda file, target: file.copy_to(target), ignore_not_found, stopped)


def link(files: Iterable[DataFile], root: str, cache: str | Path, stopped: Asked = _never) -> list[str]:
    """Make links to files below ``root``; what is not on this machine is fetched into ``cache`` first."""
    placed = plan(files, root)
    with readable_files(root):
        _folders(placed, root)
        return _run(placed, lambda file, target: os.symlink(file.fetch(cache), target), False, stopped)


def unlink(root: str, keep: bool = False) -> None:
    """Remove a tree of links; files that somebody else put there stay, and so do the folders above them."""
    for folder, names, files in os.walk(root, topdown=False):
        os.chmod(folder, 0o755)
        for name in [*names, *files]:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                os.unlink(path)
        if not (keep and folder == root):
            with suppress(OSError):
                os.rmdir(folder)


def only_links(root: str) -> bool:
    """Whether a tree has nothing but folders and links in it, so that nothing is lost with it."""
    return all(os.path.islink(os.path.join(folder, name)) for folder, _, files in os.walk(root) for name in files)


def write_protect(root: str) -> None:
    """Let nobody add files to a tree of folders."""
    for folder, _, _ in os.walk(root, topdown=False):
        os.chmod(folder, 0o555)


def _folders(placed: Iterable[str], root: str) -> None:
    """Make the folders; one that is there as a link to somewhere else is refused."""
    os.makedirs(root, exist_ok=True)
    whole = os.path.realpath(root)
    for folder in sorted({os.path.dirname(target) for target in placed}):
        try:
            os.makedirs(folder, exist_ok=True)
        except FileExistsError as error:
            raise DatasetExecutionError(
                f"{folder} is needed as a folder and exists as something else.", error, hint="choose another folder"
            ) from error
        real = os.path.realpath(folder)
        if real != whole and not real.startswith(whole.rstrip("/") + "/"):
            raise DatasetExecutionError(
                f"{folder} is a link to {real}, which is not in {root}; nothing is written there.",
                hint=f"remove the link {folder}, or choose another folder",
            )


def _run(placed: dict[str, DataFile], place: Place, ignore_not_found: bool, stopped: Asked) -> list[str]:
    if all(file.local for file in placed.values()):
        return list(_placed(placed, place, ignore_not_found, stopped))
    from concurrent.futures import ThreadPoolExecutor

    def one(pair: tuple[str, DataFile]) -> list[str]:
        return list(_placed(dict([pair]), place, ignore_not_found, stopped))

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return [target for found in threads.map(one, placed.items()) for target in found]


def _placed(placed: dict[str, DataFile], place: Place, ignore_not_found: bool, stopped: Asked) -> Iterator[str]:
    for target, file in placed.items():
        if stopped():
            raise Stopped
        try:
            place(file, target)
        except DatasetExecutionError as error:
            if not (ignore_not_found and isinstance(error.inner_exception, FileNotFoundError)):
                raise
            continue
        yield target

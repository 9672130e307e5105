"""The copy of a source directory that a run works in: as it was when the run was submitted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from aml_nb.core.runs.submitting import ignoring
from aml_nb.errors import SnapshotException, UserErrorException

MAX_BYTES = 300 * 1024 * 1024
MAX_FILES = 2000
LEFT_OUT = frozenset({".git", "__pycache__", ".ipynb_checkpoints", ".venv", ".azureml", "node_modules"})


class Source(NamedTuple):
    """One file: its path in the folder, where it is, and how large."""

    name: str
    path: str
    size: int


def scan(folder: str, avoid: Path, inside: bool = False) -> list[Source]:
    """The files of a source directory; what a script never needs and what ``.amlignore`` names is left out.

    Parameters
    ----------
    folder : the source directory.
    avoid : a folder that is never taken, though it be inside: the workspaces.
    inside : the folder is itself a copy within the workspaces.

    Raises
    ------
    UserErrorException
        It is not there, or no folder.
    SnapshotException
        It is larger than v1 allows.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        what = "is a file" if root.exists() else "is not there"
        raise UserErrorException(
            f"The source directory {folder} {what} ({os.path.abspath(root)}).",
            hint="ScriptRunConfig(source_directory='./train', script='train.py')",
        )
    found: list[Source] = []
    left = MAX_BYTES
    for source in _walk(str(root), "", ignoring.rules(root), "" if inside else os.path.realpath(avoid), ()):
        left -= source.size
        found.append(source)
        if left < 0:
            raise _too_large(folder, f"the size exceeds the limit of {MAX_BYTES / 1024**2:.1f} MB", found)
        if len(found) > MAX_FILES:
            raise _too_large(folder, f"there are more than {MAX_FILES} files", found)
    return found


def copy(sources: list[Source], target: Path) -> None:
    """Put the files below ``target``, which is made; one that went meanwhile is left out, as editors' own files do."""
    made = {""}
    target.mkdir(parents=True, exist_ok=True)
    for source in sources:
        parent = os.path.dirname(source.name)
        if parent not in made:
            (target / parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        try:
            shutil.copy(source.path, target / source.name)
        except FileNotFoundError:
            if os.path.exists(source.path):
                raise


def _walk(
    folder: str, prefix: str, ignored: Callable[[str, bool], bool], avoid: str, above: tuple[str, ...]
) -> Iterator[Source]:
    here = os.path.realpath(folder)
    if here in above or here == avoid:  # links may lead round
        return
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        if not above:
            raise
        return
    for entry in ordered:
        name = f"{prefix}{entry.name}"
        if entry.name in LEFT_OUT or ignored(name, entry.is_dir()):
            continue
        if entry.is_dir():
            yield from _walk(entry.path, f"{name}/", ignored, avoid, (*above, here))
        elif entry.is_file():
            with suppress(FileNotFoundError):  # it went meanwhile
                yield Source(name, entry.path, entry.stat().st_size)


def _too_large(folder: str, why: str, found: list[Source]) -> SnapshotException:
    largest = max(found, key=lambda source: source.size)
    return SnapshotException(
        f"While attempting to take snapshot of {folder}: {why}. The largest file so far is {largest.name} "
        f"({largest.size / 1024**2:.0f} MB).",
        hint="keep the script in a folder of its own, or name what it does not need in .amlignore; "
        "data goes to a datastore: ws.get_default_datastore().upload_files([...])",
    )

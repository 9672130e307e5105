"""The workspace behind an address, opened once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core import current
from aml_nb.core.tracking import folder_of
from aml_nb.mlflow.errors import missing, wrong

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_opened: dict[Path, tuple[int, Workspace]] = {}


def folder(uri: str) -> Path:
    """The folder that an address names."""
    try:
        return folder_of(uri)
    except ValueError as error:
        raise wrong(str(error)) from None


def workspace(place: Path) -> Workspace:
    """The workspace in a folder; one that was deleted and made again there is opened again."""
    try:
        inode = place.stat().st_ino
    except FileNotFoundError:
        raise missing(f"The workspace at {place}") from None
    known = _opened.get(place)
    if known is None or known[0] != inode:
        known = _opened[place] = (inode, _open(place))
    return known[1]


def _open(place: Path) -> Workspace:
    from aml_nb.core.workspace import Workspace

    last = current._last
    if last is not None and last._folder.is_dir() and last._folder.samefile(place):
        return last
    # Not the one that becomes current by this: whoever logs to a workspace has not opened it.
    from aml_nb.core.workspace import folder as workspace_folder

    return Workspace._of(place, workspace_folder.read(place))

"""The workspace a script or a kernel is in: the one it was started for, or the one it opened last."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

VARIABLE = "AML_NB_WORKSPACE"
_last: Workspace | None = None


def remember(workspace: Workspace) -> None:
    """Take note of the workspace that was opened last."""
    global _last
    _last = workspace


def forget(workspace: Workspace) -> None:
    """It was deleted."""
    global _last
    if _last is workspace:
        _last = None


def workspace() -> Workspace | None:
    """The workspace of ``AML_NB_WORKSPACE``, else the one opened last, else None."""
    last = _last if _last is not None and _last._folder.is_dir() else None
    folder = os.environ.get(VARIABLE)
    if not folder:
        return last
    if last is not None and os.path.isdir(folder) and os.path.samefile(folder, last._folder):
        return last
    from pathlib import Path

    from aml_nb.core.workspace import Workspace

    return Workspace._open(Path(folder))

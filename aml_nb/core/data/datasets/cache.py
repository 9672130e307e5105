"""Copies of files of other machines, and trees of links that runs share; what nobody used for long goes."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

LONG = 60 * 86_400.0
"""Twice as long as the longest run: what a run still has is never removed."""


def cache_of(workspace: Any) -> Path:
    """Where copies of files of other machines are kept."""
    from aml_nb.core.workspace.folder import home

    return (home() if workspace is None else Path(workspace._folder)) / "cache" / "datasets"


def mounts_of(workspace: Any) -> Path:
    """Where trees of links are kept that are mounted at an absolute path."""
    return cache_of(workspace).parent / "mounts"


def used(path: Path) -> None:
    """Note that something in the cache was used now."""
    with suppress(OSError):
        os.utime(path)


def sweep(folder: Path, older_than: float = LONG) -> None:
    """Remove what was not used for long from the cache of the workspace in ``folder``."""
    for path in folder.glob("cache/*/*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - older_than:
                shutil.rmtree(path)

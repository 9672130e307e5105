"""Once a day, when a workspace is opened: sweep what killed processes left, and keep a copy of the database."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.errors import StoreError

if TYPE_CHECKING:
    from aml_nb.core.store import Store
    from aml_nb.core.store.artifacts import ArtifactStore

MARK = ".upkeep"
BACKUP = "store.db.backup"
_DAY = 86_400.0


def mark(folder: Path) -> None:
    """Note that the workspace in ``folder`` was looked after now."""
    (folder / MARK).touch()


def due(folder: Path) -> bool:
    """Whether that is more than a day ago."""
    try:
        return (folder / MARK).stat().st_mtime < time.time() - _DAY
    except OSError:
        return True


def look_after(folder: Path, store: Store, artifacts: ArtifactStore) -> None:
    """Do the day's upkeep; what goes wrong here is for the operation that meets it to tell."""
    from aml_nb.core.data.datasets import cache
    from aml_nb.core.model.registry import Registry
    from aml_nb.core.runs.deletion import sweep

    try:
        mark(folder)
        artifacts.sweep()
        sweep(folder, store)
        cache.sweep(folder)
        Registry(store, artifacts).collect_garbage()
        if store.path is not None:
            back_up(store.path)
    except (StoreError, OSError, sqlite3.Error):
        return


def back_up(path: Path) -> Path:
    """Copy the database as it stands now, whole, beside it."""
    final, staged = path.with_name(BACKUP), path.with_name(f"{BACKUP}.{os.getpid()}")
    staged.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(staged),))
        os.replace(staged, final)
    finally:
        staged.unlink(missing_ok=True)
    return final

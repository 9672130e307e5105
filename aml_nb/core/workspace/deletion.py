"""The end of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from aml_nb.core.store import tables
from aml_nb.core.workspace import folder as workspace_folder

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def delete(workspace: Workspace) -> None:
    """Stop the runs and the services, then take rows, files and folder away."""
    from aml_nb.core import plane
    from aml_nb.core.image import deletion as images
    from aml_nb.core.profile import records as profiles
    from aml_nb.core.runs import deletion as runs
    from aml_nb.core.webservice import deletion

    plane.down(workspace)  # first: it would start more runs
    runs.end_all(workspace)
    profiles.stop_all(workspace)
    deletion.stop_all(workspace)
    images.end_all(workspace)
    store, elsewhere = workspace._store, workspace._facts.get("artifacts")
    if store.postgresql:
        with store.write() as connection:
            for table in (t for t in tables.metadata.sorted_tables if "workspace" in t.c):
                connection.execute(sa.delete(table).where(table.c.workspace == workspace._id))
    if elsewhere:
        for sha256 in list(workspace._artifacts):
            workspace._artifacts.remove(sha256)
    store.close()
    workspace_folder.remove(workspace._folder)

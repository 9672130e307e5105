"""What a workspace says of itself, and how it ends."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from aml_nb.core.store import tables
from aml_nb.core.workspace import folder as workspace_folder
from aml_nb.core.workspace.config import Address

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def details(workspace: Workspace) -> dict[str, Any]:
    """v1's ``get_details``."""
    facts = workspace._facts
    created = datetime.fromtimestamp(float(facts.get("created", 0)), timezone.utc)
    return {
        "id": Address(workspace.subscription_id, workspace.resource_group, workspace.name).scope,
        "name": workspace.name,
        "location": workspace.location,
        "type": "Microsoft.MachineLearningServices/workspaces",
        "tags": workspace.tags,
        "sku": workspace.sku,
        "workspaceid": workspace._id,
        "description": facts.get("description", ""),
        "friendlyName": facts.get("friendly_name") or workspace.name,
        "creationTime": created.isoformat(),
        "provisioningState": "Succeeded",
        "imageBuildCompute": facts.get("image_build_compute"),
        "storageAccount": str(facts.get("artifacts") or workspace._folder / "artifacts"),
        "hbiWorkspace": False,
        "folder": str(workspace._folder),
    }


def delete(workspace: Workspace) -> None:
    """Stop the services, then take rows, files and folder away."""
    from aml_nb.core.webservice import deletion

    deletion.stop_all(workspace)
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
    _prune(workspace._folder.parent, 4)


def _prune(folder: Any, levels: int) -> None:
    """Remove the folders of a subscription and a group that hold nothing any more."""
    for _ in range(levels):
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = folder.parent

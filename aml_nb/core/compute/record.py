"""The record of a compute target."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.engines.folder import ServiceFolder

if TYPE_CHECKING:
    from aml_nb.core.store.records import Records
    from aml_nb.core.workspace import Workspace


def records(workspace: Workspace) -> Records:
    """The records of the workspace's compute targets."""
    return workspace._store.records("compute")


def exclusive(workspace: Workspace) -> AbstractContextManager[None]:
    """Hold off everyone else who takes or gives back cores: of the quota, or of a cluster."""
    # No service can have this name, so that whoever holds a service may take this lock too.
    return ServiceFolder(workspace._folder / "services", ".clusters").exclusive()


def new_record(
    workspace: Workspace,
    name: str,
    kind: str,
    shared: dict[str, Any],
    own: dict[str, Any],
    error: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The record of a new target, which is ready at once unless there is an ``error``."""
    now = datetime.now(timezone.utc).isoformat()
    where = (
        f"/subscriptions/{workspace.subscription_id}/resourceGroups/{workspace.resource_group}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{workspace.name}/computes/{name}"
    )
    return {
        "id": where,
        "name": name,
        "location": workspace.location,
        "tags": shared.get("tags"),
        "properties": {
            "computeType": kind,
            "computeLocation": shared.get("location") or workspace.location,
            "description": shared.get("description"),
            "createdOn": now,
            "modifiedOn": now,
            "provisioningState": "Succeeded" if error is None else "Failed",
            "provisioningErrors": None if error is None else [error],
            "resourceId": None,
            "isAttachedCompute": False,
            "properties": own,
        },
    }

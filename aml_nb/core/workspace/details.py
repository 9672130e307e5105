"""What a workspace says of itself."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.workspace.config import Address
from aml_nb.engines.collecting import INSIGHTS
from aml_nb.masking import without_login

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def details(workspace: Workspace) -> dict[str, Any]:
    """v1's ``get_details``; where v1 has addresses of Azure's resources, the folders that stand for them."""
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
        "storageAccount": without_login(str(facts.get("artifacts") or workspace._folder / "artifacts")),
        "applicationInsights": str(workspace._folder / INSIGHTS),
        "hbiWorkspace": False,
        "folder": str(workspace._folder),
    }

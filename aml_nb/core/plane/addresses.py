"""Where things of a workspace are in the control plane, as v1's REST addresses are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

PATTERN = (
    "/pipelines/v1.0/subscriptions/{subscription}/resourceGroups/{group}"
    "/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
)
SUBMIT = "/PipelineRuns/PipelineSubmit/"
SUBMIT_TO_ENDPOINT = "/PipelineRuns/PipelineEndpointSubmit/Id/"


def base(workspace: Workspace) -> str:
    """The address of the workspace, without the server's."""
    parts = {
        "subscription": workspace.subscription_id,
        "group": workspace.resource_group,
        "workspace": workspace.name,
    }
    return PATTERN.format(**{name: quote(value, safe="") for name, value in parts.items()})


def served(workspace: Workspace, path: str) -> str:
    """The whole address of something in the control plane, which is started where it does not run."""
    from aml_nb.core.plane.starting import up

    return up(workspace).url + base(workspace) + path


def known(workspace: Workspace, path: str) -> str | None:
    """The same where the control plane runs already: what is only shown starts nothing."""
    from aml_nb.core.plane.starting import look

    found = look(workspace)
    return None if found is None else found.url + base(workspace) + path

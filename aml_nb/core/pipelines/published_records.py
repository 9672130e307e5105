"""Published pipelines, endpoints and schedules as the workspace keeps them: documents by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.store.records import Records
    from aml_nb.core.workspace import Workspace

PIPELINE = "published pipeline"
ENDPOINT = "pipeline endpoint"
SCHEDULE = "schedule"
MODULE = "module"
DRAFT = "pipeline draft"
ACTIVE, DISABLED, ARCHIVED = "Active", "Disabled", "Archived"
_LISTED = {
    PIPELINE: "PublishedPipeline.list(ws, active_only=False)",
    ENDPOINT: "PipelineEndpoint.list(ws, active_only=False)",
    SCHEDULE: "Schedule.list(ws, active_only=False)",
    MODULE: "Module.create(ws, 'name', 'what it does')",
    DRAFT: "PipelineDraft.list(ws)",
}


class NotPublishedError(UserErrorException, KeyError):
    """No published pipeline, endpoint or schedule has that id."""

    code, status = "not-found", 404


class NotActiveError(UserErrorException, ValueError):
    """A published pipeline or an endpoint that was disabled is called."""


def records(workspace: Workspace, kind: str) -> Records:
    """The documents of a kind."""
    return workspace._store.records(kind)


def find(workspace: Workspace, kind: str, identity: Any) -> dict[str, Any]:
    """The document of an id.

    Raises
    ------
    NotPublishedError : there is none.
    """
    found = records(workspace, kind).get(str(identity))
    if found is None:
        raise NotPublishedError(
            f"There is no {kind} with the id {identity} in the workspace {workspace.name}.", hint=_LISTED[kind]
        )
    return found


def listed(workspace: Workspace, kind: str, active_only: bool) -> list[dict[str, Any]]:
    """The documents of a kind, newest first."""
    found = [payload for _, payload in records(workspace, kind).list()]
    return [payload for payload in reversed(found) if not active_only or payload["status"] == ACTIVE]


def change(workspace: Workspace, kind: str, identity: str, **fields: Any) -> dict[str, Any]:
    """Set fields of a document, nobody in between; returns it as it is then."""
    find(workspace, kind, identity)
    return records(workspace, kind).modify(identity, lambda payload: payload.update(fields))

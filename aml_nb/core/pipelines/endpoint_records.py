"""The documents of pipeline endpoints: found by name, and which pipeline a call of one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.errors import PipelineError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def chosen(workspace: Workspace, identity: str, version: str | None = None) -> dict[str, Any]:
    """The published pipeline that a call of an endpoint runs.

    Raises
    ------
    NotActiveError : the endpoint is not active.
    PipelineError : it has no such version.
    """
    payload = kept.find(workspace, kept.ENDPOINT, identity)
    if payload["status"] != kept.ACTIVE:
        raise kept.NotActiveError(
            f"The pipeline endpoint {payload['name']!r} is {payload['status']}.",
            hint=f"PipelineEndpoint.get(ws, id={identity!r}).enable()",
        )
    return kept.find(workspace, kept.PIPELINE, pipeline_id(payload, version))


def named(workspace: Workspace, name: str) -> dict[str, Any]:
    """The endpoint of a name; NotPublishedError when there is none."""
    there = [each for each in kept.listed(workspace, kept.ENDPOINT, False) if each["status"] != kept.ARCHIVED]
    for payload in there:
        if payload["name"] == name:
            return payload
    raise kept.NotPublishedError(
        f"There is no pipeline endpoint {name!r}; there are: {', '.join(each['name'] for each in there) or 'none'}.",
        hint="PipelineEndpoint.publish(ws, name, description, pipeline)",
    )


def free(workspace: Workspace, name: str, but: str | None = None) -> None:
    """PipelineError where an endpoint, other than ``but``, has the name."""
    for payload in kept.listed(workspace, kept.ENDPOINT, False):
        if payload["name"] == name and payload["id"] != but and payload["status"] != kept.ARCHIVED:
            raise PipelineError(
                f"There is a pipeline endpoint {name!r} already.", hint=f"PipelineEndpoint.get(ws, name={name!r})"
            )


def pipeline_id(payload: dict[str, Any], version: str | None) -> str:
    """The published pipeline of a version, the default one for None; PipelineError where there is no such version."""
    wanted = payload["default_version"] if version is None else str(version)
    found = payload["versions"].get(wanted)
    if found is None:
        raise PipelineError(
            f"The pipeline endpoint {payload['name']!r} has no version {wanted!r}; "
            f"it has {', '.join(payload['versions'])}.",
            hint="pipeline_endpoint.list_versions()",
        )
    return str(found)

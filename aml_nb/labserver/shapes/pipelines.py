"""Published pipelines, pipeline endpoints and runs of pipelines: one list, told apart by ``type``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines import states
from aml_nb.labserver.shapes import base, runs

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.workspace import Workspace

KIND = "pipelines"
RUN_TYPE = "azureml.PipelineRun"
MOST_RUNS = 200


def rows(workspace: Workspace) -> list[base.Row]:
    """Published pipelines, then endpoints, then the newest runs of pipelines."""
    going = runs.newest(workspace, MOST_RUNS, run_type=RUN_TYPE, top=False)
    far = runs.progress(workspace, going)
    return [
        *[published_row(payload) for payload in kept.listed(workspace, kept.PIPELINE, active_only=False)],
        *[endpoint_row(payload) for payload in kept.listed(workspace, kept.ENDPOINT, active_only=False)],
        *[run_row(record, far.get(record.run_id)) for record in going],
    ]


def published_row(payload: dict[str, Any]) -> base.Row:
    """One published pipeline."""
    steps = len(payload["graph"].get("nodes") or ())
    return base.row(
        KIND,
        payload["id"],
        payload["name"] or payload["id"],
        version=payload["version"],
        state=payload["status"],
        about=" · ".join(filter(None, (base.count(steps, "step") if steps else "", payload["description"]))),
        created=payload["created"],
        of=payload,
        type="published",
    )


def endpoint_row(payload: dict[str, Any]) -> base.Row:
    """One pipeline endpoint."""
    versions = base.count(len(payload["versions"]), "version")
    return base.row(
        KIND,
        payload["id"],
        payload["name"],
        version=payload["default_version"],
        state=payload["status"],
        about=" · ".join(filter(None, (versions, payload["description"]))),
        created=payload.get("created"),
        of=payload,
        type="endpoint",
    )


def run_row(record: RunRecord, far: Any = None) -> base.Row:
    """One run of a pipeline."""
    return {**runs.row(record, KIND, far), "state": states.of_pipeline(record.status), "type": "run"}

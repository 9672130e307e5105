"""What the control plane answers with, as v1's service does: entities, and errors."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timezone
from typing import Any

from aml_nb.core.runs.records import RunRecord
from aml_nb.core.runs.watch import settle
from aml_nb.core.writable import writable
from aml_nb.errors import AmlError

_STATUS_CODES = {"Running": 1, "Finalizing": 1, "CancelRequested": 1, "Failed": 2, "Completed": 3, "Canceled": 4}
"""v1's numbers for how a pipeline's run is; one that has not begun is 0."""
_ENTITY = {"Active": 0, "Disabled": 1, "Archived": 1}


def run_entity(workspace: Any, record: RunRecord) -> dict[str, Any]:
    """A run of a pipeline."""
    record = settle(workspace, record)
    told = record.payload.get("request") or {}
    error = ((record.payload.get("error") or {}).get("error") or {}).get("message")
    entity = {
        "Id": record.run_id,
        "Description": record.description,
        "Status": {
            "StatusCode": _STATUS_CODES.get(record.status, 0),
            "StatusDetail": error,
            "CreationTime": stamp(record.created),
            "EndTime": stamp(record.ended),
        },
        "GraphId": record.properties.get("azureml.graphid"),
        "ExperimentName": record.experiment,
        "RunHistoryExperimentName": record.experiment,
        "ParameterAssignments": told.get("ParameterAssignments") or {},
        "DataPathAssignments": told.get("DataPathAssignments") or {},
        "DataSetDefinitionValueAssignments": told.get("DataSetDefinitionValueAssignments") or {},
        "PipelineId": record.properties.get("azureml.pipelineid"),
        "PipelineEndpointId": record.properties.get("azureml.pipelineendpointid"),
        "ScheduleId": record.properties.get("azureml.scheduleid"),
        "RunSource": record.properties.get("runSource"),
        "RunType": record.properties.get("runType"),
        "IsSubmitted": True,
        "HasErrors": error is not None,
        "Tags": record.tags,
        "Properties": record.properties,
        "CreatedBy": {"UserName": record.payload.get("submitted_by")},
        "EntityStatus": 0,
        "CreatedDate": stamp(record.created),
        "LastModifiedDate": stamp(record.ended or record.started or record.created),
    }
    found: dict[str, Any] = writable(entity)
    return found


def pipeline_entity(published: dict[str, Any], url: str) -> dict[str, Any]:
    """A published pipeline, and where it is called."""
    entity = {
        "Id": published["id"],
        "Name": published["name"],
        "Description": published["description"],
        "Version": published["version"],
        "GraphId": published["graph_id"],
        "Url": url,
        "TotalRunSteps": len(published["graph"]["nodes"]),
        "Parameters": sorted(published["graph"]["parameters"]),
        "EntityStatus": _ENTITY.get(published["status"], 1),
        "CreatedDate": stamp(published["created"]),
    }
    found: dict[str, Any] = writable(entity)
    return found


def error_body(error: AmlError) -> dict[str, Any]:
    """An error as v1's services tell it, with the next thing to do."""
    code = {401: "Unauthorized", 404: "NotFound", 413: "PayloadTooLarge"}.get(error.status)
    return {
        "error": {
            "code": code or ("UserError" if error.status < 500 else "ServiceError"),
            "message": error.message,
            "hint": error.hint,
            "details": [],
        },
        "correlation": {"operation": secrets.token_hex(16), "request": secrets.token_hex(8)},
        "environment": "local",
        "location": "local",
        "time": stamp(time.time() * 1000),
    }


def stamp(milliseconds: float | None) -> str | None:
    """A time as JSON of v1 has it."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat()

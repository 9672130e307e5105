"""Web services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import services as records
from aml_nb.core.webservice.webservice import from_record
from aml_nb.display.objects import error_of, target_of
from aml_nb.errors import AmlError
from aml_nb.labserver.shapes import base

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "services"


def rows(workspace: Workspace) -> list[base.Row]:
    """Every service with its state as it is now, the newest first."""
    found = [record for record in records.every(workspace) if not record.get("endpoint")]
    return [row_of(workspace, record) for record in reversed(found)]


def row_of(workspace: Workspace, record: dict[str, Any]) -> base.Row:
    """One service; one whose engine cannot be asked is shown all the same."""
    try:
        return row(from_record(workspace, record))
    except AmlError as error:
        return base.row(
            KIND,
            record["handle"],
            record["name"],
            state="Unknown",
            about=error.brief or error.message,
            created=record["createdTime"],
            tags=record.get("kvTags"),
            of=record,
            target=record["computeType"],
            engine=record["engine"],
        )


def row(service: Any) -> base.Row:
    """The line of a service that was just asked how it is."""
    record = service._record
    said = error_of(service) or " · ".join(filter(None, (target_of(service), service.scoring_uri)))
    return base.row(
        KIND,
        record["handle"],
        service.name,
        state=service.state or "Unknown",
        about=said,
        created=record["createdTime"],
        at=_since(service),
        tags=service.tags,
        of=(record, getattr(service, "deployment_status", None)),
        target=target_of(service),
        engine=record["engine"],
    )


def _since(service: Any) -> int | None:
    """Since when it may be in its state: what its supervisor wrote last, or the record."""
    record = service._record
    updated = base.milliseconds(record["updatedTime"]) or 0
    try:
        folder = records.engine_of(service.workspace, record).folder(record["handle"])
        return max(updated, folder.state_file.stat().st_mtime_ns // 1_000_000)
    except (OSError, AmlError):
        return updated or None

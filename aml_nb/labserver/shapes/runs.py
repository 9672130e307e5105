"""Runs."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.watch import settle
from aml_nb.display.run_words import error_of, name_of, took, visible_tags
from aml_nb.labserver.shapes import base

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "runs"
MOST = 500
MOST_EVER = 5000


def rows(workspace: Workspace, limit: int = MOST) -> list[base.Row]:
    """The newest runs that are no other run's children."""
    return [row(record) for record in newest(workspace, limit)]


def newest(workspace: Workspace, limit: int = MOST, **wanted: Any) -> list[RunRecord]:
    """The records of the newest runs, as they are now."""
    wanted = {"top": True, **wanted}
    found = (record for record in RunRecords(workspace._store).find(**wanted) if not record.payload.get("deleted"))
    return [settle(workspace, record) for record in islice(found, limit)]


def row(record: RunRecord, kind: str = KIND, **more: Any) -> base.Row:
    """One run."""
    said = [f"{record.experiment} {record.number}", took(record), error_of(record)]
    return base.row(
        kind,
        record.run_id,
        name_of(record),
        state=record.status,
        tone=base.run_tone(record.status),
        about=" · ".join(filter(None, said)),
        created=record.created,
        at=record.ended or record.started or record.created,
        tags=visible_tags(record),
        of=record,
        **more,
    )

"""Runs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.watch import settle
from aml_nb.core.store import tables
from aml_nb.display.run_words import error_of, name_of, took, visible_tags
from aml_nb.labserver.shapes import base

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "runs"
MOST = 500
MOST_EVER = 5000


def rows(workspace: Workspace, limit: int = MOST) -> list[base.Row]:
    """The newest runs that are no other run's children."""
    found = newest(workspace, limit)
    far = progress(workspace, found)
    return [row(record, far=far.get(record.run_id)) for record in found]


def newest(workspace: Workspace, limit: int = MOST, **wanted: Any) -> list[RunRecord]:
    """The records of the newest runs, as they are now."""
    wanted = {"top": True, **wanted}
    found = (record for record in RunRecords(workspace._store).find(**wanted) if not record.payload.get("deleted"))
    return [settle(workspace, record) for record in islice(found, limit)]


def progress(workspace: Workspace, found: Iterable[RunRecord]) -> dict[str, Any]:
    """How far the runs are that are going on, by their ids: what they have logged, and the states of those below."""
    going = [record.run_id for record in found if not record.over]
    table = tables.runs
    below = sa.select(table.c.root_id, table.c.run_id, table.c.status).where(
        table.c.workspace == workspace._store.workspace, table.c.root_id.in_(going), table.c.parent_id.is_not(None)
    )
    far: dict[str, list[Any]] = {run_id: [_logged(workspace, run_id)] for run_id in going}
    if going:
        with workspace._store.read() as connection:
            for root, run_id, status in connection.execute(below.order_by(table.c.seq)):
                far[root].append((run_id, status))
    return dict(far)


def _logged(workspace: Workspace, run_id: str) -> int:
    try:
        return RunFolder(workspace, run_id).metrics.stat().st_size
    except OSError:
        return 0


def row(record: RunRecord, kind: str = KIND, far: Any = None, **more: Any) -> base.Row:
    """One run; ``far`` is its progress, of one that goes on."""
    said = [f"{record.experiment} {record.number}", took(record) if record.over else "", error_of(record)]
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
        of=(record, far),
        **more,
    )

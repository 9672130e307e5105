"""Models: the newest version of each in lists, everything of one version in detail."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aml_nb.core.model.registry import Row as Record
from aml_nb.core.model.rows import registry
from aml_nb.labserver.shapes import base

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "models"


def rows(workspace: Workspace) -> list[base.Row]:
    """One line a name, the newest first; no files are looked at."""
    return of_records(registry(workspace).newest())


def of_records(found: Iterable[tuple[Record, int]]) -> list[base.Row]:
    """The lines of records, each with the number of versions that its name has."""
    return [_row(record, versions) for record, versions in found]


def _row(record: Record, versions: int) -> base.Row:
    payload = json.loads(record.payload)
    framework = " ".join(str(v) for v in (record.framework, payload.get("model_framework_version")) if v)
    return base.row(
        KIND,
        f"{record.name}:{record.version}",
        record.name,
        version=record.version,
        about=" · ".join(filter(None, (framework, payload.get("description")))),
        created=record.created // 1000,
        tags=json.loads(record.tags),
        versions=versions,
    )

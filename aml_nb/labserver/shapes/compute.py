"""Compute targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.compute.record import records
from aml_nb.core.compute.target import from_record
from aml_nb.display.compute import error_of, nodes_text, size_of, state_of
from aml_nb.errors import AmlError
from aml_nb.labserver.shapes import base

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "compute"


def rows(workspace: Workspace) -> list[base.Row]:
    """Every target, the newest first."""
    return [row_of(workspace, record) for _, record in reversed(records(workspace).list())]


def row_of(workspace: Workspace, record: dict[str, Any]) -> base.Row:
    """One target; one that cannot be asked is shown all the same."""
    try:
        return row(from_record(workspace, record))
    except AmlError as error:
        shared = record["properties"]
        return base.row(
            KIND, record["name"], record["name"], state="Unknown", about=error.message,
            created=shared["createdOn"], tags=record.get("tags"), type=shared["computeType"],
        )  # fmt: skip


def row(target: Any) -> base.Row:
    """The line of a target."""
    nodes = nodes_text(target)
    said = [target.type, size_of(target), f"nodes {nodes}" if nodes else ""]
    return base.row(
        KIND,
        target.name,
        target.name,
        state=state_of(target),
        about=error_of(target) or " · ".join(filter(None, said)),
        created=target.created_on,
        at=target.modified_on,
        tags=target.tags,
        type=target.type,
    )

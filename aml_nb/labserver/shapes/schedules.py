"""Schedules of pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.schedule import Schedule
from aml_nb.display.schedules import next_text, when_text
from aml_nb.labserver.shapes import base

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "schedules"


def rows(workspace: Workspace) -> list[base.Row]:
    """Every schedule, the newest first; looking at them here does not start the control plane."""
    return [row(workspace, payload) for payload in kept.listed(workspace, kept.SCHEDULE, active_only=False)]


def row(workspace: Workspace, payload: dict[str, Any]) -> base.Row:
    """One schedule."""
    active = payload["status"] == kept.ACTIVE
    due = payload.get("next") if active else None
    trouble = payload.get("trouble") if active else None
    said = [when_text(Schedule._of(workspace, payload)), f"next {next_text(due)}" if due else "", trouble]
    return base.row(
        KIND,
        payload["id"],
        payload["name"],
        state=payload["status"],
        tone="warn" if trouble else None,
        about=" · ".join(filter(None, said)),
        created=payload.get("created"),
        next_run=base.stamp(due),
    )

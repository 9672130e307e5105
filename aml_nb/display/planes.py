"""The control plane of a workspace as a card."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aml_nb.display.base import Card

if TYPE_CHECKING:
    from aml_nb.core.plane import Plane
    from aml_nb.core.workspace import Workspace


class PlaneCard(Card):
    """Whether it runs, where it listens, and what it looks after."""

    def __init__(self, workspace: Workspace, plane: Plane | None) -> None:
        from aml_nb.core.pipelines import published_records as kept

        counts = {
            "pipelines": len(kept.listed(workspace, kept.PIPELINE, active_only=True)),
            "schedules": len(kept.listed(workspace, kept.SCHEDULE, active_only=True)),
        }
        rows: list[tuple[str, Any]] = [("pipelines", counts["pipelines"]), ("schedules", counts["schedules"])]
        notes: list[str] = []
        if plane is not None:
            since = datetime.fromtimestamp(plane.started).astimezone()
            rows = [("address", plane.url), *rows, ("since", f"{since:%Y-%m-%d %H:%M}"), ("process", plane.pid)]
            rows.append(("log", plane.log))
        elif counts["schedules"]:
            notes.append("Schedules do not run until it does. Try: aml-nb up")
        state = "Stopped" if plane is None else "Running"
        data = {
            "state": state,
            **counts,
            **({} if plane is None else asdict(plane)),
            "active_schedules": counts["schedules"],
        }
        super().__init__("control plane", workspace.name, rows, state, notes, data)

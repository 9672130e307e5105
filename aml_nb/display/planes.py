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

        pipelines = kept.listed(workspace, kept.PIPELINE, active_only=True)
        schedules = kept.listed(workspace, kept.SCHEDULE, active_only=True)
        rows: list[tuple[str, Any]] = [("pipelines", len(pipelines)), ("schedules", len(schedules))]
        rows += [("next", _next(each)) for each in schedules if each["next"]]
        notes = [f"The schedule {each['name']}: {each['trouble']}" for each in schedules if each["trouble"]]
        if plane is not None:
            rows = [("address", plane.url), *rows, ("since", _shown(datetime.fromtimestamp(plane.started)))]
            rows += [("process", plane.pid), ("Python", plane.python), ("log", plane.log)]
        elif schedules:
            notes.append("Schedules do not run until it does. Try: aml-nb up")
        state = "Stopped" if plane is None else "Running"
        told = {"state": state, "pipelines": len(pipelines), "schedules": [_told(each) for each in schedules]}
        data = {**({} if plane is None else asdict(plane)), **told}
        super().__init__("control plane", workspace.name, rows, state, notes, data)


def _next(schedule: dict[str, Any]) -> str:
    """When it fires next, by the clock of this machine, and its name."""
    return f"{_shown(datetime.fromisoformat(schedule['next']).astimezone())}  {schedule['name']}"


def _shown(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}"


def _told(schedule: dict[str, Any]) -> dict[str, Any]:
    return {key: schedule[key] for key in ("id", "name", "next", "trouble")}

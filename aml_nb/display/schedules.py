"""Schedules of published pipelines as cards and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.display import text
from aml_nb.display.base import Card, Table

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class ScheduleTable(Table):
    """Schedules, newest first; ``schedules["name"]`` is a Schedule."""

    kind = "schedules"
    heads = ("NAME", "STATUS", "PIPELINE", "WHEN", "NEXT", "RUNS", "ID")
    state = 1
    empty = "%pipeline schedule NAME --every week"

    def __init__(self, workspace: Workspace, items: Sequence[Any]) -> None:
        super().__init__(items)
        self._workspace = workspace

    def row(self, item: Any) -> list[str]:
        facts = schedule_data(self._workspace, item)
        runs = str(facts["runs"] or "")
        return [item.name, item.status, facts["pipeline"], facts["when"], next_text(facts["next"]), runs, item.id]

    def record(self, item: Any) -> Any:
        return schedule_data(self._workspace, item)


class ScheduleCard(Card):
    """One schedule; ``schedule`` is the Schedule."""

    def __init__(self, workspace: Workspace, schedule: Any, notes: Sequence[str] = ()) -> None:
        self.schedule = schedule
        facts = schedule_data(workspace, schedule)
        rows = [
            ("id", schedule.id),
            ("pipeline", facts["pipeline"]),
            ("experiment", facts["experiment"]),
            ("when", facts["when"]),
            ("next", next_text(facts["next"])),
            ("parameters", text.pairs(facts["parameters"])),
            ("runs", str(facts["runs"] or "")),
            ("trouble", facts["trouble"]),
        ]
        super().__init__("schedule", schedule.name, rows, schedule.status, notes, facts)


def schedule_data(workspace: Workspace, schedule: Any) -> dict[str, Any]:
    """A schedule for JSON."""
    payload = kept.records(workspace, kept.SCHEDULE).get(schedule.id) or {}
    kind = kept.PIPELINE if schedule.pipeline_id else kept.ENDPOINT
    of = kept.records(workspace, kind).get(str(schedule.pipeline_id or schedule.pipeline_endpoint_id)) or {}
    return {
        "name": schedule.name,
        "id": schedule.id,
        "status": schedule.status,
        "pipeline": of.get("name") or schedule.pipeline_id or schedule.pipeline_endpoint_id,
        "pipeline_id": schedule.pipeline_id,
        "experiment": payload.get("experiment_name"),
        "when": when_text(schedule),
        "next": payload.get("next") if schedule.status == kept.ACTIVE else None,
        "parameters": payload.get("pipeline_parameters") or {},
        "runs": len(schedule.get_pipeline_runs()),
        "trouble": payload.get("trouble"),
    }


def when_text(schedule: Any) -> str:
    """When it runs."""
    if schedule.recurrence is not None:
        return str(schedule.recurrence).removeprefix("Runs ")
    path = f"/{schedule.path_on_datastore}" if schedule.path_on_datastore else ""
    return f"new files in {schedule.datastore_name}{path}, looked at every {schedule.polling_interval} minutes"


def next_text(when: str | None) -> str:
    """The next time, as the clock of this machine shows it."""
    from aml_nb.core.pipelines.firing import moment

    return "" if when is None else f"{moment(when).astimezone():%a %Y-%m-%d %H:%M}"

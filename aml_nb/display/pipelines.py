"""Pipelines: steps with their states, published pipelines, endpoints and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.graph import Graph, Node, ordered
from aml_nb.display import html, text
from aml_nb.display.base import Card, Shown, Table
from aml_nb.display.batch import bar
from aml_nb.display.run_words import error_of, stamp, took
from aml_nb.display.text import age

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.workspace import Workspace


@dataclass(frozen=True)
class StepFacts:
    """One step of a pipeline's run, as it is now; ``share`` is how much of it is over, where that can be told."""

    name: str
    kind: str
    state: str
    after: tuple[str, ...] = ()
    run_id: str | None = None
    took: str = ""
    progress: str = ""
    share: float | None = None
    error: str = ""


class StepsView(Shown):
    """The steps of a pipeline with their states; ``steps`` are their facts."""

    def __init__(self, name: str, state: str, steps: Sequence[StepFacts], error: str = "") -> None:
        self.name, self.state, self.steps, self.error = name, state, list(steps), error

    def __len__(self) -> int:
        return len(self.steps)

    def as_text(self, paint: text.Paint = text.plain) -> str:
        state = f"  {paint(text.tone_of(self.state), self.state)}" if self.state else ""
        head = f"pipeline {paint('bold', text.clean(self.name))}{state}"
        rows = [[s.name, s.state, s.took, s.kind, ", ".join(s.after), s.progress or s.error] for s in self.steps]
        table = text.columns(("STEP", "STATE", "TOOK", "TYPE", "AFTER", ""), rows, paint, 1)
        return "\n".join([head, table, *([f"  {text.clean(self.error)}"] if self.error else [])])

    def as_html(self) -> str:
        rows: list[list[Any]] = []
        for s in self.steps:
            said = html.Markup(html.cell(s.progress or s.error) + bar(s.share))
            rows.append([s.name, html.badge(s.state), s.took, s.kind, ", ".join(s.after), said])
        facts = [("error", self.error)] if self.error else []
        return html.card("pipeline", self.name, self.state, facts) + html.table(
            ("STEP", "STATE", "TOOK", "TYPE", "AFTER", ""), rows
        )

    def as_data(self) -> Any:
        return {
            "name": self.name,
            "status": self.state,
            "error": self.error or None,
            "steps": [vars(s) for s in self.steps],
        }


class PublishedTable(Table):
    """Published pipelines, newest first; ``pipelines["name"]`` is a PublishedPipeline."""

    kind = "published pipelines"
    heads = ("NAME", "VERSION", "STATUS", "STEPS", "PARAMETERS", "SCHEDULES", "RUNS", "LAST RUN", "ID")
    state = 2
    empty = "%pipeline publish"

    def __init__(self, workspace: Workspace, items: Sequence[Any]) -> None:
        super().__init__(items)
        self._workspace = workspace

    def row(self, item: Any) -> list[str]:
        facts = published_facts(self._workspace, item)
        last = facts["last_run"]
        return [
            item.name, item.version or "", item.status, str(item.total_run_steps),
            ", ".join(facts["parameters"]), str(len(facts["schedules"]) or ""), str(facts["runs"] or ""),
            "" if last is None else f"{last.status}, {age(last.created / 1000)} ago", item.id,
        ]  # fmt: skip

    def record(self, item: Any) -> Any:
        return published_data(self._workspace, item)


class PublishedCard(Card):
    """One published pipeline; ``pipeline`` is the PublishedPipeline."""

    def __init__(self, workspace: Workspace, pipeline: Any, notes: Sequence[str] = ()) -> None:
        self.pipeline = pipeline
        facts = published_facts(workspace, pipeline)
        last = facts["last_run"]
        rows = [
            ("id", pipeline.id),
            ("version", pipeline.version),
            ("description", pipeline.description),
            ("endpoint", endpoint_text(workspace, pipeline)),
            ("steps", ", ".join(pipeline.get_step_names())),
            ("parameters", ", ".join(f"{name}={value}" for name, value in facts["parameters"].items())),
            ("schedules", "; ".join(facts["schedules"])),
            ("runs", str(facts["runs"] or "")),
            ("last run", "" if last is None else f"{last.run_id}: {last.status}, {age(last.created / 1000)} ago"),
        ]
        data = published_data(workspace, pipeline)
        super().__init__("published pipeline", pipeline.name, rows, pipeline.status, notes, data)


class EndpointTable(Table):
    """Pipeline endpoints; ``endpoints["name"]`` is a PipelineEndpoint."""

    kind = "pipeline endpoints"
    heads = ("NAME", "DEFAULT", "VERSIONS", "STATUS", "ID")
    state = 3
    empty = "%pipeline publish --endpoint NAME"

    def row(self, item: Any) -> list[str]:
        versions = ", ".join(each.version for each in item.pipeline_version_list)
        return [item.name, str(item.default_version), versions, item.status, item.id]

    def record(self, item: Any) -> Any:
        versions = {each.version: each.pipeline_id for each in item.pipeline_version_list}
        return {
            "name": item.name, "id": item.id, "default_version": item.default_version, "versions": versions,
            "status": item.status,
        }  # fmt: skip


def steps_of_run(workspace: Workspace, record: RunRecord) -> list[StepFacts]:
    """The steps of a pipeline's run, in an order in which they may run."""
    from aml_nb.core.runs.records import RunRecords
    from aml_nb.core.runs.watch import settle

    graph = Graph.from_dict(record.payload["pipeline"]["graph"])
    latest: dict[str, RunRecord] = {}
    for child in RunRecords(workspace._store).find(parent_id=record.run_id):
        latest.setdefault((child.payload.get("step") or {}).get("node", ""), child)
    names = {node.id: node.name for node in graph.nodes}
    found = []
    for node in ordered(graph):
        begun = latest.get(node.id)
        known = None if begun is None else settle(workspace, begun)
        found.append(_step(workspace, node, _after(node, names), known))
    return found


def step_of_run(workspace: Workspace, record: RunRecord) -> StepFacts:
    """One step's run by itself."""
    return _step(workspace, None, (), record)


def _step(workspace: Workspace, node: Node | None, after: tuple[str, ...], record: RunRecord | None) -> StepFacts:
    from aml_nb.core.pipelines import states
    from aml_nb.core.pipelines.parallel import progress

    name = node.name if node is not None else record.display_name or record.run_id if record is not None else ""
    kind = "" if node is None else _kind(node)
    if record is None:
        return StepFacts(name, kind, states.NOT_STARTED, after)
    facts = progress.read(workspace, record)
    return StepFacts(
        name,
        kind,
        "Reused" if record.properties.get("azureml.reusedrunid") else states.of_step(record.status),
        after,
        record.run_id,
        took(record),
        "" if facts is None else progress.sentence(facts, record.over),
        None if facts is None else progress.share(facts),
        error_of(record),
    )


def published_facts(workspace: Workspace, pipeline: Any) -> dict[str, Any]:
    """Its parameters with their defaults, its schedules, and its runs."""
    from aml_nb.core.runs.records import RunRecords

    runs = list(RunRecords(workspace._store).find(properties={"azureml.pipelineid": pipeline.id}))
    schedules = [
        f"{each['name']} ({each['status']})"
        for each in kept.listed(workspace, kept.SCHEDULE, active_only=False)
        if each["pipeline_id"] == pipeline.id
    ]
    parameters = {name: _value(each.default) for name, each in pipeline._graph.parameters.items()}
    return {"parameters": parameters, "schedules": schedules, "runs": len(runs), "last_run": runs[0] if runs else None}


def published_data(workspace: Workspace, pipeline: Any) -> dict[str, Any]:
    """A published pipeline for JSON."""
    facts = published_facts(workspace, pipeline)
    last = facts.pop("last_run")
    return {
        "name": pipeline.name, "id": pipeline.id, "version": pipeline.version, "status": pipeline.status,
        "description": pipeline.description, "steps": pipeline.get_step_names(), **facts,
        "last_run": last and {"id": last.run_id, "status": last.status, "created": stamp(last.created)},
    }  # fmt: skip


def endpoint_text(workspace: Workspace, pipeline: Any) -> str:
    """Where it is called, without starting anything."""
    from aml_nb.core.plane import addresses

    known = addresses.known(workspace, addresses.SUBMIT + pipeline.id)
    return known or "the control plane is not running; .endpoint starts it"


def _kind(node: Node) -> str:
    return node.step_type or node.kind


def _after(node: Node, names: dict[str, str]) -> tuple[str, ...]:
    return tuple(names.get(before, before) for before in node.before())


def _value(default: Any) -> Any:
    if isinstance(default, dict):
        return default.get("id") or f"{default.get('datastore')}/{default.get('path')}"
    return default

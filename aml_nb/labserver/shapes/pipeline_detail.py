"""Everything of a published pipeline, of a pipeline endpoint, or of a pipeline's run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import endpoint_records, states
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.graph import Graph
from aml_nb.core.pipelines.picture import MOST_DRAWN, as_svg
from aml_nb.core.pipelines.picture_layout import HEIGHT, WIDTH, laid_out
from aml_nb.core.plane import addresses
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.watch import settle
from aml_nb.display.graph import states_of
from aml_nb.display.run_words import error_of
from aml_nb.errors import AmlError
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import base, pipelines, runs, schedules

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

MOST_RUNS = 50


def kind_of(workspace: Workspace, identity: str) -> str:
    """``published``, ``endpoint`` or ``run``.

    Raises
    ------
    NothingThereError : nothing of these has that id.
    """
    if kept.records(workspace, kept.PIPELINE).get(identity) is not None:
        return "published"
    if kept.records(workspace, kept.ENDPOINT).get(identity) is not None:
        return "endpoint"
    record = RunRecords(workspace._store).get(identity)
    if record is not None and "pipeline" in record.payload:
        return "run"
    raise NothingThereError(
        f"There is no pipeline, endpoint or pipeline run {identity!r}.", hint="PublishedPipeline.list(ws)"
    )


def detail(workspace: Workspace, identity: str) -> dict[str, Any]:
    """The view of one of them."""
    looks = {"published": _published, "endpoint": _endpoint, "run": _run}
    kind = kind_of(workspace, identity)
    return {"type": kind, **looks[kind](workspace, identity)}


def _published(workspace: Workspace, identity: str) -> dict[str, Any]:
    payload = kept.find(workspace, kept.PIPELINE, identity)
    graph = Graph.from_dict(payload["graph"])
    active = payload["status"] == kept.ACTIVE
    return {
        "row": pipelines.published_row(payload),
        "description": payload["description"],
        **picture(graph, {}),
        "endpoint": _known(workspace, addresses.SUBMIT + identity),
        "versions": [],
        "parameters": parameters(graph),
        "schedules": _schedules(workspace, "pipeline_id", identity),
        "runs": _runs(workspace, "azureml.pipelineid", identity),
        "error": None,
        "actions": {**switches(active), "submit": None if active else f"It is {payload['status']}."},
    }


def _endpoint(workspace: Workspace, identity: str) -> dict[str, Any]:
    payload = kept.find(workspace, kept.ENDPOINT, identity)
    default = kept.records(workspace, kept.PIPELINE).get(endpoint_records.pipeline_id(payload, None))
    graph = None if default is None else Graph.from_dict(default["graph"])
    active = payload["status"] == kept.ACTIVE
    return {
        "row": pipelines.endpoint_row(payload),
        "description": payload["description"],
        **picture(graph, {}),
        "endpoint": _known(workspace, addresses.SUBMIT_TO_ENDPOINT + identity),
        "versions": [
            {"version": version, "id": pipeline, "default": version == payload["default_version"]}
            for version, pipeline in reversed(payload["versions"].items())
        ],
        "parameters": [] if graph is None else parameters(graph),
        "schedules": _schedules(workspace, "pipeline_endpoint_id", identity),
        "runs": _runs(workspace, "azureml.pipelineendpointid", identity),
        "error": None,
        "actions": {**switches(active), "submit": None if active else f"It is {payload['status']}."},
    }


def _run(workspace: Workspace, identity: str) -> dict[str, Any]:
    records = RunRecords(workspace._store)
    record = settle(workspace, records.get(identity) or RunRecord(identity, "", ""))
    graph = Graph.from_dict(record.payload["pipeline"]["graph"])
    steps = [settle(workspace, child) for child in records.find(parent_id=identity)]
    known = {node.id: states.NOT_STARTED for node in graph.nodes} | states_of(steps)
    return {
        "row": pipelines.run_row(record),
        "description": record.description,
        **picture(graph, known, runs_of(steps)),
        "endpoint": None,
        "versions": [],
        "parameters": parameters(graph, record.payload["pipeline"].get("values")),
        "schedules": [],
        "runs": [runs.row(step) for step in steps],
        "error": error_of(record, whole=True) or None,
        "actions": {"cancel": f"It is over: {record.status}." if record.over else None},
    }


def runs_of(steps: Iterable[RunRecord]) -> dict[str, str]:
    """The runs of steps by their nodes; of several the newest, which comes first."""
    found: dict[str, str] = {}
    for step in steps:
        node = (step.payload.get("step") or {}).get("node") or step.properties.get("azureml.nodeid")
        if node is not None:
            found.setdefault(str(node), step.run_id)
    return found


def picture(
    graph: Graph | None, known: Mapping[str, str], runs_by_node: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A graph as JSON and as a picture; ``known`` has the states of its steps, ``runs_by_node`` their runs."""
    if graph is None:
        return {"graph": None, "svg": None}
    layout = laid_out(graph)
    nodes = [
        {
            "id": box.id,
            "name": box.label,
            "kind": "data" if box.node is None else box.node.step_type or box.node.kind,
            "state": known.get(box.id),
            "tone": base.tone_of(known.get(box.id)) if known.get(box.id) != states.RUNNING else "busy",
            "run": (runs_by_node or {}).get(box.id),
            "x": round(box.x, 1),
            "y": round(box.y, 1),
        }
        for box in layout.boxes.values()
    ]
    size = {"width": round(layout.width), "height": round(layout.height), "node_width": WIDTH, "node_height": HEIGHT}
    edges = [[line.start, line.end] for line in layout.lines]
    svg = as_svg(graph, known) if len(graph.nodes) <= MOST_DRAWN else None
    return {"graph": {"nodes": nodes, "edges": edges, **size}, "svg": svg}


def parameters(graph: Graph, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """What may be told at a submission; of a run what was told."""
    told = values or {}
    return [
        {"name": name, "type": each.type, "default": _plain(told.get(name, each.default))}
        for name, each in graph.parameters.items()
    ]


def switches(active: bool) -> dict[str, str | None]:
    """Whether it can be enabled and disabled: None, or the reason why not."""
    return {"enable": "It is enabled." if active else None, "disable": None if active else "It is disabled."}


def _plain(default: Any) -> Any:
    if isinstance(default, dict):
        return default.get("id") or f"{default.get('datastore')}/{default.get('path')}"
    return default


def _known(workspace: Workspace, path: str) -> str | None:
    """Where it is called, where the control plane runs; to look starts nothing."""
    try:
        return addresses.known(workspace, path)
    except AmlError:
        return None


def _schedules(workspace: Workspace, of: str, identity: str) -> list[base.Row]:
    found = kept.listed(workspace, kept.SCHEDULE, active_only=False)
    return [schedules.row(workspace, payload) for payload in found if payload.get(of) == identity]


def _runs(workspace: Workspace, prop: str, identity: str) -> list[base.Row]:
    records = RunRecords(workspace._store).find(run_type=pipelines.RUN_TYPE, properties={prop: identity})
    return [pipelines.run_row(settle(workspace, record)) for record in islice(records, MOST_RUNS)]

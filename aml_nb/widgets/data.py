"""What a panel shows, as the dictionary that v1's widget had."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aml_nb.core.pipelines.states import NOT_STARTED
from aml_nb.display.metrics import Metric
from aml_nb.display.run_facts import Child, RunFacts
from aml_nb.display.run_panel import graph_of
from aml_nb.display.run_words import name_of, stamp

_SETTINGS = {"childWidgetDisplay": "popup", "send_telemetry": False, "log_level": "INFO"}


def widget_data(facts: RunFacts, settings: dict[str, Any]) -> dict[str, Any]:
    """The run under v1's keys."""
    return {
        "status": facts.record.status,
        "workbench_run_details_uri": "",
        "run_id": facts.run_id,
        "run_properties": _properties(facts),
        "child_runs": [_child(child) for child in facts.children],
        "children_metrics": _children_metrics(facts),
        "run_metrics": [_metric(metric, facts.run_id) for metric in facts.metrics if metric.values],
        "run_logs": "\n".join(facts.logs[0].lines) if facts.logs else "",
        "graph": _graph(facts),
        "widget_settings": {**_SETTINGS, **settings},
        "loading": False,
    }


def _properties(facts: RunFacts) -> dict[str, Any]:
    record = facts.record
    return {
        "run_id": record.run_id,
        "display_name": name_of(record),
        "created_utc": stamp(record.created),
        "start_time_utc": stamp(record.started),
        "end_time_utc": stamp(record.ended),
        "status": record.status,
        "properties": record.properties,
        "tags": record.tags,
        "script_name": record.payload.get("script"),
        "run_number": record.number,
        "run_duration": None if facts.seconds is None else str(timedelta(seconds=int(facts.seconds))),
        "log_files": {log.name: log.note for log in facts.logs},
    }


def _child(child: Child) -> dict[str, Any]:
    record = child.record
    return {
        "run_id": record.run_id,
        "run_number": record.number,
        "status": record.status,
        "run_type": record.run_type,
        "start_time": stamp(record.started),
        "end_time": stamp(record.ended),
        "metric": child.value,
        **{f"param_{name.lstrip('-')}": value for name, value in child.parameters.items()},
    }


def _graph(facts: RunFacts) -> dict[str, Any]:
    """A pipeline's steps and what they hand on, under v1's keys; nothing for other runs."""
    drawn = graph_of(facts)
    if drawn is None:
        return {}
    graph, states = drawn
    names = {node.id: node.name for node in graph.nodes}
    runs = {child.record.properties.get("azureml.nodeid"): child.record.run_id for child in reversed(facts.children)}
    edges = [
        {
            "source_node_id": port.source["node"],
            "source_node_name": names.get(port.source["node"]),
            "source_name": port.source["output"],
            "target_name": port.name,
            "dst_node_id": node.id,
            "dst_node_name": node.name,
        }
        for node in graph.nodes
        for port in node.inputs
        if port.source["kind"] == "step"
    ]
    nodes = {
        node.id: {
            "node_id": node.id,
            "name": node.name,
            "status": states.get(node.id, NOT_STARTED),
            "_is_reused": states.get(node.id) == "Reused",
            "run_id": runs.get(node.id),
        }
        for node in graph.nodes
    }
    return {
        "datasource_nodes": {},
        "module_nodes": nodes,
        "edges": edges,
        "child_runs": list(filter(None, runs.values())),
    }


def _children_metrics(facts: RunFacts) -> dict[str, Any]:
    if facts.primary is None:
        return {}
    values = [child.value for child in facts.children]
    return {"categories": [child.record.number for child in facts.children], "series": {facts.primary.name: values}}


def _metric(metric: Metric, run_id: str) -> dict[str, Any]:
    steps = metric.steps if metric.told else list(range(len(metric.values)))
    return {"name": metric.name, "run_id": run_id, "categories": steps, "series": [{"data": list(metric.values)}]}

"""A pipeline in YAML: its parameters, and its steps with what they read and write."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from aml_nb.core.pipelines.graph import Graph, Node, ordered

FILE = "pipeline.yml"


def save(
    graph: Graph, path: str | None, name: str | None, description: str | None = None, version: str | None = None
) -> str:
    """Write a pipeline to a file, or to ``pipeline.yml`` in a folder; returns the text."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = io.StringIO()
    yaml.dump({"pipeline": described(graph, name, description, version)}, out)
    target = Path(path or ".")
    target = target / FILE if target.is_dir() else target
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(out.getvalue(), encoding="utf-8")
    return out.getvalue()


def described(
    graph: Graph, name: str | None, description: str | None = None, version: str | None = None
) -> dict[str, Any]:
    """A pipeline: its parameters, and its steps with what they read and write."""
    names = _names(graph)
    return {
        "name": name,
        "description": description,
        "version": version,
        "default_datastore": graph.default_datastore,
        "parameters": {
            name: {"type": parameter.type, "default": parameter.default} for name, parameter in graph.parameters.items()
        },
        "steps": {names[node.id]: _step(node, names) for node in ordered(graph)},
    }


def _names(graph: Graph) -> dict[str, str]:
    """What the steps are called; of two of one name the second has its id beside it."""
    found: dict[str, str] = {}
    for node in ordered(graph):
        found[node.id] = f"{node.name} ({node.id})" if node.name in found.values() else node.name
    return found


def _step(node: Node, names: dict[str, str]) -> dict[str, Any]:
    return {
        "type": node.step_type or node.kind,
        "compute_target": node.target,
        "arguments": [dict(each) if isinstance(each, dict) else each for each in node.arguments],
        "inputs": {port.name: _source(port.source, names) for port in node.inputs},
        "outputs": [port.name for port in node.outputs],
        "run_after": [names[each] for each in node.run_after],
        "allow_reuse": node.allow_reuse,
    }


def _source(source: dict[str, Any], names: dict[str, str]) -> Any:
    if source["kind"] == "step":
        return {"step": names[source["node"]], "output": source["output"]}
    return {name: value for name, value in source.items() if name in ("kind", "id", "parameter", "source")}

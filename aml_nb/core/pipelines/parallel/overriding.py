"""Settings of parallel steps that are told at submission without a PipelineParameter, as in v1's notebooks.

``{"ParameterAssignments": {"process_count_per_node": 6}}`` is meant for the parallel steps of the pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aml_nb.core.pipelines.graph import Graph, Node, Parameter
from aml_nb.core.pipelines.parallel import settings

_TEXT = ("mini_batch_size", "logging_level")


def opened(graph: Graph, given: Mapping[str, Any] | None) -> Graph:
    """The pipeline with a parameter for each setting of its parallel steps that is told without being one.

    A parameter of the pipeline goes before a setting of the same name.

    Raises
    ------
    ArgumentError : a value cannot be right for the setting.
    """
    names = [name for name in given or {} if name in settings.VARIABLE and name not in graph.parameters]
    if not names or not any(node.kind == "parallel" for node in graph.nodes):
        return graph
    parameters = dict(graph.parameters)
    for name in names:
        told = (given or {})[name]
        settings.resolved(name, settings.shown(told))
        kind = "string" if name in _TEXT else "float" if name == "allowed_failed_percent" else "int"
        parameters[name] = Parameter(name, kind, settings.shown(told))
    return replace(graph, parameters=parameters, nodes=[_opened(node, names) for node in graph.nodes])


def _opened(node: Node, names: list[str]) -> Node:
    if node.kind != "parallel":
        return node
    return replace(node, settings={**node.settings, **{name: {"parameter": name} for name in names}})

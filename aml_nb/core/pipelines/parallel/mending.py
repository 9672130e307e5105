"""The pipeline of a run whose parallel step was gone on with by a mended script."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.pipelines.graph import Graph, Node

SOURCE = "mended_source"


def mended(workspace: Any, run_id: str, graph: Graph) -> Graph:
    """The graph with the scripts with which its parallel steps have completed.

    Parameters
    ----------
    run_id : of the pipeline's run.
    graph : as it was submitted. Published like this, it would fail again where it has failed.
    """
    from aml_nb.core.runs import status as states
    from aml_nb.core.runs.records import RunRecords

    sources: dict[str, dict[str, Any]] = {}
    for record in RunRecords(workspace._store).find(parent_id=run_id, status=states.COMPLETED):
        if SOURCE in record.payload:
            sources.setdefault(record.properties["azureml.nodeid"], record.payload[SOURCE])  # the newest comes first
    return replace(graph, nodes=[_with(node, sources.get(node.id)) for node in graph.nodes])


def _with(node: Node, source: dict[str, Any] | None) -> Node:
    from aml_nb.core.pipelines.reuse import module_id

    if source is None:
        return node
    changed = replace(node, settings={**node.settings, "source": source})
    return replace(changed, module_id=module_id(changed))

"""The picture of a pipeline for verbs: steps with their states, and what they hand on; as SVG and as text.

``GraphView(graph, states)`` is what verbs return, ``GraphView.of_run(pipeline_run)`` with the states of now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import picture, states
from aml_nb.core.pipelines.graph import Graph, ordered
from aml_nb.core.pipelines.picture import as_html, as_svg
from aml_nb.display import text
from aml_nb.display.base import Shown

if TYPE_CHECKING:
    from aml_nb.core.pipelines.pipeline_run import PipelineRun
    from aml_nb.core.runs.records import RunRecord

__all__ = ["GraphView", "as_html", "as_svg", "as_text", "states_of"]
_TONES = {"+": "ok", "*": "busy", "x": "bad", "<": "dim"}


class GraphView(Shown):
    """A pipeline as a picture; ``graph`` is what it is made of, ``states`` how its steps are."""

    def __init__(self, graph: Graph, states: Mapping[str, str] | None = None, name: str = "") -> None:
        self.graph, self.states, self.name = graph, dict(states or {}), name

    @classmethod
    def of_run(cls, run: PipelineRun) -> GraphView:
        """The pipeline of a run with the states of its steps as they are now."""
        return cls(run._graph(), run._states(), str(run.display_name or run.id))

    def as_text(self, paint: text.Paint = text.plain) -> str:
        return as_text(self.graph, self.states, paint)

    def as_html(self) -> str:
        return as_html(self.graph, self.states)

    def as_data(self) -> Any:
        names = {node.id: node.name for node in self.graph.nodes}
        return [
            {
                "name": node.name,
                "id": node.id,
                "type": node.step_type or node.kind,
                "state": self.states.get(node.id),
                "after": [names.get(each, each) for each in node.before()],
            }
            for node in ordered(self.graph)
        ]


def as_text(graph: Graph, states: Mapping[str, str] | None = None, paint: text.Paint = text.plain) -> str:
    """A line for each step, in the colour of its state, and under it what it reads and of whom."""
    found = []
    for line in picture.lines(graph, states):
        told = line.lstrip()
        found.append(paint(_TONES.get(told[0], ""), line))
    return "\n".join(found) or "(no steps)"


def states_of(children: Iterable[RunRecord]) -> dict[str, str]:
    """The states of steps by their nodes, of the records of their runs, newest first."""
    found: dict[str, str] = {}
    for record in children:
        node = (record.payload.get("step") or {}).get("node") or record.properties.get("azureml.nodeid")
        reused = record.properties.get("azureml.reusedrunid")
        if node is not None:
            found.setdefault(str(node), "Reused" if reused else states.of_step(record.status))
    return found

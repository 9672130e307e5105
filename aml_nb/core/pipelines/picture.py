"""The picture of a pipeline: steps in the colours of their states, and what they hand on, as SVG.

``states`` are those of ``PipelineRun._states()``: words by the ids of nodes; none for a pipeline that is not running.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape

from aml_nb.core.pipelines.graph import Graph, Node, ordered
from aml_nb.core.pipelines.picture_layout import HEIGHT, WIDTH, Box, Layout, Line, laid_out, source_of

MOST_DRAWN = 300
"""Steps in a picture; of a larger pipeline there are only words."""
_INK = "#808080"  # reads on light and on dark, for a picture knows no theme
_COLOURS = {
    "Finished": "#2e8b57",
    "Reused": "#2e8b57",
    "Running": "#1f77b4",
    "Queued": "#b8860b",
    "Failed": "#d1495b",
}
_MARKS = {"Finished": "+", "Reused": "+", "Running": "*", "Queued": "*", "Failed": "x", "Canceled": "-"}
_MOST_LETTERS = 26


def as_html(graph: Graph, states: Mapping[str, str] | None = None) -> str:
    """The picture for a notebook, one that is not trusted, too; words where there are too many steps for one."""
    said = escape("\n".join(lines(graph, states)), quote=True)
    if len(graph.nodes) > MOST_DRAWN:
        return f'<pre style="max-height:24em;overflow:auto">{said}</pre>'
    layout = laid_out(graph)
    data = base64.b64encode(_svg(layout, states or {}).encode()).decode()
    return (
        f'<div style="overflow-x:auto"><img alt="{said}" width="{layout.width:.0f}" height="{layout.height:.0f}" '
        f'style="max-width:none" src="data:image/svg+xml;base64,{data}"></div>'
    )


def as_svg(graph: Graph, states: Mapping[str, str] | None = None) -> str:
    """The picture as an ``<svg>`` element."""
    return _svg(laid_out(graph), states or {})


def lines(graph: Graph, states: Mapping[str, str] | None = None) -> list[str]:
    """A line for each step, below those that it waits for, and under it what it reads and of whom."""
    known = states or {}
    names = {node.id: node.name for node in graph.nodes}
    found = []
    for node in ordered(graph):
        state = known.get(node.id, "")
        told = f"  [{state}]" if state else ""
        found.append(f"{_MARKS.get(state, 'o')} {node.name} ({node.step_type or node.kind}){told}")
        read = ", ".join(_reading(node, names))
        found += [f"    <- {read}"] if read else []
    return [_clean(line) for line in found]


def _reading(node: Node, names: Mapping[str, str]) -> list[str]:
    """What a step reads, and of whom; then the steps after which it only comes."""
    found, of = [], set()
    for port in node.inputs:
        if port.source["kind"] == "step":
            of.add(port.source["node"])
            found.append(f"{port.source['output']} of {names.get(port.source['node'], port.source['node'])}")
        else:
            found.append(source_of(port)[1])
    return [*found, *(f"after {names.get(each, each)}" for each in node.run_after if each not in of)]


def _svg(layout: Layout, states: Mapping[str, str]) -> str:
    parts = [_line(layout.boxes[line.start], layout.boxes[line.end], line) for line in layout.lines]
    parts += [_box(box, states.get(box.id, "")) for box in layout.boxes.values()]
    arrow = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{_INK}"/></marker></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{layout.width:.0f}" height="{layout.height:.0f}" '
        f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" role="img" '
        f'font-family="sans-serif" font-size="12">{arrow}{"".join(parts)}</svg>'
    )


def _box(box: Box, state: str) -> str:
    middle, colour = box.x + WIDTH / 2, _COLOURS.get(state, _INK)
    if box.node is None:
        round_, dash, below, facts = HEIGHT / 2, ' stroke-dasharray="4 3"', "data", _clean(box.label)
    else:
        kind = box.node.step_type or box.node.kind
        round_, dash, below = 5, "", state or kind
        told = (box.label, kind, state, f"on {box.node.target or 'local'}")
        facts = "\n".join(_clean(part) for part in told if part)
    return (
        f"<g><title>{escape(facts)}</title>"
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{WIDTH}" height="{HEIGHT}" rx="{round_}" fill="{colour}" '
        f'fill-opacity="0.12" stroke="{colour}" stroke-width="1.5"{dash}/>'
        f'<text x="{middle:.1f}" y="{box.y + 20:.1f}" text-anchor="middle" font-weight="600" fill="{_INK}">'
        f"{escape(_short(box.label))}</text>"
        f'<text x="{middle:.1f}" y="{box.y + 36:.1f}" text-anchor="middle" font-size="11" fill="{colour}">'
        f"{escape(_short(below))}</text></g>"
    )


def _line(start: Box, end: Box, line: Line) -> str:
    x0, y0 = start.x + WIDTH / 2, start.y + HEIGHT
    x1, y1 = end.x + WIDTH / 2, end.y
    bend = (y1 - y0) / 2
    dash = "" if line.label else ' stroke-dasharray="3 3"'
    return (
        f'<path d="M{x0:.1f} {y0:.1f}C{x0:.1f} {y0 + bend:.1f} {x1:.1f} {y1 - bend:.1f} {x1:.1f} {y1:.1f}" '
        f'fill="none" stroke="{_INK}" stroke-width="1.2"{dash} marker-end="url(#tip)">'
        f"<title>{escape(_clean(line.label or 'runs after'))}</title></path>"
    )


def _short(label: str) -> str:
    said = _clean(label)
    return said if len(said) <= _MOST_LETTERS else f"{said[: _MOST_LETTERS - 1]}…"


def _clean(said: str) -> str:
    """One line without the characters that XML cannot hold, or that move a terminal's cursor."""
    return "".join(c if c.isprintable() else " " for c in said)

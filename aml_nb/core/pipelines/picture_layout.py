"""Where the boxes of a pipeline's picture go: in layers, each step below what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aml_nb.core.pipelines.graph import Graph, Node, Port, ordered

WIDTH, HEIGHT = 190, 46
GAP_X, GAP_Y, EDGE = 26, 44, 12
_ROUNDS = 4


@dataclass(frozen=True)
class Box:
    """A step, or data that the pipeline is given; ``node`` is None for data."""

    id: str
    label: str
    node: Node | None
    layer: int
    x: float = 0.0

    @property
    def y(self) -> float:
        """The upper edge."""
        return EDGE + self.layer * (HEIGHT + GAP_Y)


@dataclass(frozen=True)
class Line:
    """From one box to one that waits for it; ``label`` names the data, nothing where it only comes later."""

    start: str
    end: str
    label: str


@dataclass(frozen=True)
class Layout:
    """Boxes by their ids, lines between them, and the size of the picture."""

    boxes: dict[str, Box]
    lines: list[Line]
    width: float
    height: float


def laid_out(graph: Graph) -> Layout:
    """The picture of a pipeline, without colours."""
    boxes, lines = _boxes(graph)
    layers: dict[int, list[str]] = {}
    for box in boxes.values():
        layers.setdefault(box.layer, []).append(box.id)
    _untangle(layers, lines)
    widest = max((len(row) for row in layers.values()), default=1)
    width = 2 * EDGE + widest * WIDTH + (widest - 1) * GAP_X
    placed = {}
    for row in layers.values():
        left = (width - len(row) * WIDTH - (len(row) - 1) * GAP_X) / 2
        for number, name in enumerate(row):
            box = boxes[name]
            placed[name] = Box(box.id, box.label, box.node, box.layer, left + number * (WIDTH + GAP_X))
    height = 2 * EDGE + max(layers, default=0) * (HEIGHT + GAP_Y) + HEIGHT
    return Layout(placed, lines, width, height)


def _boxes(graph: Graph) -> tuple[dict[str, Box], list[Line]]:
    """What is drawn: data first, then steps, each in the layer below the lowest that it waits for."""
    known = {node.id for node in graph.nodes}
    boxes: dict[str, Box] = {}
    lines: list[Line] = []
    for node in ordered(graph):
        before = [boxes[each].layer for each in node.before() if each in known]
        layer = 1 + max(before, default=-1)
        for port in node.inputs:
            if port.source["kind"] == "step":
                lines.append(Line(port.source["node"], node.id, port.source["output"]))
                continue
            name, label = source_of(port)
            boxes.setdefault(name, Box(name, label, None, 0))
            lines.append(Line(name, node.id, port.name))
            layer = max(layer, 1)
        read = {line.start for line in lines if line.end == node.id}
        lines += [Line(each, node.id, "") for each in node.run_after if each not in read and each in known]
        boxes[node.id] = Box(node.id, node.name, node, layer)
    for name in [box.id for box in boxes.values() if box.node is None]:
        first = min(boxes[line.end].layer for line in lines if line.start == name)
        boxes[name] = Box(name, boxes[name].label, None, first - 1)  # near the first that reads it
    return boxes, lines


def source_of(port: Port) -> tuple[str, str]:
    """Data that the pipeline is given: the same id for the same data, and what it is called."""
    source: dict[str, Any] = port.source
    if source["kind"] == "parameter":
        return f"parameter {source['parameter']}", source["parameter"]
    if source["kind"] == "dataset":
        return f"dataset {source['id']}", port.name
    place = source["source"]
    label = "/".join(part for part in (place.get("datastore"), place.get("path")) if part)
    return f"place {place}", label or port.name


def _untangle(layers: dict[int, list[str]], lines: list[Line]) -> None:
    """Put each box near the middle of those that it is tied to, a few times down and up."""
    tied: dict[str, list[str]] = {}
    for line in lines:
        tied.setdefault(line.start, []).append(line.end)
        tied.setdefault(line.end, []).append(line.start)
    place = {name: _share(number, row) for row in layers.values() for number, name in enumerate(row)}
    for turn in range(_ROUNDS):
        for layer in sorted(layers, reverse=bool(turn % 2)):
            row = layers[layer]
            middle = {
                name: sum(place[each] for each in tied[name]) / len(tied[name]) if name in tied else place[name]
                for name in row
            }
            row.sort(key=lambda name, middle=middle: (middle[name], place[name]))  # type: ignore[misc]
            place.update({name: _share(number, row) for number, name in enumerate(row)})


def _share(number: int, row: list[str]) -> float:
    return (number + 0.5) / len(row)

"""The picture of a pipeline: boxes that do not touch, lines that go down, and nothing of a name that gets through."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.pipelines import picture
from aml_nb.core.pipelines.graph import Graph, Node, OutPort, Port
from aml_nb.core.pipelines.picture_layout import HEIGHT, WIDTH, laid_out
from aml_nb.display.graph import GraphView, as_text
from aml_nb.display.text import ansi

BAD = "a<script>\"'&\x1b[2J\n\x00b"


def step(number: int, before: list[int], after: list[int], data: bool = False, name: str | None = None) -> Node:
    read = [Port(f"in{b}", {"kind": "step", "node": f"n{b}", "output": "out"}) for b in before]
    if data:
        place = {"path": "raw", "datastore": "store", "workspace": None}
        read.append(Port("raw", {"kind": "reference", "source": place}))
    outputs = [OutPort("out", "reference", {})]
    waits = [f"n{each}" for each in after]
    return Node(f"n{number}", name or f"step {number}", "script", {}, [], read, outputs, waits, step_type="Some")


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    nodes = []
    for number in range(draw(st.integers(1, 14))):
        earlier = st.lists(st.integers(0, number - 1), unique=True, max_size=3) if number else st.just([])
        nodes.append(step(number, draw(earlier), draw(earlier), draw(st.booleans())))
    return Graph(draw(st.permutations(nodes)))


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_boxes_do_not_touch_and_lines_go_down(graph: Graph) -> None:
    layout = laid_out(graph)
    boxes = list(layout.boxes.values())
    assert {box.id for box in boxes if box.node is not None} == {node.id for node in graph.nodes}
    for number, box in enumerate(boxes):
        assert 0 <= box.x and box.x + WIDTH <= layout.width and box.y + HEIGHT <= layout.height
        for other in boxes[:number]:
            assert abs(box.x - other.x) >= WIDTH or abs(box.y - other.y) >= HEIGHT
    assert all(layout.boxes[line.start].y < layout.boxes[line.end].y for line in layout.lines)
    drawn = {(line.start, line.end) for line in layout.lines}
    assert drawn >= set(graph.edges())
    assert len(picture.lines(graph)) >= len(graph.nodes)


def test_names_are_only_text() -> None:
    graph = Graph([step(0, [], [], data=True, name=BAD), step(1, [0], [], name="second")])
    root = ElementTree.fromstring(picture.as_svg(graph, {"n0": "Failed"}))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "defs", "marker", "path", "g", "title", "rect", "text"}
    assert any("a<script>" in (element.text or "") for element in root.iter())
    page = picture.as_html(graph, {})
    assert "<script" not in page and "\x1b" not in page and page.startswith('<div style="overflow-x:auto"><img ')
    assert not any(c in as_text(graph, {}) for c in "\x1b\x00")
    assert len(as_text(graph, {}).splitlines()) == 4


def test_states_have_their_colours_and_words() -> None:
    graph = Graph([step(n, [n - 1] if n else [], []) for n in range(4)] + [step(4, [], [3])])
    states = dict(zip(("n0", "n1", "n2", "n3"), ("Reused", "Running", "Failed", "Canceled"), strict=True))
    svg = picture.as_svg(graph, states)
    assert all(colour in svg for colour in ("#2e8b57", "#1f77b4", "#d1495b")) and "Reused" in svg
    view = GraphView(graph, states)
    assert view.as_text().splitlines() == [
        "+ step 0 (Some)  [Reused]",
        "* step 1 (Some)  [Running]",
        "    <- out of step 0",
        "x step 2 (Some)  [Failed]",
        "    <- out of step 1",
        "- step 3 (Some)  [Canceled]",
        "    <- out of step 2",
        "o step 4 (Some)",
        "    <- after step 3",
    ]
    assert view.as_text(ansi).startswith("\x1b[32m+ step 0")
    assert [each["after"] for each in view.as_data()] == [[], ["step 0"], ["step 1"], ["step 2"], ["step 3"]]


@pytest.mark.parametrize("count", [0, 1, picture.MOST_DRAWN + 1])
def test_none_and_very_many(count: int) -> None:
    graph = Graph([step(n, [], []) for n in range(count)])
    page = picture.as_html(graph)
    assert page.startswith("<pre") == (count > picture.MOST_DRAWN)
    assert as_text(graph).count("(Some)") == count

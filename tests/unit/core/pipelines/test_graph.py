"""Graphs: what they are as JSON, in which order steps can run, and what is wrong with one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.pipelines.graph import Graph, Node, OutPort, Parameter, Port, ordered, ring, validate


def node(number: int, before: list[int], reads: list[int]) -> Node:
    inputs = [
        Port(f"in{n}", {"kind": "step", "node": f"n{n}", "output": "out"}, mode="download", overwrite=True)
        for n in reads
    ]
    outputs = [OutPort("out", "reference", {"source": {"path": "p", "datastore": "d", "workspace": "w"}})]
    return Node(
        f"n{number}", f"step {number}", "script", {"a": [1]}, ["--x"], inputs, outputs, [f"n{b}" for b in before]
    )


@st.composite
def graphs(draw: st.DrawFn, forward: bool) -> Graph:
    """Any graph; with ``forward`` one in which steps wait for earlier ones only, shuffled."""
    size = draw(st.integers(1, 8))
    nodes = []
    for number in range(size):
        others = [n for n in range(number if forward else size) if n != number or not forward]
        chosen = st.lists(st.sampled_from(others), unique=True, max_size=3) if others else st.just([])
        nodes.append(node(number, draw(chosen), draw(chosen)))
    return Graph(draw(st.permutations(nodes)), {"p": Parameter("p", "int", 3)}, "store", "what it is")


@given(graphs(forward=True))
def test_every_step_stands_behind_those_that_it_waits_for(graph: Graph) -> None:
    order = [each.id for each in ordered(graph)]
    assert sorted(order) == sorted(each.id for each in graph.nodes)
    assert all(order.index(before) < order.index(after) for before, after in graph.edges())
    assert validate(graph) == []


@given(graphs(forward=False))
def test_a_ring_is_found_where_there_is_one(graph: Graph) -> None:
    left = {each.id: set(each.before()) for each in graph.nodes}
    while free := [name for name, before in left.items() if not before & set(left)]:
        for name in free:
            del left[name]
    circle = ring(graph.nodes)
    assert bool(circle) == bool(left)
    by_name = {each.name: each for each in graph.nodes}
    for here, following in zip(circle, circle[1:], strict=False):
        assert by_name[here].id in by_name[following].before(), "each is waited for by the next"
    if circle:
        assert circle[0] == circle[-1]
        assert " -> ".join(circle) in validate(graph)[-1]
        with pytest.raises(ValueError, match="step"):
            ordered(graph)


@given(graphs(forward=False))
def test_a_graph_is_the_same_after_json(graph: Graph) -> None:
    assert Graph.from_json(graph.to_json()) == graph
    assert Graph.from_dict(json.loads(json.dumps(graph.to_dict()))) == graph


def test_what_is_wrong_names_the_step() -> None:
    good = node(0, [], [])
    double = replace(node(1, [], []), outputs=[*good.outputs, *good.outputs])
    lost = replace(node(2, [], [7]), run_after=["nobody"])
    unknown = replace(node(3, [], []), inputs=[Port("place", {"kind": "parameter", "parameter": "where"})])
    both = replace(node(4, [], [0]), outputs=[OutPort("in0", "reference", {})])
    public = [replace(node(n, [], []), outputs=[OutPort("out", "reference", {}, None, "model")]) for n in (5, 6)]
    errors = validate(Graph([good, good, double, lost, unknown, both, *public]))
    assert len(errors) == 7
    for number, words in (
        (0, "twice"),
        (1, "two of its outputs are called 'out'"),
        (2, "nothing in the pipeline writes its input 'in7'"),
        (2, "after a step that is not in the pipeline"),
        (3, "'place' is a parameter that the pipeline has not"),
        (4, "both called 'in0'"),
        (6, "'model' is written by the step [step 5] too"),
    ):
        assert any(error.startswith(f"Step [step {number}]") and words in error for error in errors), words


def test_a_step_waits_once_for_a_step_that_it_reads_twice_and_runs_after() -> None:
    assert node(1, [0], [0]).before() == ["n0"]
    assert Graph([node(0, [], [])]).node("n0").name == "step 0"
    with pytest.raises(KeyError):
        Graph([]).node("n0")

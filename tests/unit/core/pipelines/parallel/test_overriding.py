"""Settings of parallel steps that a request tells without a parameter of the pipeline, as v1's tutorial does."""

from __future__ import annotations

from typing import Any

import pytest

from aml_nb.core.pipelines.graph import Graph, Node, Parameter
from aml_nb.core.pipelines.parallel.overriding import opened
from aml_nb.core.pipelines.resolving import Scene, filled
from aml_nb.errors import ArgumentError

SCORES = Node("1", "score", "parallel", {"process_count_per_node": 2, "mini_batch_size": 20})
TRAINS = Node("2", "train", "script", {"process_count_per_node": 1})


def graph(*nodes: Node, **parameters: Parameter) -> Graph:
    return Graph(list(nodes), dict(parameters))


def settings_of(made: Graph, told: dict[str, Any]) -> list[dict[str, Any]]:
    types = {name: parameter.type for name, parameter in made.parameters.items()}
    scene = Scene(None, told, types, {})  # type: ignore[arg-type]  # the workspace is not asked for plain values
    return [filled(scene, node.settings) for node in made.nodes]


@pytest.mark.parametrize("value", [6, "6"])
def test_a_setting_is_told_to_the_parallel_steps_alone(value: Any) -> None:
    told = {"process_count_per_node": value}
    changed, other = settings_of(opened(graph(SCORES, TRAINS), told), told)
    assert (changed["process_count_per_node"], changed["mini_batch_size"]) == (6, 20)
    assert other == TRAINS.settings


def test_a_parameter_of_that_name_goes_before() -> None:
    own = graph(SCORES, mini_batch_size=Parameter("mini_batch_size", "int", 3))
    assert opened(own, {"mini_batch_size": 5}) is own


def test_without_a_parallel_step_there_is_no_such_parameter() -> None:
    assert opened(graph(TRAINS), {"process_count_per_node": 6}).parameters == {}
    assert opened(graph(SCORES), {"output_action": "summary_only", "rate": 1}).parameters == {}


def test_what_cannot_be_right_is_said_at_once() -> None:
    with pytest.raises(ArgumentError, match="process_count_per_node must be"):
        opened(graph(SCORES), {"process_count_per_node": 0})

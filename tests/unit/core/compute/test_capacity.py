"""Placing replicas on nodes: what fits, what does not and why, and who gets what is left."""

from __future__ import annotations

import pytest

from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.capacity import Needs, Nodes, allocatable, share_out

D3 = vm_sizes.find("Standard_D3_v2")


def test_a_node_keeps_a_little_for_itself() -> None:
    assert allocatable(D3) == Needs.of(3.86, 10.85)
    assert allocatable(vm_sizes.find("Standard_NC6")).gpu == 1
    for size in vm_sizes.TABLE.values():
        node = allocatable(size)
        assert 0.8 * size.cores * 1000 < node.cpu < size.cores * 1000
        assert 0 <= node.memory < size.memory_gb * 1024


def test_replicas_go_where_most_room_is() -> None:
    nodes = Nodes(3, D3)
    assert nodes.place(Needs.of(1, 1), 4) == [0, 1, 2, 0]
    assert nodes.free[0] == Needs.of(1.86, 8.85)


def test_all_fit_or_none_is_placed() -> None:
    nodes = Nodes(2, D3)
    assert nodes.place(Needs.of(2, 1), 3) is None
    assert nodes.free == [allocatable(D3)] * 2
    assert nodes.why_not(Needs.of(2, 1), 3) == (
        "0/2 nodes are available: 2 Insufficient cpu. (2 of 3 replicas would fit.)"
    )


@pytest.mark.parametrize(
    ("needs", "told"),
    [
        (Needs.of(4, 1), "0/3 nodes are available: 3 Insufficient cpu."),
        (Needs.of(1, 14), "0/3 nodes are available: 3 Insufficient memory."),
        (Needs.of(1, 1, 1), "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."),
        (Needs.of(5, 12), "0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory."),
    ],
)
def test_why_one_fits_nowhere(needs: Needs, told: str) -> None:
    assert Nodes(3, D3).why_not(needs, 1) == told


def test_nodes_may_lack_different_things() -> None:
    nodes = Nodes(2, D3)
    nodes.take(Needs.of(3, 1), [0])
    nodes.take(Needs.of(1, 9), [1])
    assert nodes.why_not(Needs.of(2, 4), 1) == "0/2 nodes are available: 1 Insufficient cpu, 1 Insufficient memory."


def test_replicas_of_a_node_that_is_gone_hold_nothing() -> None:
    nodes = Nodes(1, D3)
    nodes.take(Needs.of(3, 1), [1, 2])
    assert nodes.free == [allocatable(D3)]


def test_what_is_left_is_dealt_out_in_turns() -> None:
    nodes = Nodes(1, D3)
    assert share_out(nodes, [("one", Needs.of(1, 1), 9), ("two", Needs.of(1, 1), 9)]) == {"one": 2, "two": 1}
    assert share_out(Nodes(1, D3), [("one", Needs.of(1, 1), 1), ("two", Needs.of(1, 1), 9)]) == {"one": 1, "two": 2}
    assert share_out(Nodes(1, D3), []) == {}

"""The nodes of a cluster as values: whatever runs do and however the time goes, they add up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aml_nb.core.compute import pool_nodes
from aml_nb.core.compute.pool_nodes import LEAVING_SECONDS, NodeState, Settings

IDLE = 100.0


class Cluster(RuleBasedStateMachine):
    """Runs come, go and die, settings change and time passes; a model knows who must have how many nodes."""

    @initialize(minimum=st.integers(0, 3), more=st.integers(0, 4))
    def create(self, minimum: int, more: int) -> None:
        self.settings = Settings(minimum, max(1, minimum + more), IDLE)
        self.now, self.nodes, self.holders, self.drawn = 1000.0, list[NodeState](), dict[str, int](), 0
        self.look()

    def look(self) -> None:
        self.nodes = pool_nodes.settle(self.nodes, self.settings, self.now, lambda ticket: ticket in self.holders)

    @rule(number=st.integers(1, 4))
    def arrive(self, number: int) -> None:
        self.drawn += 1
        ticket = str(self.drawn)
        free = self.settings.maximum - sum(self.holders.values())
        taken = pool_nodes.take(self.nodes, self.settings, number, f"run_{ticket}", ticket, self.now)
        assert (taken is not None) == (number <= free)
        if taken is not None:
            self.nodes, self.holders[ticket] = taken, number

    @precondition(lambda self: self.holders)
    @rule(data=st.data(), killed=st.booleans())
    def depart(self, data: st.DataObject, killed: bool) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.holders)))
        del self.holders[ticket]
        if not killed:
            self.nodes = pool_nodes.give_back(self.nodes, ticket, self.now)
        self.look()

    @precondition(lambda self: self.holders)
    @rule(data=st.data(), state=st.sampled_from(pool_nodes.BUSY))
    def go_on(self, data: st.DataObject, state: str) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.holders)))
        self.nodes = pool_nodes.stage(self.nodes, ticket, state, self.now)
        assert {node.state for node in self.nodes if node.ticket == ticket} == {state}

    @rule(seconds=st.sampled_from([0.5, LEAVING_SECONDS, IDLE - 1, IDLE, 2 * IDLE]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.look()

    @rule(minimum=st.integers(0, 3), more=st.integers(0, 3))
    def update(self, minimum: int, more: int) -> None:
        self.settings = Settings(minimum, max(1, minimum + more), IDLE)
        self.look()

    @invariant()
    def each_run_has_its_nodes(self) -> None:
        held = [node.ticket for node in pool_nodes.busy(self.nodes)]
        assert {ticket: held.count(ticket) for ticket in held} == self.holders
        assert all(node.run_id == f"run_{node.ticket}" for node in pool_nodes.busy(self.nodes))

    @invariant()
    def the_number_is_within_the_settings(self) -> None:
        stay = len(pool_nodes.staying(self.nodes))
        most = max(self.settings.maximum, sum(self.holders.values()))
        assert self.settings.minimum <= stay <= most
        assert len({node.id for node in self.nodes}) == len(self.nodes)

    @invariant()
    def none_is_idle_or_leaves_for_too_long(self) -> None:
        spare = len(pool_nodes.staying(self.nodes)) - self.settings.minimum
        overdue = [node for node in self.nodes if node.state == "idle" and self.now >= node.since + IDLE]
        assert spare <= 0 or not overdue
        leaving = [node for node in self.nodes if node.state == "leaving"]
        assert all(self.now < node.since + LEAVING_SECONDS for node in leaving)

    @invariant()
    def they_can_be_written_down(self) -> None:
        assert pool_nodes.from_text(pool_nodes.to_text(self.nodes)) == self.nodes


Cluster.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestCluster = Cluster.TestCase


def test_a_node_is_idle_then_leaves_then_is_gone() -> None:
    scale = Settings(0, 2, IDLE)
    nodes = pool_nodes.take([], scale, 1, "run", "1", 0.0) or []
    nodes = pool_nodes.give_back(nodes, "1", 10.0)

    def states(at: float) -> list[tuple[str, float]]:
        return [(node.state, node.since) for node in pool_nodes.settle(nodes, scale, at, lambda ticket: False)]

    assert states(10.0 + IDLE - 0.1) == [("idle", 10.0)]
    assert states(10.0 + IDLE) == [("leaving", 10.0 + IDLE)]
    assert states(10.0 + IDLE + LEAVING_SECONDS) == []


def test_a_run_takes_the_node_that_was_used_last() -> None:
    scale = Settings(0, 2, IDLE)
    nodes = [NodeState("old", "idle", None, 1.0), NodeState("warm", "idle", None, 2.0)]
    taken = pool_nodes.take(nodes, scale, 1, "run", "1", 3.0) or []
    assert [node.id for node in pool_nodes.busy(taken)] == ["warm"]


@pytest.mark.parametrize(("dedicated", "end"), [(True, "_d"), (False, "_p")])
def test_nodes_are_called_as_v1_calls_them(dedicated: bool, end: str) -> None:
    [node] = pool_nodes.settle([], Settings(1, 1, IDLE, dedicated), 0.0, lambda ticket: True)
    assert node.id.startswith("tvmps_") and node.id.endswith(end)


@given(st.text(max_size=40))
def test_damaged_nodes_are_no_nodes(text: str) -> None:
    assert isinstance(pool_nodes.from_text(text), list)

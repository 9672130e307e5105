"""The nodes of a cluster as values: which are busy, idle or leaving at a moment, and which a run takes.

Pure functions, so that what a cluster shows is calculated whenever somebody looks: nobody has to be awake for a
node to become idle, to leave, and to be gone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import NamedTuple

#: How long a node is seen to leave before it is gone, in seconds.
LEAVING_SECONDS = 5.0
BUSY = ("preparing", "running")


class Settings(NamedTuple):
    """Between how many nodes a cluster scales, when an idle one goes, and what its nodes are called after."""

    minimum: int
    maximum: int
    idle: float
    dedicated: bool = True


class NodeState(NamedTuple):
    """A node: ``preparing``, ``running``, ``idle`` or ``leaving`` since a time (seconds since 1970)."""

    id: str
    state: str
    run_id: str | None
    since: float
    ticket: str | None = None


def settle(nodes: Iterable[NodeState], settings: Settings, now: float, alive: Callable[[str], bool]) -> list[NodeState]:
    """What has become of the nodes by ``now``: those of dead owners idle, idle ones gone, the minimum there."""
    nodes = [_freed(node, now, alive) for node in nodes]
    nodes = [node for node in nodes if node.state != "leaving" or now < node.since + LEAVING_SECONDS]
    nodes = _scaled_down(nodes, settings, now)
    missing = settings.minimum - len(staying(nodes))
    return nodes + [_new(settings, now) for _ in range(missing)]


def staying(nodes: Iterable[NodeState]) -> list[NodeState]:
    """The nodes that are not about to leave."""
    return [node for node in nodes if node.state != "leaving"]


def busy(nodes: Iterable[NodeState]) -> list[NodeState]:
    """The nodes that runs have."""
    return [node for node in nodes if node.state in BUSY]


def take(
    nodes: list[NodeState], settings: Settings, number: int, run_id: str, ticket: str, now: float
) -> list[NodeState] | None:
    """The nodes after a run has taken so many, idle ones first; None when there are too few."""
    if number > settings.maximum - len(busy(nodes)):
        return None
    kept = [node for node in nodes if node.state != "idle"]
    idle = sorted((node for node in nodes if node.state == "idle"), key=lambda node: -node.since)
    idle += [_new(settings, now) for _ in range(number - len(idle))]
    mine = [NodeState(node.id, "preparing", run_id, now, ticket) for node in idle[:number]]
    return _within(kept + idle[number:] + mine, settings)


def stage(nodes: list[NodeState], ticket: str, state: str, now: float) -> list[NodeState]:
    """The nodes after the run with this ticket has come to ``preparing`` or ``running``."""
    return [
        node._replace(state=state, since=now) if node.ticket == ticket and node.state != state else node
        for node in nodes
    ]


def give_back(nodes: list[NodeState], ticket: str, now: float) -> list[NodeState]:
    """The nodes after the run with this ticket has ended."""
    return [NodeState(node.id, "idle", None, now) if node.ticket == ticket else node for node in nodes]


def to_text(nodes: Iterable[NodeState]) -> str:
    """The nodes as JSON."""
    return json.dumps([list(node) for node in nodes])


def from_text(text: str) -> list[NodeState]:
    """What ``to_text`` wrote; nothing where it is damaged, for no process outlives what damages it."""
    try:
        return [NodeState(*node) for node in json.loads(text)]
    except (ValueError, TypeError):
        return []


def _freed(node: NodeState, now: float, alive: Callable[[str], bool]) -> NodeState:
    if node.state in BUSY and not alive(str(node.ticket)):
        return NodeState(node.id, "idle", None, now)
    return node


def _scaled_down(nodes: list[NodeState], settings: Settings, now: float) -> list[NodeState]:
    """Idle nodes beyond the maximum leave at once, those beyond the minimum in their time; the longest idle first."""
    stay = len(staying(nodes))
    changed = {}
    for node in sorted((node for node in nodes if node.state == "idle"), key=lambda node: node.since):
        if stay > settings.maximum:
            changed[node.id] = now
        elif stay > settings.minimum and now >= node.since + settings.idle:
            changed[node.id] = node.since + settings.idle
        else:
            break
        stay -= 1
    left = [node._replace(state="leaving", since=changed[node.id]) if node.id in changed else node for node in nodes]
    return [node for node in left if node.state != "leaving" or now < node.since + LEAVING_SECONDS]


def _within(nodes: list[NodeState], settings: Settings) -> list[NodeState]:
    """Let leaving nodes go at once where a new one has taken their place."""
    surplus = len(nodes) - settings.maximum
    leaving = [node.id for node in nodes if node.state == "leaving"][: max(0, surplus)]
    return [node for node in nodes if node.id not in leaving]


def _new(settings: Settings, now: float) -> NodeState:
    return NodeState(f"tvmps_{os.urandom(32).hex()}_{'d' if settings.dedicated else 'p'}", "idle", None, now)

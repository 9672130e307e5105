"""Tables and cards of compute targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aml_nb.display.base import Card, Table
from aml_nb.display.text import age, pairs

_COUNTED = ("running", "preparing", "idle", "leaving")


class ComputeTable(Table):
    """Compute targets; ``targets["cpu-cluster"]`` is the ComputeTarget."""

    kind = "compute targets"
    heads = ("NAME", "TYPE", "STATE", "NODES", "SIZE")
    state = 2
    empty = "%compute create cpu-cluster"

    def row(self, item: Any) -> list[str]:
        return [item.name, item.type, state_of(item), nodes_text(item), size_of(item)]


class ComputeCard(Card):
    """One compute target as it is now; ``target`` is the ComputeTarget."""

    def __init__(self, target: Any, waiting: Sequence[str] = (), notes: Sequence[str] = ()) -> None:
        self.target = target
        nodes = target.list_nodes() if hasattr(target, "list_nodes") else []
        rows = [
            ("type", target.type),
            ("size", size_of(target)),
            ("address", getattr(target, "address", None)),
            ("nodes", nodes_text(target)),
            ("scales", scale_text(target)),
            ("created", f"{age(target.created_on)} ago"),
            ("tags", pairs(target.tags)),
            ("error", error_of(target)),
            *[("node", node_text(node)) for node in nodes],
            ("waiting", ", ".join(waiting)),
        ]
        data = {**target.serialize(), "nodes": nodes, "waiting": list(waiting)}
        super().__init__("compute target", target.name, rows, state_of(target), notes, data)

    @property
    def name(self) -> str:
        """The target's name."""
        return self.title


def state_of(target: Any) -> str:
    """An instance runs or is stopped; others were provisioned or not."""
    return str(getattr(getattr(target, "status", None), "state", None) or target.provisioning_state)


def size_of(target: Any) -> str:
    """What a node is."""
    return str(getattr(target, "vm_size", None) or getattr(target, "agent_vm_size", None) or "")


def nodes_text(target: Any) -> str:
    """``1 running, 1 idle of 4`` for a cluster for runs, the number of nodes for others."""
    scale = getattr(target, "scale_settings", None)
    if scale is None:
        return str(getattr(target, "agent_count", ""))
    counts = target.status.node_state_counts
    there = [(getattr(counts, f"{name}_node_count"), name) for name in _COUNTED]
    told = ", ".join(f"{number} {name}" for number, name in there if number) or "0"
    return f"{told} of {scale.maximum_node_count}"


def scale_text(target: Any) -> str:
    """Between how many nodes a cluster for runs scales."""
    scale = getattr(target, "scale_settings", None)
    if scale is None:
        return ""
    idle = f"{scale.idle_seconds_before_scaledown:g} s"
    return f"{scale.minimum_node_count} to {scale.maximum_node_count} nodes, idle ones go after {idle}"


def node_text(node: dict[str, Any]) -> str:
    """A node in one line; its id is long, and its beginning tells it from the others."""
    return f"{node['nodeId'][:18]}…  {node['nodeState']}  {node['runId'] or ''}".rstrip()


def error_of(target: Any) -> str:
    """Why it could not be provisioned."""
    errors = target.provisioning_errors or []
    return " ".join(detail["message"] for error in errors for detail in error["error"].get("details", []))

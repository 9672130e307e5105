"""What a cluster for runs shows of its nodes, in v1's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.compute.amlcompute_status import AmlComputeNodeStateCounts, AmlComputeStatus

if TYPE_CHECKING:
    from aml_nb.core.compute.amlcompute import AmlCompute
    from aml_nb.core.compute.pool import NodeState, Pool

STATES = ("idle", "leaving", "preempted", "preparing", "running", "unusable")


def status(cluster: AmlCompute, pool: Pool) -> AmlComputeStatus:
    """How the cluster is at this moment."""
    nodes, wanted = pool.nodes(), pool.wanted()
    stay = sum(node.state != "leaving" for node in nodes)
    free = sum(node.state == "idle" for node in nodes)
    most = cluster.scale_settings.maximum_node_count or 0
    target = max(stay, min(most, stay - free + wanted))
    created = datetime.fromisoformat(cluster.created_on)
    resized = pool.resized()
    return AmlComputeStatus(
        allocation_state="Steady" if target == len(nodes) else "Resizing",
        allocation_state_transition_time=created if resized is None else _time(resized),
        creation_time=created,
        current_node_count=len(nodes),
        errors=cluster.provisioning_errors,
        modified_time=datetime.fromisoformat(cluster.modified_on),
        node_state_counts=_counts(nodes),
        provisioning_state=cluster.provisioning_state,
        provisioning_state_transition_time=created,
        scale_settings=cluster.scale_settings,
        target_node_count=target,
        vm_priority=cluster.vm_priority,
        vm_size=cluster.vm_size,
    )


def listed(nodes: Sequence[NodeState]) -> list[dict[str, Any]]:
    """The nodes as v1 lists them. All are this machine, which nobody signs in to: their port is None."""
    return [
        {
            "nodeId": node.id,
            "port": None,
            "publicIpAddress": "127.0.0.1",
            "privateIpAddress": "127.0.0.1",
            "nodeState": node.state,
            "runId": node.run_id,
        }
        for node in nodes
    ]


def _counts(nodes: Sequence[NodeState]) -> AmlComputeNodeStateCounts:
    number = Counter(node.state for node in nodes)
    return AmlComputeNodeStateCounts(*(number[state] for state in STATES))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)

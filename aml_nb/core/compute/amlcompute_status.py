"""How an AmlCompute cluster is."""

from __future__ import annotations

from datetime import datetime
from typing import Any


class ScaleSettings:
    """Between how many nodes a cluster scales, and when an idle one goes.

    Parameters
    ----------
    minimum_node_count, maximum_node_count : the least and the most nodes.
    idle_seconds_before_scaledown : when an idle node goes.
    """

    def __init__(
        self, minimum_node_count: int, maximum_node_count: int | None, idle_seconds_before_scaledown: int
    ) -> None:
        self.minimum_node_count = minimum_node_count
        self.maximum_node_count = maximum_node_count
        self.idle_seconds_before_scaledown = idle_seconds_before_scaledown

    def serialize(self) -> dict[str, Any]:
        """The settings as a JSON-able dictionary; the time is an ISO 8601 duration."""
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": f"PT{self.idle_seconds_before_scaledown}S",
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any]) -> ScaleSettings:
        """What ``serialize`` described."""
        idle = str(object_dict["nodeIdleTimeBeforeScaleDown"]).removeprefix("PT").removesuffix("S")
        return ScaleSettings(object_dict["minNodeCount"], object_dict["maxNodeCount"], int(idle))


class AmlComputeNodeStateCounts:
    """How many nodes are in which state."""

    def __init__(
        self,
        idle_node_count: int,
        leaving_node_count: int,
        preempted_node_count: int,
        preparing_node_count: int,
        running_node_count: int,
        unusable_node_count: int,
    ) -> None:
        self.idle_node_count = idle_node_count
        self.leaving_node_count = leaving_node_count
        self.preempted_node_count = preempted_node_count
        self.preparing_node_count = preparing_node_count
        self.running_node_count = running_node_count
        self.unusable_node_count = unusable_node_count

    def serialize(self) -> dict[str, Any]:
        """The counts as a JSON-able dictionary."""
        return {
            "idleNodeCount": self.idle_node_count,
            "leavingNodeCount": self.leaving_node_count,
            "preemptedNodeCount": self.preempted_node_count,
            "preparingNodeCount": self.preparing_node_count,
            "runningNodeCount": self.running_node_count,
            "unusableNodeCount": self.unusable_node_count,
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any]) -> AmlComputeNodeStateCounts:
        """What ``serialize`` described."""
        names = ("idle", "leaving", "preempted", "preparing", "running", "unusable")
        return AmlComputeNodeStateCounts(*(object_dict[f"{name}NodeCount"] for name in names))


class AmlComputeStatus:
    """How a cluster is: its nodes, its scale settings, and since when."""

    def __init__(
        self,
        allocation_state: str,
        allocation_state_transition_time: datetime,
        creation_time: datetime,
        current_node_count: int,
        errors: Any,
        modified_time: datetime,
        node_state_counts: AmlComputeNodeStateCounts,
        provisioning_state: str,
        provisioning_state_transition_time: datetime,
        scale_settings: ScaleSettings,
        target_node_count: int,
        vm_priority: str,
        vm_size: str,
    ) -> None:
        self.allocation_state = allocation_state
        self.allocation_state_transition_time = allocation_state_transition_time
        self.creation_time = creation_time
        self.current_node_count = current_node_count
        self.errors = errors
        self.modified_time = modified_time
        self.node_state_counts = node_state_counts
        self.provisioning_state = provisioning_state
        self.provisioning_state_transition_time = provisioning_state_transition_time
        self.scale_settings = scale_settings
        self.target_node_count = target_node_count
        self.vm_priority = vm_priority
        self.vm_size = vm_size

    def serialize(self) -> dict[str, Any]:
        """The status as a JSON-able dictionary."""
        return {
            "allocationState": self.allocation_state,
            "allocationStateTransitionTime": self.allocation_state_transition_time.isoformat(),
            "creationTime": self.creation_time.isoformat(),
            "currentNodeCount": self.current_node_count,
            "errors": self.errors,
            "modifiedTime": self.modified_time.isoformat(),
            "nodeStateCounts": self.node_state_counts.serialize(),
            "provisioningState": self.provisioning_state,
            "provisioningStateTransitionTime": self.provisioning_state_transition_time.isoformat(),
            "scaleSettings": self.scale_settings.serialize(),
            "targetNodeCount": self.target_node_count,
            "vmPriority": self.vm_priority,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any]) -> AmlComputeStatus:
        """What ``serialize`` described."""
        times = ("allocationStateTransitionTime", "creationTime", "modifiedTime", "provisioningStateTransitionTime")
        when = {key: datetime.fromisoformat(object_dict[key]) for key in times}
        return AmlComputeStatus(
            object_dict["allocationState"],
            when["allocationStateTransitionTime"],
            when["creationTime"],
            object_dict["currentNodeCount"],
            object_dict["errors"],
            when["modifiedTime"],
            AmlComputeNodeStateCounts.deserialize(object_dict["nodeStateCounts"]),
            object_dict["provisioningState"],
            when["provisioningStateTransitionTime"],
            ScaleSettings.deserialize(object_dict["scaleSettings"]),
            object_dict["targetNodeCount"],
            object_dict["vmPriority"],
            object_dict["vmSize"],
        )

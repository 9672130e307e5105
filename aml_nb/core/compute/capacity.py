"""What the nodes of a cluster have room for: replicas are placed on nodes as Kubernetes places pods.

A node gives services a little less than its machine has, as on AKS: the system keeps 0.06 cores and 0.04 more for
each doubling of them; of the memory 25 % of the first 4 GB, 20 % of the next 4, 10 % of the next 8, 6 % up to 128
and 2 % above, and 0.75 GB at which a node counts as full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2

from aml_nb.core.compute.vm_sizes import VmSize

_MEMORY_KEPT = ((4.0, 0.25), (4.0, 0.20), (8.0, 0.10), (112.0, 0.06), (float("inf"), 0.02))
_FULL_GB = 0.75


@dataclass(frozen=True)
class Needs:
    """What one replica asks for, or a node has: thousandths of a core, MB and GPUs."""

    cpu: int
    memory: int
    gpu: int = 0

    @classmethod
    def of(cls, cpu: float, memory_gb: float, gpu: int = 0) -> Needs:
        """From cores and GB."""
        return cls(round(cpu * 1000), round(memory_gb * 1024), gpu)

    def __sub__(self, other: Needs) -> Needs:
        return Needs(self.cpu - other.cpu, self.memory - other.memory, self.gpu - other.gpu)

    def __mul__(self, number: int) -> Needs:
        return Needs(self.cpu * number, self.memory * number, self.gpu * number)

    def lacking(self, free: Needs) -> list[str]:
        """What ``free`` has too little of, in Kubernetes' words."""
        short = {
            "cpu": self.cpu > free.cpu,
            "memory": self.memory > free.memory,
            "nvidia.com/gpu": self.gpu > free.gpu,
        }
        return [f"Insufficient {what}" for what, is_short in short.items() if is_short]

    def __str__(self) -> str:
        cores = f"{self.cpu / 1000:g} core{'' if self.cpu == 1000 else 's'}"
        gpus = f", {self.gpu} GPU{'' if self.gpu == 1 else 's'}" if self.gpu else ""
        return f"{cores}, {round(self.memory / 1024, 2):g} GB{gpus}"


def allocatable(size: VmSize) -> Needs:
    """What a node of this size gives to services."""
    kept_gb, left = _FULL_GB, size.memory_gb
    for step, share in _MEMORY_KEPT:
        kept_gb += min(left, step) * share
        left = max(0.0, left - step)
    kept_cores = 0.06 + 0.04 * log2(size.cores)
    return Needs.of(round(size.cores - kept_cores, 2), round(max(0.0, size.memory_gb - kept_gb), 2), size.gpus)


class Nodes:
    """The nodes of a cluster and what is free on each.

    Parameters
    ----------
    count, size : how many nodes of which size.
    """

    def __init__(self, count: int, size: VmSize) -> None:
        self.size = size
        self.each = allocatable(size)
        self.free = [self.each] * count

    def take(self, needs: Needs, nodes: Iterable[int]) -> None:
        """Count replicas that are on these nodes; one that is gone has taken its replicas with it."""
        for node in nodes:
            if node < len(self.free):
                self.free[node] = self.free[node] - needs

    def place(self, needs: Needs, replicas: int) -> list[int] | None:
        """The nodes for so many replicas, each on the one with most room; None, and nothing taken, if not all fit."""
        before, placed = list(self.free), []
        for _ in range(replicas):
            fitting = [node for node, free in enumerate(self.free) if not needs.lacking(free)]
            if not fitting:
                self.free = before
                return None
            best = max(fitting, key=lambda node: (self.free[node].cpu, self.free[node].memory, -node))
            self.take(needs, [best])
            placed.append(best)
        return placed

    def why_not(self, needs: Needs, replicas: int) -> str:
        """Why so many replicas do not fit, as Kubernetes says it of the first that fits nowhere."""
        before = list(self.free)
        fitting = 0
        while fitting < replicas and self.place(needs, 1):
            fitting += 1
        lacks = Counter(what for free in self.free for what in needs.lacking(free))
        self.free = before
        told = ", ".join(f"{number} {what}" for what, number in sorted(lacks.items()))
        some = f" ({fitting} of {replicas} replicas would fit.)" if fitting else ""
        return f"0/{len(before)} nodes are available: {told}.{some}"


def share_out(nodes: Nodes, wishes: Sequence[tuple[str, Needs, int]]) -> dict[str, int]:
    """Deal what is free out to services that may grow, one replica each in turn, until nothing more fits.

    Parameters
    ----------
    nodes : the nodes, with what the services have already taken.
    wishes : a service, what a replica of it asks for, and how many more it may have.
    """
    dealt = {handle: 0 for handle, _, _ in wishes}
    growing = list(wishes)
    while growing:
        growing = [
            (handle, needs, most)
            for handle, needs, most in growing
            if dealt[handle] < most and nodes.place(needs, 1) is not None
        ]
        for handle, _, _ in growing:
            dealt[handle] += 1
    return dealt

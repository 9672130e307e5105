"""What a web service's container asks for."""

from __future__ import annotations

from aml_nb.core.webservice.parts import Part


class ContainerResourceRequirements(Part):
    """CPU cores, memory and GPUs that a web service asks for, and its limits.

    Parameters
    ----------
    cpu : CPU cores.
    memory_in_gb : memory in GB.
    gpu : GPUs.
    cpu_limit : the most CPU cores that it may take.
    memory_in_gb_limit : the most memory that it may take.
    """

    _wire = {
        "cpu": "cpu",
        "memory_in_gb": "memoryInGB",
        "gpu": "gpu",
        "cpu_limit": "cpuLimit",
        "memory_in_gb_limit": "memoryInGBLimit",
    }

    def __init__(
        self,
        cpu: float | None,
        memory_in_gb: float | None,
        gpu: int | None = None,
        cpu_limit: float | None = None,
        memory_in_gb_limit: float | None = None,
    ) -> None:
        self.cpu = cpu
        self.cpu_limit = cpu_limit
        self.memory_in_gb = memory_in_gb
        self.memory_in_gb_limit = memory_in_gb_limit
        self.gpu = gpu

    @classmethod
    def _optional(cls) -> frozenset[str]:
        return frozenset({"gpu", "cpuLimit", "memoryInGBLimit"})

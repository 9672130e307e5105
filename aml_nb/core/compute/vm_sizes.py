"""What common virtual machine sizes have: cores, memory and GPUs."""

from __future__ import annotations

import difflib
import re
from typing import Any, NamedTuple

from aml_nb.errors import ComputeTargetException


class VmSize(NamedTuple):
    """One size: ``memory_gb`` is of the whole machine."""

    name: str
    cores: int
    memory_gb: float
    gpus: int = 0

    @property
    def family(self) -> str:
        """The series that quotas go by, such as ``standardDSv2Family``."""
        series, _, version = self.name[len("Standard_") :].partition("_")
        letters = "".join(c for c in series if not c.isdigit())
        return f"standard{letters.upper()}{version.replace('_', '')}Family"


def _series(pattern: str, *sizes: tuple[int, float]) -> list[VmSize]:
    return [VmSize(pattern.format(cores), cores, memory) for cores, memory in sizes]


_SIZES = [
    *_series("Standard_A{}_v2", (1, 2), (2, 4), (4, 8), (8, 16)),
    *(VmSize(f"Standard_D{n}", c, m) for n, c, m in ((1, 1, 3.5), (2, 2, 7), (3, 4, 14), (4, 8, 28))),
    *(VmSize(f"Standard_D{n}", c, m) for n, c, m in ((11, 2, 14), (12, 4, 28), (13, 8, 56), (14, 16, 112))),
    *(VmSize(f"Standard_D{n}_v2", c, m) for n, c, m in ((1, 1, 3.5), (2, 2, 7), (3, 4, 14), (4, 8, 28), (5, 16, 56))),
    *(VmSize(f"Standard_D{n}_v2", c, m) for n, c, m in ((11, 2, 14), (12, 4, 28), (13, 8, 56), (14, 16, 112))),
    *(VmSize(f"Standard_DS{n}_v2", c, m) for n, c, m in ((1, 1, 3.5), (2, 2, 7), (3, 4, 14), (4, 8, 28), (5, 16, 56))),
    *(VmSize(f"Standard_DS{n}_v2", c, m) for n, c, m in ((11, 2, 14), (12, 4, 28), (13, 8, 56), (14, 16, 112))),
    *_series("Standard_D{}_v3", (2, 8), (4, 16), (8, 32), (16, 64), (32, 128), (64, 256)),
    *_series("Standard_D{}s_v3", (2, 8), (4, 16), (8, 32), (16, 64), (32, 128), (64, 256)),
    *_series("Standard_D{}_v4", (2, 8), (4, 16), (8, 32), (16, 64), (32, 128)),
    *_series("Standard_D{}as_v4", (2, 8), (4, 16), (8, 32), (16, 64), (32, 128)),
    *_series("Standard_E{}s_v3", (2, 16), (4, 32), (8, 64), (16, 128), (32, 256)),
    *_series("Standard_E{}_v3", (2, 16), (4, 32), (8, 64), (16, 128), (32, 256)),
    *_series("Standard_F{}", (1, 2), (2, 4), (4, 8), (8, 16), (16, 32)),
    *_series("Standard_F{}s_v2", (2, 4), (4, 8), (8, 16), (16, 32), (32, 64), (72, 144)),
    *_series("Standard_B{}ms", (1, 2), (2, 8), (4, 16), (8, 32)),
    VmSize("Standard_B1s", 1, 1),
    VmSize("Standard_B2s", 2, 4),
    VmSize("Standard_NC6", 6, 56, 1),
    VmSize("Standard_NC12", 12, 112, 2),
    VmSize("Standard_NC24", 24, 224, 4),
    VmSize("Standard_NC6s_v2", 6, 112, 1),
    VmSize("Standard_NC12s_v2", 12, 224, 2),
    VmSize("Standard_NC6s_v3", 6, 112, 1),
    VmSize("Standard_NC12s_v3", 12, 224, 2),
    VmSize("Standard_NC24s_v3", 24, 448, 4),
    VmSize("Standard_NC4as_T4_v3", 4, 28, 1),
    VmSize("Standard_NC8as_T4_v3", 8, 56, 1),
    VmSize("Standard_NC16as_T4_v3", 16, 110, 1),
    VmSize("Standard_NC64as_T4_v3", 64, 440, 4),
    VmSize("Standard_NC24ads_A100_v4", 24, 220, 1),
    VmSize("Standard_ND6s", 6, 112, 1),
    VmSize("Standard_ND96asr_v4", 96, 900, 8),
    VmSize("Standard_NV6", 6, 56, 1),
    VmSize("Standard_NV12", 12, 112, 2),
    VmSize("Standard_PB6s", 6, 112),
]
TABLE = {size.name.lower(): size for size in _SIZES}
_DISKS = {
    r"standard_a\d_v2": 10240,
    r"standard_d\d+(_v2)?": 51200,
    r"standard_ds1\d_v2": 14336,
    r"standard_ds\d_v2": 7168,
    r"standard_[de]\d+_v3": 25600,
    r"standard_(d\d+s_v3|d\d+as_v4|f\d+s_v2|b\d+ms)": 8192,
    r"standard_(e\d+s_v3|f\d+)": 16384,
    r"standard_b\ds": 4096,
}
"""Megabytes of the temporary disk for each core, by a pattern of the name; other sizes have no such disk."""
_GPU_DISKS = {
    **dict.fromkeys(("standard_nc6", "standard_nv6"), 389120),
    **dict.fromkeys(("standard_nc12", "standard_nv12"), 696320),
    "standard_nc24": 1474560,
    **dict.fromkeys(("standard_nc6s_v2", "standard_nc6s_v3", "standard_nd6s"), 753664),
    **dict.fromkeys(("standard_nc12s_v2", "standard_nc12s_v3"), 1509376),
    "standard_nc24s_v3": 3018752,
    "standard_nc4as_t4_v3": 180224,
    "standard_nc8as_t4_v3": 368640,
    "standard_nc16as_t4_v3": 360448,
    "standard_nc64as_t4_v3": 2883584,
    "standard_nc24ads_a100_v4": 65536,
    "standard_nd96asr_v4": 6144000,
}
"""The same of the sizes with GPUs, in all."""


def find(name: str) -> VmSize:
    """The size of that name, whatever its case; ComputeTargetException where it cannot be one.

    A size that is not in the table is taken by what its name says, as newer sizes are named by their cores.
    """
    wanted = str(name).lower()
    size = TABLE.get(wanted) or TABLE.get(f"standard_{wanted}")
    if size is not None:
        return size
    likely = re.fullmatch(r"standard_[a-z]{1,2}(\d{1,3})[a-z_0-9-]*", wanted)
    if likely:
        return VmSize(str(name), int(likely[1]), 4.0 * int(likely[1]), int(wanted.startswith("standard_n")))
    near = difflib.get_close_matches(wanted, TABLE, n=3)
    raise ComputeTargetException(
        f"Invalid VM size {name!r}: it is not among the sizes that are known here.",
        hint=f"did you mean {', '.join(TABLE[n].name for n in near)}?" if near else "for example STANDARD_DS2_V2",
    )


def listed() -> list[dict[str, Any]]:
    """The sizes as v1 lists them."""
    return [
        {
            "name": size.name,
            "vCPUs": size.cores,
            "gpus": size.gpus,
            "memoryGB": size.memory_gb,
            "maxResourceVolumeMB": _disk_mb(size),
        }
        for size in TABLE.values()
    ]


def _disk_mb(size: VmSize) -> int:
    name = size.name.lower()
    of_cores = (size.cores * each for pattern, each in _DISKS.items() if re.fullmatch(pattern, name))
    return _GPU_DISKS.get(name) or next(of_cores, 0)

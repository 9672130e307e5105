"""Whether the kernel ended a process because its memory was used up, as the control group of this one counts it."""

from __future__ import annotations

from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")
_NO_LIMIT = 1 << 60
_FILES = (("memory.events", "memory.max"), ("memory.oom_control", "memory.limit_in_bytes"))
"""Where the two generations of control groups count such ends, and have the limit."""


class Deaths:
    """Tells of each end that the kernel has counted since once."""

    def __init__(self) -> None:
        self._folder = _folder()
        self._told = _count(self._folder)

    def told(self) -> str | None:
        """What is to be said of one more process that the kernel ended for its memory; None where it ended none."""
        counted = _count(self._folder)
        if counted is None or self._told is None or counted <= self._told:
            return None
        self._told += 1
        limit = _limit(self._folder)
        return "there was none left" if limit is None else f"it used more than its {limit / 1024**3:.3g} GB"


def _folder() -> Path | None:
    """The folder of this process's control group that counts memory; a container may see its own as the root."""
    try:
        lines = _MEMBERSHIP.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = _GROUPS / "memory" if controllers else _GROUPS
        for folder in (root / path.lstrip("/"), root):
            if any((folder / counter).exists() for counter, _ in _FILES):
                return folder
    return None


def _count(folder: Path | None) -> int | None:
    for counter, _ in _FILES:
        try:
            lines = [] if folder is None else (folder / counter).read_text().splitlines()
            found = [line.split()[1] for line in lines if line.startswith("oom_kill ")]
            if found:
                return int(found[0])
        except (OSError, ValueError, IndexError):
            continue
    return None


def _limit(folder: Path | None) -> int | None:
    for _, limit in _FILES:
        try:
            value = "" if folder is None else (folder / limit).read_text().strip()
        except OSError:
            continue
        if value.isdigit() and int(value) < _NO_LIMIT:
            return int(value)
    return None

"""The table of Docker images."""

from __future__ import annotations

from typing import Any

from aml_nb.display.base import Table
from aml_nb.display.text import age

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(number: float) -> str:
    """Bytes as Docker tells them: ``127 MB``."""
    for unit in _UNITS[:-1]:
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 10 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} {_UNITS[-1]}"


class ImageTable(Table):
    """Images that aml_nb made; ADDS is what an image takes on the disk besides the one that it stands on."""

    kind = "images"
    heads = ("IMAGE", "KIND", "ADDS", "SIZE", "AGE", "USED BY", "HOLDS")
    empty = "%image base"

    def row(self, item: Any) -> list[str]:
        users = ", ".join(item.users)
        return [item.tag, item.kind, size(item.own), size(item.size), age(item.created), users[:40], item.holds[:60]]

    def record(self, item: Any) -> Any:
        return {
            "tag": item.tag,
            "id": item.id,
            "kind": item.kind,
            "size": item.size,
            "adds": item.own,
            "created": item.created,
            "service": item.service,
            "holds": item.holds,
            "containers": list(item.users),
        }

    def __getitem__(self, key: Any) -> Any:
        """By position, or by tag."""
        if isinstance(key, str):
            return next(item for item in self.items if item.tag == key)
        return self.items[key]

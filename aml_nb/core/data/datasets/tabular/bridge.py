"""Files that lie elsewhere, as a file system of the engine's: it reads of them what it needs, not all."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from fsspec import AbstractFileSystem

from aml_nb.core.data.datasets.files import DataFile


class Bridge(AbstractFileSystem):  # type: ignore[misc]
    """Names of ours, each for one file of another file system."""

    protocol = "amlnbdata"
    cachable = False

    def __init__(self) -> None:
        super().__init__(skip_instance_cache=True)
        self.files: dict[str, DataFile] = {}

    def _find(self, path: str) -> DataFile:
        return self.files[str(self._strip_protocol(path)).strip("/")]

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        file = self._find(path)
        return file.filesystem.open(file.path, mode)

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """The size of a file."""
        file = self._find(path)
        size = file.info.get("size")
        return {"name": path, "type": "file", "size": file.filesystem.size(file.path) if size is None else size}

    def exists(self, path: str, **options: Any) -> bool:
        """Whether a name stands for a file."""
        return str(self._strip_protocol(path)).strip("/") in self.files

    def glob(self, path: str, **options: Any) -> list[str]:
        """The path itself: names of ours have no patterns."""
        return [path]

    def modified(self, path: str) -> datetime:
        """Always the same time: a name stands for one file as long as the engine lives."""
        return datetime.fromtimestamp(0, timezone.utc)

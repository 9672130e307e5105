"""The files of a version of a registered model, by name, as ``RunFiles`` has those of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.model.rows import registry

if TYPE_CHECKING:
    from aml_nb.core.store.artifacts import Digest
    from aml_nb.core.workspace import Workspace

_DESCRIPTION = "MLmodel"


class ModelFiles:
    """Files that are only read; there is nothing of a version that was deleted."""

    def __init__(self, workspace: Workspace, name: str, version: int) -> None:
        self._workspace = workspace
        self._kept: dict[str, Digest] = dict(registry(workspace).files(name, version))

    @property
    def root(self) -> str:
        """The folder in which MLflow's description of the model is; the top where there is none."""
        tops = {path.partition("/")[0] for path in self._kept}
        top = next(iter(tops), "")
        return top if len(tops) == 1 and f"{top}/{_DESCRIPTION}" in self._kept else ""

    def sizes(self) -> dict[str, int]:
        """The files' sizes by their names."""
        return {name: digest.size for name, digest in self._kept.items()}

    def names(self) -> list[str]:
        """The names of all files, sorted."""
        return sorted(self._kept)

    def below(self, path: str) -> list[str]:
        """The file of that name, or the files in the folder of that name."""
        return [name for name in self.names() if name == path or name.startswith(f"{path}/")]

    def fetch(self, name: str, target: str | Path) -> None:
        """Put a file at ``target``; FileNotFoundError when there is none of that name."""
        if name not in self._kept:
            raise FileNotFoundError(name)
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).unlink(missing_ok=True)
        self._workspace._artifacts.materialise(self._kept[name], target)

    def digests(self) -> list[tuple[str, Digest]]:
        """Name and bytes of each file."""
        return sorted(self._kept.items())

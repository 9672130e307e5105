"""Where a dataset's files are written to: a place on a datastore, or a folder of this process's."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from aml_nb.core.data.datasets.definition import Source
from aml_nb.core.data.datasets.expansion import open_datastore
from aml_nb.core.data.datasets.sources import read_sources
from aml_nb.core.store.errors import readable_files
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

MANAGED = "managed-dataset"


class Target(NamedTuple):
    """A folder on a datastore."""

    datastore: Any
    source: Source
    workspace: Workspace

    def below(self, *names: str) -> Target:
        """A folder, or a pattern, below it."""
        path = "/".join(part.strip("/") for part in (self.source.path, *names) if part.strip("/"))
        return self._replace(source=Source(path, self.source.datastore, self.source.workspace))

    def deliver(self, files: Mapping[str, str]) -> None:
        """Move files of this machine into the folder; each appears under its name once all of it is there.

        Parameters
        ----------
        files : their paths by the names that they get below the folder.
        """
        local = self.datastore._local(self.source.path)
        if local is None:
            for name, path in files.items():
                self._upload(name, path)
            return
        with readable_files(local):
            for name, path in files.items():
                _move(path, Path(local) / name)

    def _upload(self, name: str, path: str) -> None:
        with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as folder:
            place = os.path.join(folder, os.path.basename(name))
            os.rename(path, place)
            target = os.path.dirname(self.below(name).source.path)
            self.datastore.upload_files([place], folder, target or None, True, False)


def read_target(target: Any) -> Target:
    """The ``target`` argument of v1's calls; UserErrorException unless it is one place on a datastore."""
    try:
        found = read_sources(target)
    except UserErrorException:
        found = None
    if found is None or len(found.sources) != 1 or found.workspace is None:
        raise UserErrorException(
            f"target must be a DataPath, a datastore, or a datastore with a path in it, not {target!r}.",
            hint="target=(ws.get_default_datastore(), 'folder')",
        )
    source = found.sources[0]
    return Target(open_datastore(found.workspace, source), source, found.workspace)


def managed(workspace: Workspace) -> Target:
    """The folder of the workspace's default datastore for what is made of datasets."""
    return read_target((workspace.get_default_datastore(), MANAGED))


def _move(path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        shutil.move(path, staged)
        os.chmod(staged, 0o666 & ~_umask())
        os.replace(staged, target)
    finally:
        staged.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

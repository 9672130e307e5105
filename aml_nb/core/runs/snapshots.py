"""Snapshots: the source of a run as it was when the run began, kept as one archive."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.errors import SnapshotException

if TYPE_CHECKING:
    from collections.abc import Callable

    from aml_nb.core.runs.files import RunFiles
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.workspace import Workspace

FILE = "snapshot.zip"
# Equal sources make equal archives, which the workspace keeps once.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Snapshots:
    """The methods of Run that keep and give back its source."""

    if TYPE_CHECKING:

        @property
        def _workspace(self) -> Workspace: ...

        def _look(self) -> RunRecord: ...

        def _change(self, function: Callable[[dict[str, Any]], None]) -> RunRecord: ...

    def take_snapshot(self, file_or_folder_path: str) -> str:
        """Keep a file, or a folder without what its ``.amlignore`` names, as the run's source; returns its id.

        Parameters
        ----------
        file_or_folder_path : the file or folder, of at most 300 MB and 2000 files.

        Raises
        ------
        SnapshotException : it is not there, or too large.
        """
        snapshot_id = take(self._workspace, file_or_folder_path)
        self._change(lambda fields: note(fields, snapshot_id))
        return snapshot_id

    def restore_snapshot(self, snapshot_id: str | None = None, path: str | None = None) -> str:
        """Fetch a snapshot as a ZIP file; returns its path.

        Parameters
        ----------
        snapshot_id : the run's own unless given.
        path : the folder to put it in, the current one unless told.

        Raises
        ------
        SnapshotException : there is no such snapshot.
        """
        wanted = snapshot_id or self.get_snapshot_id()
        target = Path(path or ".", f"{wanted}.zip")
        try:
            return str(_files(self._workspace, str(wanted)).fetch(FILE, target))
        except FileNotFoundError:
            raise SnapshotException(
                f"There is no snapshot {wanted}.", hint="run.get_snapshot_id(); run.take_snapshot('.')"
            ) from None

    def get_snapshot_id(self) -> str | None:
        """The id of the snapshot that was taken last; None where there is none."""
        found = self._look().payload.get("snapshot_id")
        return None if found is None else str(found)


def keep(workspace: Workspace, run_id: str, files: Iterable[tuple[str, Path]]) -> str:
    """Keep files, each a name and where it is, as the snapshot of a run; returns its id."""
    from aml_nb.core.runs.records import RunRecords

    snapshot_id = keep_files(workspace, [(name, str(path)) for name, path in files])
    RunRecords(workspace._store).change(run_id, lambda fields: note(fields, snapshot_id))
    return snapshot_id


def note(fields: dict[str, Any], snapshot_id: str) -> None:
    """Write the snapshot's id where v1 has it."""
    fields["payload"]["snapshot_id"] = snapshot_id
    fields["properties"]["ContentSnapshotId"] = snapshot_id


def take(workspace: Workspace, path: Any) -> str:
    """Keep a file or folder as a snapshot; returns its id."""
    place = Path(os.path.abspath(os.path.expanduser(os.fspath(path))))
    if place.is_file():
        return keep_files(workspace, [(place.name, str(place))])
    if not place.is_dir():
        raise SnapshotException(f"There is no file or folder {place} to take a snapshot of.", hint="take_snapshot('.')")
    from aml_nb.core.runs.submitting.sources import scan

    sources = scan(str(place), workspace._folder.parent)
    return keep_files(workspace, [(source.name, source.path) for source in sources])


def keep_files(workspace: Workspace, files: Iterable[tuple[str, str]]) -> str:
    """Keep files, each a name and where it is, as a snapshot; returns its id."""
    import uuid

    from aml_nb.core.scratch import Scratch

    snapshot_id = str(uuid.uuid4())
    with Scratch("snapshot") as folder:
        archive = Path(folder, FILE)
        _pack(archive, sorted(files))
        _files(workspace, snapshot_id).upload(FILE, archive)
    return snapshot_id


def _pack(archive: Path, files: list[tuple[str, str]]) -> None:
    """Put files into an archive; one that went meanwhile is left out, as editors' own files do."""
    import shutil
    import zipfile
    from contextlib import suppress

    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, path in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with suppress(FileNotFoundError), open(path, "rb") as source:
                entry.external_attr = (os.fstat(source.fileno()).st_mode & 0o777) << 16
                with packed.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, 1 << 20)


def _files(workspace: Workspace, snapshot_id: str) -> RunFiles:
    from aml_nb.core.runs.files import RunFiles

    return RunFiles(workspace, f"snapshot-{snapshot_id}")

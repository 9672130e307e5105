"""What executors of steps need of the disk: the folders of scripts, and folders in which outputs are made."""

from __future__ import annotations

import shutil
import uuid
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Source
from aml_nb.core.data.datasets.expansion import open_datastore
from aml_nb.core.runs.bindings.outputs import place_of

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import Resolved
    from aml_nb.core.workspace import Workspace


class StepData:
    """Folders for the steps of one pipeline run; those that were made go when it is over.

    Parameters
    ----------
    workspace : of the pipeline.
    folder : where they are made.
    """

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self._workspace = workspace
        self._folder = folder
        self._folders: dict[str, str] = {}
        self._to_upload: dict[str, list[tuple[dict[str, Any], str]]] = {}

    def close(self) -> None:
        """Remove the folders."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def source(self, snapshot_id: str) -> str:
        """The folder with the files of a snapshot, put there when it is first asked for."""
        if snapshot_id not in self._folders:
            from aml_nb.core.runs.snapshots import FILE, _files

            folder = self._scratch()
            archive = _files(self._workspace, snapshot_id).fetch(FILE, folder / FILE)
            self._folders[snapshot_id] = str(_unpacked(archive, folder / "source"))
        return self._folders[snapshot_id]

    def folder_of(self, resolved: Resolved, output: str) -> str:
        """A local folder with what an output is: where it lies, or one that is uploaded when the step is over."""
        place = self._place_of(resolved, output)
        local = open_datastore(self._workspace, Source(**place))._local(place["path"])
        if local is not None:
            local.parent.mkdir(parents=True, exist_ok=True)
            return str(local)
        folder = str(self._scratch() / output)
        self._to_upload.setdefault(resolved.run_id, []).append((place, folder))
        return folder

    def upload(self, run_id: str) -> None:
        """Bring the outputs of a step, made here, to where they belong."""
        for place, folder in self._to_upload.pop(run_id, []):
            path, datastore = Path(folder), open_datastore(self._workspace, Source(**place))
            if path.is_dir():
                datastore.upload(str(path), place["path"], overwrite=True, show_progress=False)
            elif path.exists():
                above = place["path"].rpartition("/")[0] or None
                datastore.upload_files([str(path)], target_path=above, overwrite=True, show_progress=False)

    def _place_of(self, resolved: Resolved, output: str) -> dict[str, Any]:
        for entry in resolved.inputs:
            if entry["name"] == output and "create" in entry:
                return dict(entry["source"])
        entry = next(each for each in resolved.outputs if each["name"] == output)
        place = place_of(entry, resolved.run_id)
        return {"path": place.path, "datastore": place.datastore, "workspace": place.workspace}

    def _scratch(self) -> Path:
        folder = self._folder / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        return folder


def _unpacked(archive: Path, target: Path) -> Path:
    target.mkdir()
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(target)
        for entry in packed.infolist():
            (target / entry.filename).chmod((entry.external_attr >> 16) or 0o644)
    return target

"""Files of runs and models as MLflow's artifacts: those that ``Run.get_file_names`` and ``Model.download`` have."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import Any

from mlflow.entities import FileInfo
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.runs_artifact_repo import RunsArtifactRepository
from mlflow.utils.file_utils import create_tmp_dir

from aml_nb.core.runs.deletion import LOGGED_MODEL
from aml_nb.core.runs.files import RunFiles, clean, regular_files
from aml_nb.core.workspace import Workspace
from aml_nb.mlflow import uris, workspaces
from aml_nb.mlflow.errors import missing, translated, wrong
from aml_nb.mlflow.model_files import ModelFiles

_LISTS_MODELS = hasattr(RunsArtifactRepository, "_list_model_artifacts")


@translated
class Artifacts(ArtifactRepository):
    """The files below an address: those of a run, a logged model or a version of a registered model.

    Parameters
    ----------
    artifact_uri : the address.
    tracking_uri, registry_uri : as MLflow hands them on.
    """

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        super().__init__(artifact_uri)
        self.tracking_uri, self.registry_uri = tracking_uri, registry_uri
        try:
            self._place = uris.parse(artifact_uri)
        except ValueError as error:
            raise wrong(str(error)) from None

    def log_artifact(self, local_file: Any, artifact_path: str | None = None) -> None:
        """Keep a file, in place of one of its name."""
        source = Path(os.fspath(local_file))
        if source.is_dir():
            raise wrong(f"{source} is a folder: mlflow.log_artifacts keeps folders.")
        self._keep([(self._name(artifact_path, source.name), source)])

    def log_artifacts(self, local_dir: Any, artifact_path: str | None = None) -> None:
        """Keep what a folder holds, in place of files of the same names."""
        folder = Path(os.fspath(local_dir))
        if not folder.is_dir():
            raise wrong(f"There is no folder {folder}.")
        self._keep([(self._name(artifact_path, name), path) for name, path in regular_files(folder)])

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """What is directly below ``path``: files with their sizes, and folders; nothing where it is a file."""
        if path and self._is_of_logged_model(path):
            return []
        base = self._name(path)
        prefix = f"{base}/" if base else ""
        found: dict[str, int | None] = {}
        for name, size in self._files.sizes().items():
            if name.startswith(prefix):
                first, _, more = name[len(prefix) :].partition("/")
                found[first] = None if more else size
        inner = path.strip("/") if path else ""
        return [FileInfo(posixpath.join(inner, name), size is None, size) for name, size in sorted(found.items())]

    def download_artifacts(self, artifact_path: str, dst_path: str | None = None) -> str:
        """Fetch a file or folder to below ``dst_path``; returns where it is then."""
        target = Path(dst_path or create_tmp_dir()).absolute()
        if not target.is_dir():
            raise missing(f"The folder {target} to download to")
        base = self._name(artifact_path)
        names = self._files.below(base) if base else self._files.names()
        if base and not names:
            raise missing(f"The file {artifact_path} at {self.artifact_uri}")
        for name in names:
            self._files.fetch(name, target / self._relative(name))
        return str(target / artifact_path.strip("/")) if artifact_path else str(target)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Let go of a file or of a folder's files; of all, where none is named."""
        base, files = self._name(artifact_path), self._own_files()
        if base:
            files.remove(base)
        else:
            files.remove_all()

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        try:
            self._files.fetch(self._name(remote_file_path), local_path)
        except FileNotFoundError:
            raise missing(f"The file {remote_file_path} at {self.artifact_uri}") from None

    def _keep(self, pairs: list[tuple[str, Path]]) -> None:
        files = self._own_files()
        files.replace_all(pairs)
        if self._place.kind == uris.LOGGED:
            self._show_with_run(files)

    def _show_with_run(self, files: RunFiles) -> None:
        """A logged model's files are those of its run, too, in the folder of the model's name."""
        model = self._workspace._store.records(LOGGED_MODEL).get(self._place.owner[0])
        if model is not None and model["source_run_id"]:
            RunFiles(self._workspace, model["source_run_id"]).adopt(files, model["name"])

    def _is_of_logged_model(self, path: str) -> bool:
        """Whether MLflow itself adds these to a listing: it asks the logged models of a run by themselves."""
        if not _LISTS_MODELS or self._place.kind != uris.RUNS or self._place.path:
            return False
        run_id, name = self._place.owner[0], path.strip("/").partition("/")[0]
        return any(
            model["source_run_id"] == run_id and model["name"] == name and not model.get("deleted")
            for _, model in self._workspace._store.records(LOGGED_MODEL).list()
        )

    @property
    def _workspace(self) -> Workspace:
        return workspaces.workspace(self._place.folder)

    @property
    def _files(self) -> Any:
        if self._place.kind == uris.MODELS:
            name, version = self._place.owner
            return ModelFiles(self._workspace, name, int(version))
        return self._own_files()

    def _own_files(self) -> RunFiles:
        if self._place.kind == uris.MODELS:
            raise wrong("The files of a registered model never change: register another version.")
        return RunFiles(self._workspace, self._place.owner[0])

    def _name(self, *parts: str | None) -> str:
        """The name of a file among those of its owner."""
        joined = "/".join(part for part in (self._place.path, *parts) if part)
        return clean(joined) if joined.strip("/") else ""

    def _relative(self, name: str) -> str:
        """The name of a file below this address."""
        return name[len(self._place.path) :].lstrip("/")

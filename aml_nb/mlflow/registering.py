"""Making a version of a registered model out of files that MLflow names."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import mlflow
from mlflow.artifacts import download_artifacts

from aml_nb.core.model.register import register_files
from aml_nb.core.runs.deletion import LOGGED_MODEL
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.records import RunRecords
from aml_nb.core.store.owned_files import Files
from aml_nb.mlflow import uris
from aml_nb.mlflow.errors import missing
from aml_nb.mlflow.model_files import ModelFiles

if TYPE_CHECKING:
    from aml_nb.core.model import Model
    from aml_nb.core.workspace import Workspace

_NO_FACTS = (
    "datasets",
    "model_framework",
    "model_framework_version",
    "properties",
    "resource_configuration",
    "sample_input_dataset",
    "sample_output_dataset",
)


class Source(NamedTuple):
    """Files to register, and what they are from."""

    collect: Callable[[], Files]
    run_id: str | None = None
    model_id: str | None = None


def register(workspace: Workspace, name: str, source: Source, tags: dict[str, str], description: str | None) -> Model:
    """Register the next version of ``name``; nothing is printed, for MLflow says what it did."""
    record = RunRecords(workspace._store).get(source.run_id) if source.run_id else None
    return register_files(
        workspace,
        name,
        source.collect,
        run_id=source.run_id,  # type: ignore[arg-type]
        experiment_name=record.experiment if record else None,  # type: ignore[arg-type]
        tags=tags,
        description=description,
        **dict.fromkeys(_NO_FACTS),
    )


def source_of(workspace: Workspace, uri: str, run_id: str | None, model_id: str | None) -> Source:
    """The files behind an address: of ours without a copy, any other one by way of a download."""
    place = _place(workspace, uri)
    if place is None or place.folder != workspace._folder:
        return Source(lambda: _downloaded(workspace, uri), run_id, model_id)
    if place.kind == uris.MODELS:
        kept = ModelFiles(workspace, place.owner[0], int(place.owner[1])).digests()
        return Source(lambda: kept, run_id, model_id)
    if place.kind == uris.LOGGED:
        return _of_logged_model(workspace, place, run_id)
    return Source(lambda: _of_run(workspace, place, uri), run_id or place.owner[0], model_id)


def _place(workspace: Workspace, uri: str) -> uris.Place | None:
    if uri.startswith("runs:/"):
        run_id, _, path = uri.removeprefix("runs:/").strip("/").partition("/")
        return uris.Place(workspace._folder, uris.RUNS, (run_id,), path)
    if uri.startswith("models:/"):
        parts = uri.removeprefix("models:/").strip("/").split("/")
        if len(parts) == 1 and "@" not in parts[0]:
            return uris.Place(workspace._folder, uris.LOGGED, (parts[0],), "")
        return uris.Place(workspace._folder, uris.MODELS, _version(uri), "")
    try:
        return uris.parse(uri)
    except ValueError:
        return None


def _version(uri: str) -> tuple[str, str]:
    """Name and version of a registered model that is named by its stage, its alias or as the latest one, too."""
    from mlflow.store.artifact.utils.models import get_model_name_and_version

    name, version = get_model_name_and_version(mlflow.MlflowClient(), uri)
    return str(name), str(version)


def _of_run(workspace: Workspace, place: uris.Place, uri: str) -> Files:
    files = RunFiles(workspace, place.owner[0])
    names = files.below(place.path) if place.path else files.names()
    if not names:
        raise missing(f"The file or folder {place.path!r} of the run {place.owner[0]} ({uri})")
    return files.digests(names, place.path)


def _of_logged_model(workspace: Workspace, place: uris.Place, run_id: str | None) -> Source:
    model_id = place.owner[0]
    model = workspace._store.records(LOGGED_MODEL).get(model_id)
    if model is None or model.get("deleted"):
        raise missing(f"The logged model {model_id}")
    files = RunFiles(workspace, model_id)

    def collect() -> Files:
        return [(f"{model['name']}/{name}", digest) for name, digest in files.digests(files.names(), "")]

    return Source(collect, run_id or model["source_run_id"], model_id)


def _downloaded(workspace: Workspace, uri: str) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(download_artifacts(artifact_uri=uri, dst_path=folder))
        if path.is_file():
            return [(path.name, workspace._artifacts.add_file(path))]
        return workspace._artifacts.add_tree(path, path.name)

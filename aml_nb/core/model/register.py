"""What ``Model.register`` checks and stores."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.model import rows as model_rows
from aml_nb.core.model.samples import sample_of
from aml_nb.core.user import user
from aml_nb.errors import ModelFileNotFoundError, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.model import Model
    from aml_nb.core.store.artifacts import ArtifactStore
    from aml_nb.core.store.owned_files import Files
    from aml_nb.core.workspace import Workspace


def register(
    workspace: Workspace,
    model_path: Any,
    model_name: str,
    *,
    tags: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    description: str | None = None,
    datasets: list[tuple[str, Any]] | None = None,
    model_framework: str | None = None,
    model_framework_version: str | None = None,
    child_paths: list[str] | None = None,
    sample_input_dataset: Any = None,
    sample_output_dataset: Any = None,
    resource_configuration: Any = None,
    run_id: str | None = None,
    experiment_name: str | None = None,
) -> Model:
    """See ``Model.register``."""
    facts = {
        "tags": tags,
        "properties": properties,
        "description": description,
        "datasets": datasets,
        "model_framework": model_framework,
        "model_framework_version": model_framework_version,
        "sample_input_dataset": sample_input_dataset,
        "sample_output_dataset": sample_output_dataset,
        "resource_configuration": resource_configuration,
    }
    fields = _fields(workspace, model_name, facts, run_id, experiment_name)
    path = _existing(model_path)
    children = [_child(path, child) for child in child_paths or ()]
    print(f"Registering model {model_name}")
    return _add(workspace, model_name, fields, lambda: _collect(workspace._artifacts, path, children))


def register_files(
    workspace: Workspace,
    model_name: str,
    collect: Callable[[], Files],
    *,
    run_id: str,
    experiment_name: str,
    **facts: Any,
) -> Model:
    """Register files that the workspace keeps already: those of a run. ``facts`` are as in ``Model.register``."""
    return _add(workspace, model_name, _fields(workspace, model_name, facts, run_id, experiment_name), collect)


def _fields(
    workspace: Workspace, model_name: str, facts: dict[str, Any], run_id: str | None, experiment_name: str | None
) -> dict[str, Any]:
    """What the registry keeps of a model, checked."""
    names.check("model", model_name)
    (sample_input, input_rows), (sample_output, output_rows) = (
        sample_of(workspace, facts[f"sample_{which}_dataset"]) for which in ("input", "output")
    )
    resources = facts["resource_configuration"]
    return {
        "framework": _framework(facts["model_framework"], facts["model_framework_version"]),
        "run_id": run_id,
        "tags": dictionary(facts["tags"], "tags"),
        "properties": dictionary(facts["properties"], "properties"),
        "payload": {
            "description": facts["description"],
            "created_by": user(),
            "mime_type": "application/x-python",
            "unpack": False,
            "model_framework_version": facts["model_framework_version"],
            "experiment_name": experiment_name,
            "datasets": dataset_ids(workspace, facts["datasets"]),
            "sample_input_dataset": sample_input,
            "sample_output_dataset": sample_output,
            "samples": {"input": input_rows, "output": output_rows} if input_rows or output_rows else None,
            "resource_configuration": resources.serialize() if resources else None,
        },
    }


def _add(workspace: Workspace, model_name: str, fields: dict[str, Any], collect: Callable[[], Files]) -> Model:
    from aml_nb.core.model import Model

    row = model_rows.registry(workspace).add(model_name, fields, collect)
    model = Model.__new__(Model)
    model_rows.fill(model, workspace, row)
    return model


def dictionary(given: Any, what: str) -> dict[str, str | None]:
    """Tags or properties as v1 takes them: a dictionary, its keys and values kept as text."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise WebserviceException(f"Error, {what} must be a dict, not {given!r}.", hint=f"{what}={{'area': 'iris'}}")
    return {str(key): None if value is None else str(value) for key, value in given.items()}


def dataset_ids(workspace: Workspace, datasets: Any) -> dict[str, list[str]]:
    """(purpose, dataset) pairs as the ids of each purpose."""
    found: dict[str, list[str]] = {}
    for pair in datasets or ():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise WebserviceException(
                "Error, datasets must be a list of (purpose, dataset) pairs.", hint="datasets=[('training', dataset)]"
            )
        found.setdefault(str(pair[0]), []).append(str(dataset_id(workspace, pair[1])))
    return found


def dataset_id(workspace: Workspace, dataset: Any) -> str | None:
    """The id of a dataset, or None; a dataset that has none gets one, as v1 does it."""
    from aml_nb.core.data.datasets.abstract import AbstractDataset
    from aml_nb.core.data.datasets.registry import save

    if dataset is None:
        return None
    if isinstance(dataset, AbstractDataset):
        return save(dataset, workspace)
    identity = getattr(dataset, "id", None)
    if identity is None:
        raise WebserviceException(
            f"Error, {dataset!r} is no registered dataset.", hint="dataset = dataset.register(ws, 'name')"
        )
    return str(identity)


def _framework(framework: str | None, version: str | None) -> str | None:
    if version is not None and framework is None:
        raise WebserviceException(
            "Error, model_framework_version needs model_framework.", hint="model_framework=Model.Framework.SCIKITLEARN"
        )
    return framework


def _existing(model_path: Any) -> Path:
    given = os.path.expanduser(os.fspath(model_path))
    path = Path(os.path.abspath(given))
    if not given or not path.exists():
        folder = path.parent if given else path  # an empty path is no other name of the current folder
        near = ", ".join(sorted(p.name for p in folder.iterdir())[:20]) if folder.is_dir() else ""
        there = f"{folder} holds: {near}" if near else f"{folder} does not exist or is empty"
        raise ModelFileNotFoundError(
            f'Error, provided model path "{model_path}" cannot be found. {there}.',
            hint="give the path of the file or folder that your training wrote",
        )
    return path


def _child(path: Path, child: str) -> Path:
    """A child path as given: below ``model_path``, or below its parent as v1 has it."""
    for base in (path, path.parent):
        candidate = Path(os.path.normpath(base / child))
        if candidate.exists() and candidate.is_relative_to(path):
            return candidate
    raise ModelFileNotFoundError(
        f'Error, child path "{child}" cannot be found in {path}.', hint=f"paths relative to {path}"
    )


def _collect(artifacts: ArtifactStore, path: Path, children: list[Path]) -> Files:
    """Every file with its path in the model: relative to the parent of ``model_path``, as v1 stores them."""
    files: dict[str, Any] = {}
    for part in children or [path]:
        base = part.relative_to(path.parent).as_posix()
        if part.is_dir():
            files.update(artifacts.add_tree(part, base))
        elif part.is_file():
            files[base] = artifacts.add_file(part)
        else:
            raise WebserviceException(f"Error, {part} is neither a file nor a folder.", hint="register a file")
    if not files:
        raise WebserviceException(f"Error, {path} holds no files.", hint="register the folder that has the files")
    return sorted(files.items())

"""``Model.get_model_path``: where a registered model's file or folder is, in a service, a notebook or a folder.

Light: inside a service nothing but this and the errors is loaded.
"""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core import current
from aml_nb.errors import ModelNotFoundException, ModelVersionNotFoundException, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.model import Model
    from aml_nb.core.workspace import Workspace

CACHE = "azureml-models"
log = logging.getLogger("azureml.core.model")
"""v1's name, so that what turned its messages on turns these on."""


def find(model_name: str, version: int | None, workspace: Workspace | None) -> str:
    """The path of the model's file or folder; see ``Model.get_model_path``."""
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise WebserviceException(
            f"version must be an int, not {version!r}.", hint=f"Model.get_model_path({model_name!r}, version=1)"
        )
    log.debug(
        "Looking for the model %s, %s, from %s; AML_APP_ROOT is %s",
        model_name,
        "the newest version" if version is None else f"version {version}",
        os.getcwd(),
        os.environ.get("AML_APP_ROOT", "not set"),
    )
    looked: list[str] = []
    if workspace is None and "AML_APP_ROOT" in os.environ:
        found = _in_service(model_name, version, looked)
    else:
        found = _in_registry(model_name, version, workspace, looked)
        found = found or _in_cache(Path(CACHE), model_name, version, looked)
        if not found and version is None:
            found = _in_folder(model_name, looked)
    for place in looked:
        log.debug("Not in %s", place)
    if found:
        log.debug("Found the model %s at %s", model_name, os.path.abspath(found))
        return found
    kind = ModelNotFoundException if version is None and workspace is None else ModelVersionNotFoundException
    raise _not_found(kind, model_name, version, looked)


def _in_service(name: str, version: int | None, looked: list[str]) -> str | None:
    root = Path(os.environ["AML_APP_ROOT"])
    found = _in_cache(root / CACHE, name, version, looked) or _in_model_dir(name, version, looked)
    if found or version is not None:
        return found
    return _in_folder(name, looked)


def _in_model_dir(name: str, version: int | None, looked: list[str]) -> str | None:
    """AZUREML_MODEL_DIR, which v1 does not look at: ``…/<name>/<version>`` of a single model, or their root."""
    value = os.environ.get("AZUREML_MODEL_DIR")
    if not value:
        return None
    folder = Path(value)
    if folder.parent.name == name and folder.name.isdigit():
        return _in_cache(folder.parent.parent, name, version, looked)
    return _in_cache(folder, name, version, looked)


def _in_cache(cache: Path, name: str, version: int | None, looked: list[str]) -> str | None:
    """``<cache>/<name>/<version>/<the one entry>``; without a version the highest there is."""
    folder = cache / name
    if version is None:
        numbers = [int(entry) for entry in _names(folder) if entry.isdigit()]
        if not numbers:
            others = ", ".join(sorted(entry for entry in _names(cache) if not entry.startswith(".")))
            missing = f"no such folder, but {others}" if others else "no such folder"
            looked.append(f"{folder.absolute()}: " + ("it holds no version" if folder.is_dir() else missing))
            return None
        version = max(numbers)
    place = folder / str(version)
    if not place.is_dir():
        has = ", ".join(sorted(_names(folder))) or "no version"
        looked.append(f"{place.absolute()}: no such folder" + (f", but {has}" if folder.is_dir() else ""))
        return None
    return _only_entry(place)


def _in_folder(name: str, looked: list[str]) -> str | None:
    path = os.path.join(os.getcwd(), name)
    if os.path.exists(path):
        return path
    looked.append(f"{path}: no such file or folder")
    return None


def _in_registry(name: str, version: int | None, workspace: Workspace | None, looked: list[str]) -> str | None:
    """The registry of the workspace that was given or that is known; its files are copied to the cache."""
    asked = workspace or current.workspace()
    if asked is None:
        looked.append("the registry: no workspace was opened; pass _workspace=ws, or call Workspace.from_config()")
        return None
    from aml_nb.core.model import Model

    models = [m for m in Model.list(asked, name=name) if version in (None, m.version)]
    if models:
        return _bring(max(models, key=lambda m: m.version))
    others = ", ".join(sorted({m.name for m in Model.list(asked, latest=True)})[:20]) or "no model at all"
    looked.append(f"the registry of the workspace {asked.name}: it has {others}")
    return None


def _bring(model: Model) -> str:
    """Copy a model's files to ``azureml-models/<name>/<version>``, unless they are there already."""
    place = Path(os.environ.get("AML_APP_ROOT", "")) / CACHE / model.name / str(model.version)
    mark = place.parent / f".{model.version}.id"
    if place.is_dir() and _read(mark) == model._key():
        return _only_entry(place)
    from aml_nb.core.store.errors import readable_files

    staged = place.parent / f".new-{uuid.uuid4().hex}"
    with readable_files(place.parent.absolute()):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            model._materialise(staged)
            # What lies here under that number is another workspace's, or was half made.
            shutil.rmtree(place, ignore_errors=True)
            os.replace(staged, place)
            mark.write_text(model._key(), encoding="utf-8")
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return _only_entry(place)


def _only_entry(place: Path) -> str:
    entries = list(_names(place))
    if len(entries) == 1:
        return str(place / entries[0])
    raise WebserviceException(
        f"{place.absolute()} must hold exactly one file or folder, the model; it holds "
        f"{', '.join(sorted(entries)) or 'nothing'}.",
        hint="take away what does not belong there",
    )


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def _not_found(
    kind: type[ModelNotFoundException], name: str, version: int | None, looked: list[str]
) -> ModelNotFoundException:
    what = f"Model {name}" + ("" if version is None else f" version {version}")
    places = "\n".join(f"  - {place}" for place in looked)
    return kind(
        f"{what} not found. Looked at:\n{places}",
        hint=f"Model.register(ws, model_path=..., model_name={name!r}), or give the name it was registered under",
    )

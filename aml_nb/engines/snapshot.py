"""The files of one revision, laid out as ``/var/azureml-app`` is: script, models."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aml_nb.engines.base import Fetch, ModelFiles, ServiceSpec
from aml_nb.errors import WebserviceException

MAX_SOURCE_BYTES = 300 * 1024 * 1024
_IGNORED = frozenset({".git", "__pycache__", ".ipynb_checkpoints", ".venv", ".azureml", "node_modules"})
MODELS = "azureml-models"


@dataclass(frozen=True)
class Layout:
    """Where things are in a revision: relative to its root, save ``model_dir``."""

    entry_script: str
    source_directory: str | None
    model_dir: str


def layout(spec: ServiceSpec, root: Path) -> Layout:
    """Where ``take`` puts things below ``root``; one model has the model folder to itself."""
    models = root / MODELS
    if len(spec.models) == 1:
        models = models / spec.models[0].name / spec.models[0].version
    if spec.source_directory is None:
        return Layout(os.path.basename(spec.entry_script), None, str(models))
    base = os.path.basename(spec.source_directory.rstrip(os.sep)) or "source"
    return Layout(f"{base}/{spec.entry_script}", base, str(models))


def take(spec: ServiceSpec, root: Path, fetch: Fetch, avoid: Path, before: Path | None = None) -> None:
    """Copy the user's sources and the models to ``root``.

    ``avoid`` is a folder not to copy even where the sources hold it. ``before`` is a revision whose models
    are taken as they are.
    """
    os.makedirs(root)
    _take_source(spec, root, avoid)
    if before is not None:
        shutil.copytree(before / MODELS, root / MODELS, copy_function=_link, symlinks=True)
        return
    _take_models(spec, root, fetch)


def take_models(spec: ServiceSpec, root: Path, fetch: Fetch) -> None:
    """Put the models alone below ``root``, as ``take`` does."""
    os.makedirs(root)
    _take_models(spec, root, fetch)


def _take_models(spec: ServiceSpec, root: Path, fetch: Fetch) -> None:
    os.makedirs(root / MODELS)
    for model in spec.models:
        _take_model(model, root / MODELS / model.name / model.version, fetch)


def take_source(spec: ServiceSpec, root: Path, avoid: Path) -> None:
    """Copy the user's sources alone to ``root``, as ``take`` does."""
    os.makedirs(root)
    _take_source(spec, root, avoid)


def _take_source(spec: ServiceSpec, root: Path, avoid: Path) -> None:
    _require(spec.source_directory, "source_directory")
    script = spec.entry_script if spec.source_directory is None else f"{spec.source_directory}/{spec.entry_script}"
    _require(script, "entry script")
    target = layout(spec, root).source_directory
    if spec.source_directory is None or target is None:
        shutil.copyfile(spec.entry_script, root / os.path.basename(spec.entry_script))
        _take_beside(spec, root, avoid)
    else:
        _copy_tree(spec.source_directory, root / target, _Budget(spec.source_directory, avoid))


def _take_beside(spec: ServiceSpec, root: Path, avoid: Path) -> None:
    for place, path in spec.beside:
        _require(path, "dependency")
        target = root / place
        os.makedirs(target.parent, exist_ok=True)
        budget = _Budget(path, avoid)
        if os.path.isdir(path):
            _copy_tree(path, target, budget)
        else:
            budget.spend(os.stat(path).st_size)
            shutil.copyfile(path, target)


def _require(path: str | None, what: str) -> None:
    if path is not None and not os.path.exists(path):
        raise WebserviceException(
            f"Error, unable to find the {what} {path}.", hint="put it back, or deploy with another InferenceConfig"
        )


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _take_model(model: ModelFiles, target: Path, fetch: Fetch) -> None:
    os.makedirs(target, exist_ok=True)
    if model.source is not None:
        place = target / os.path.basename(model.source.rstrip(os.sep))
        copy: Callable[..., object] = shutil.copytree if os.path.isdir(model.source) else shutil.copyfile
        copy(model.source, place)
    for relative, digest in model.files:
        place = target / relative
        os.makedirs(place.parent, exist_ok=True)
        fetch(digest, place)


class _Budget:
    """Refuses a source directory that is too large before the disk is full of it."""

    def __init__(self, source: str, avoid: Path) -> None:
        self._source, self._left = source, MAX_SOURCE_BYTES
        self._avoid = os.path.realpath(avoid)

    def skips(self, entry: os.DirEntry[str]) -> bool:
        """Caches, the workspaces themselves and links that lead back up."""
        if entry.name in _IGNORED:
            return True
        if not entry.is_dir():
            return False
        real = os.path.realpath(entry.path)
        here = os.path.realpath(os.path.dirname(entry.path))
        return real == self._avoid or (entry.is_symlink() and f"{here}/".startswith(f"{real}/"))

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise WebserviceException(
                f"Error, {self._source} holds more than {MAX_SOURCE_BYTES // 1024**2} MB.",
                hint="keep the entry script in a folder of its own: "
                "InferenceConfig(source_directory='./service', entry_script='score.py')",
            )


def _copy_tree(source: str, target: Path, budget: _Budget, above: tuple[str, ...] = ()) -> None:
    above = (*above, os.path.realpath(source))
    os.mkdir(target)
    with os.scandir(source) as entries:
        wanted = [entry for entry in entries if not budget.skips(entry)]
    for entry in wanted:
        if entry.is_dir():
            if os.path.realpath(entry.path) not in above:  # links may lead round without leading up
                _copy_tree(entry.path, target / entry.name, budget, above)
        elif entry.is_file():
            budget.spend(entry.stat().st_size)
            shutil.copyfile(entry.path, target / entry.name)

"""What an image or a package holds: sources as they were, models by their ids, the environment's definition."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.engines import snapshot
from aml_nb.engines.base import ServiceSpec

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.store.owned_files import Files
    from aml_nb.core.webservice.content import Content
    from aml_nb.core.workspace import Workspace
    from aml_nb.engines.base import Engine

CONTENT = "content"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what is inside; it does not change when the user's files do.

    ``entry_script`` is relative to ``source_directory``, the name of a folder among the files, or to the root of
    the files where that is None. ``specification`` has the paths of the files the environment was described in.
    """

    entry_script: str
    source_directory: str | None
    model_ids: tuple[str, ...]
    environment: dict[str, Any] | None
    specification: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The recipe as a record keeps it."""
        return {
            "driverProgram": self.entry_script,
            "sourceDirectory": self.source_directory,
            "modelIds": list(self.model_ids),
            "environment": self.environment,
            "specification": self.specification,
        }

    @classmethod
    def of(cls, record: dict[str, Any]) -> Recipe:
        """The recipe of a record."""
        return cls(
            record["driverProgram"],
            record["sourceDirectory"],
            tuple(record["modelIds"]),
            record["environment"],
            dict(record["specification"]),
        )

    def digest(self, files: Files, models: tuple[Any, ...]) -> str:
        """SHA-256 of all that is inside."""
        whole = {
            "script": [self.entry_script, self.source_directory],
            "files": [[path, digest.sha256] for path, digest in sorted(files)],
            "models": [[model.name, model.version, sorted(model.files)] for model in models],
            "environment": self.environment,
        }
        return "sha256:" + hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def environment_object(self) -> Environment | None:
        """The environment that the recipe holds the definition of."""
        if self.environment is None:
            return None
        from aml_nb.core.environment import Environment

        return Environment._from_json(self.environment)


class Laid:
    """A recipe whose files are in a folder, in the words in which a deployment is told of a script."""

    def __init__(self, recipe: Recipe, root: Path) -> None:
        self._recipe, self._root = recipe, root
        source = recipe.source_directory
        self.source_directory = None if source is None else str(root / source)
        self.entry_script = recipe.entry_script if source is not None else str(root / recipe.entry_script)

    def _environment(self) -> Environment | None:
        return self._recipe.environment_object()

    def _beside(self) -> tuple[tuple[str, str], ...]:
        if self.source_directory is not None:
            return ()
        names = sorted(os.listdir(self._root))
        return tuple((name, str(self._root / name)) for name in names if name != self._recipe.entry_script)


def take(workspace: Workspace, models: Any, config: Any, folder: Path) -> Recipe:
    """Copy what ``config`` names into ``folder``.

    Parameters
    ----------
    workspace : whose image.
    models : registered models.
    config : an ``InferenceConfig`` or a ``ContainerImageConfig``.
    folder : the image's own; the files are in its ``content``.

    Raises
    ------
    WebserviceException
        A model is not registered, or a file is not there.
    """
    from aml_nb.core.webservice.content import check_configuration, gather_models

    _, ids = gather_models(models, local=False)
    check_configuration(config)
    environment = config._environment()
    spec = ServiceSpec(
        handle="",
        name="",
        kind="",
        entry_script=config.entry_script if config.source_directory else os.path.abspath(config.entry_script),
        python="",
        source_directory=config.source_directory,
        beside=config._beside(),
    )
    root = folder / CONTENT
    snapshot.take_source(spec, root, workspace._folder)
    where = snapshot.layout(spec, root)
    inside = where.entry_script if where.source_directory is None else config.entry_script
    specification: dict[str, str] = getattr(config, "_specification", dict)()
    definition = None if environment is None else environment._to_json()
    return Recipe(inside, where.source_directory, ids, definition, specification)


def keep(workspace: Workspace, folder: Path) -> Files:
    """Put the files of an image's folder into the artifacts."""
    return workspace._artifacts.add_tree(folder / CONTENT)


def laid(workspace: Workspace, recipe: Recipe, files: Files, folder: Path) -> Laid:
    """The recipe in its folder, filled again from the artifacts where it was emptied."""
    root = folder / CONTENT
    if not root.is_dir():
        staged = folder / f".{CONTENT}-{os.getpid()}"
        shutil.rmtree(staged, ignore_errors=True)
        for path, digest in files:
            workspace._artifacts.materialise(digest, staged / path)
        os.replace(staged, root)
    return Laid(recipe, root)


def content_of(workspace: Workspace, recipe: Recipe, there: Laid, engine: Engine) -> Content:
    """What a service that runs the recipe needs on ``engine``."""
    from aml_nb.core.webservice.content import gather

    return gather(_models(workspace, recipe), there, local=False, engine=engine)


def content_for_docker(workspace: Workspace, recipe: Recipe, there: Laid) -> Content:
    """What a Docker image of the recipe is made of, also where no engine here builds images."""
    from aml_nb.core.resolve.image import packages_of
    from aml_nb.core.webservice.content import Content, gather_models

    files, ids = gather_models(_models(workspace, recipe), local=False)
    environment = there._environment()
    packages, notes = packages_of(environment, there.source_directory, there.entry_script)
    return Content(
        models=files,
        model_ids=ids,
        entry_script=there.entry_script,
        source_directory=there.source_directory,
        python="",
        environment_hash=packages.digest,
        environment=recipe.environment,
        environment_variables={} if environment is None else dict(environment.environment_variables),
        packages=packages,
        notes=tuple(notes),
        beside=there._beside(),
    )


def _models(workspace: Workspace, recipe: Recipe) -> list[Any]:
    from aml_nb.core.model import Model

    return [Model(workspace, id=model_id) for model_id in recipe.model_ids]

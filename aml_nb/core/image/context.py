"""A package that is a Dockerfile with its context, and an image that is built of such a context."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.image import function_app
from aml_nb.core.image.building import LOG
from aml_nb.core.image.making import DOCKERFILE, Parts, spec_of
from aml_nb.core.webservice import services
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.content import Content
    from aml_nb.core.workspace import Workspace
    from aml_nb.engines.base import Engine

CONTEXT = "context"
_MARK = ".aml_nb-package"
"""Lists what an earlier ``save`` wrote: that may be replaced, and nothing else."""


def make(
    workspace: Workspace,
    record: dict[str, Any],
    parts: Parts,
    what: Content,
    engine: Engine,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Write the context; build an image of it where one is asked for."""
    folder = parts.folder / CONTEXT
    shutil.rmtree(folder, ignore_errors=True)
    write(workspace, record, what, folder, say)
    file = folder / DOCKERFILE
    for line in file.read_text(encoding="utf-8").splitlines():
        say(f"  {line}")
    made = {"generatedDockerfileUri": file.as_uri(), "digest": parts.recipe.digest(parts.files, what.models)}
    if record.get("generateDockerfile"):
        say(f"The Dockerfile and its context are in {folder}.")
        return {**made, "imageLocation": folder.as_uri()}
    images = engine.images()
    assert images is not None, "an image was asked of an engine that builds none"
    built = images.build_context(folder, record["reference"], parts.folder / LOG)
    return {**made, "imageLocation": built.location, "digest": built.digest}


def write(
    workspace: Workspace, record: dict[str, Any], what: Content, folder: Path, say: Callable[[str], None]
) -> None:
    """Lay the context out in ``folder``."""
    from aml_nb.engines.base import Packages
    from aml_nb.engines.docker.context import write_context
    from aml_nb.engines.docker.saved_base import saved_base

    spec, trigger = spec_of(record, what), record.get("function")
    if not trigger:
        packages = spec.packages or Packages("")
        base = saved_base(packages, say)
        if packages.base_image not in (None, base):
            spec = replace(spec, packages=replace(packages, base_image=base, interpreter=None))
        write_context(spec, folder, services.fetch(workspace), workspace._folder, base)
        return
    ending = function_app.dockerfile_ending(spec)
    write_context(spec, folder, services.fetch(workspace), workspace._folder, function_app.BASE, ending)
    function_app.write(folder / function_app.FOLDER, trigger)


def save(context: Path, output_directory: str) -> Path:
    """Copy a context to where the user wants it; what an earlier call wrote there is replaced.

    Raises
    ------
    WebserviceException
        Something else of the same name is there.
    """
    target = Path(output_directory).expanduser().absolute()
    names = sorted(os.listdir(context))
    if target.exists() and not target.is_dir():
        raise WebserviceException(f"Error, {target} is a file.", hint="package.save('./package')")
    target.mkdir(parents=True, exist_ok=True)
    ours = _written(target)
    taken = [name for name in names if name not in ours and os.path.lexists(target / name)]
    if taken:
        raise WebserviceException(
            f"Error, {target} holds {', '.join(taken)} already.", hint="package.save() into a folder of its own"
        )
    (target / _MARK).write_text("\n".join([*names, ""]), encoding="utf-8")
    for name in {*ours, *names}:
        _remove(target / name)
    shutil.copytree(context, target, symlinks=True, dirs_exist_ok=True)
    return target


def _written(target: Path) -> list[str]:
    try:
        names = (target / _MARK).read_text(encoding="utf-8").split("\n")
    except OSError:
        return []
    return [name for name in names if name and "/" not in name and name not in (os.curdir, os.pardir)]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

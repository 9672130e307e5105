"""A Dockerfile and its context on disk, which ``docker build`` takes as they are; no daemon is asked."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path

from aml_nb.engines import snapshot
from aml_nb.engines.base import Fetch, Packages, ServiceSpec
from aml_nb.engines.docker import dockerfile, inside, naming, package_tree
from aml_nb.engines.docker.interpreter import VERSION
from aml_nb.engines.docker.recipe import Recipe
from aml_nb.engines.docker.tarring import Entry
from aml_nb.errors import WebserviceException
from aml_nb.scoring.config import SERVICE_FILE

DEFAULT_BASE = f"python:{VERSION}-slim"
"""What a saved Dockerfile starts from unless the environment names an image, or whoever builds another."""


def write_context(
    spec: ServiceSpec,
    folder: Path,
    fetch: Fetch,
    avoid: Path,
    base: str | None = None,
    ending: Sequence[str] | None = None,
) -> Path:
    """Lay out everything that the image of a service is made of; the path of the Dockerfile.

    Parameters
    ----------
    spec : the service.
    folder : takes the context; it has to be empty, or not there yet.
    fetch : puts the bytes of a digest at a path.
    avoid : a folder not to copy even where the sources hold it.
    base : the image to start from, unless the environment names one.
    ending : the last lines of the Dockerfile, for an image that something else than our server is to run in.

    Raises
    ------
    WebserviceException : something that belongs into the image is not there.
    """
    packages = spec.packages or Packages("")
    made = Recipe.of(packages)
    os.makedirs(folder, exist_ok=True)
    if packages.context:
        _take_users(packages, folder)
    place = folder / dockerfile.place_of(made)
    for entry in [*made.entries("build", "sources", hide_logins=True), *package_tree.entries("site")]:
        _put(place, entry)
    snapshot.take_source(spec, place / "app", avoid)
    snapshot.take_models(spec, place / "models", fetch)
    os.makedirs(place / "service")
    naming.server_config(spec).write(place / "service" / SERVICE_FILE)
    labels = {inside.NAME: spec.handle, inside.V1_NAME: spec.name, inside.V1_MARK: "True"}
    path = folder / "Dockerfile"
    path.unlink(missing_ok=True)  # the user's; ours begins with it
    start = packages.base_image or base or DEFAULT_BASE
    path.write_text(dockerfile.text(spec, made, start, labels, ending), encoding="utf-8")
    return path


def _take_users(packages: Packages, folder: Path) -> None:
    """The context of the user's Dockerfile, at the root: their COPY lines say so. What it leaves out is left out."""
    assert packages.context is not None
    try:
        with tarfile.open(packages.context) as tar:
            tar.extractall(folder, **({"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}))  # type: ignore[arg-type]
    except (OSError, tarfile.TarError) as error:
        raise WebserviceException(
            f"The environment's build_context {packages.context} cannot be read: {error}.",
            hint="DockerBuildContext.from_local_directory(workspace=ws, path='./docker') keeps it anew",
        ) from None
    (folder / ".dockerignore").unlink(missing_ok=True)
    if os.path.lexists(folder / dockerfile.OWN_FOLDER):
        raise WebserviceException(
            f"The environment's build_context holds {dockerfile.OWN_FOLDER}, the name of the package's own folder.",
            hint="rename it, or name it in .dockerignore",
        )


def _put(folder: Path, entry: Entry) -> None:
    target = folder / entry.name
    if entry.source is None and entry.data is None:
        os.makedirs(target, exist_ok=True)
        return
    os.makedirs(target.parent, exist_ok=True)
    if entry.source is not None:
        shutil.copyfile(entry.source, target)
    else:
        target.write_bytes(entry.data or b"")
    if entry.mode is not None:
        target.chmod(entry.mode)

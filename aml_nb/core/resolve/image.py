"""From an Environment to what an image of it is made of, for engines whose services run in images."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.resolve.as_here import pins
from aml_nb.core.resolve.extras import with_extras
from aml_nb.core.resolve.wanted import Wanted, collect
from aml_nb.engines import registry_logins, v1s_images
from aml_nb.engines.base import Packages

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.environment.sections import DockerSection


def packages_of(
    environment: Environment | None, source_directory: str | None, entry_script: str
) -> tuple[Packages, list[str]]:
    """What to put into the image, and what was taken less strictly, a sentence each.

    Parameters
    ----------
    environment : what is asked for. Where it leaves the packages open (None, or an interpreter of the user's own
        without an image of theirs), the image gets what the script imports, in the versions that are installed
        here, and the packages that a pickled model most often needs.
    source_directory, entry_script : where the script is; empty where an environment is built before there is one.

    Raises
    ------
    UserErrorException
        A line of the environment is no requirement, or its build context cannot be read or fetched.
    """
    from aml_nb.core.environment.sections import DEFAULT_CPU_IMAGE

    environment = with_extras(environment, source_directory, entry_script)
    if environment is None:
        return _as_here(Packages(""), source_directory, entry_script)
    docker, python = environment.docker, environment.python
    base = _in_registry(docker) if docker.base_image != DEFAULT_CPU_IMAGE else None
    named = Packages("", environment.name or "", base_image=base, dockerfile=docker.base_dockerfile)
    _remember_login(docker, base)
    blank = _built(docker, named)
    if not python.user_managed_dependencies:
        wanted = collect(python.conda_dependencies)
        return _identified(_filled(blank, wanted)), wanted.notes
    if base or blank.dockerfile:
        packages = replace(blank, interpreter=python.interpreter_path or "python")
        if v1s_images.is_v1s(base) or v1s_images.started_from(blank.dockerfile):  # where it cannot be had, there are
            packages = _as_here(packages, source_directory, entry_script)[0]
        return _identified(packages), []
    return _as_here(blank, source_directory, entry_script)


def _in_registry(docker: DockerSection) -> str | None:
    """The base image with its registry's address."""
    image, address = docker.base_image, (docker.base_image_registry.address or "").rstrip("/")
    if not image or not address or image.startswith(f"{address}/"):
        return image
    return f"{address}/{image}"


def _remember_login(docker: DockerSection, image: str | None) -> None:
    """Have the registry's login at hand where the environment has one; else Docker may know it (``docker login``)."""
    registry = docker.base_image_registry
    if image and registry.username and registry.password:
        registry_logins.remember(image, registry.username, registry.password)


def _built(docker: DockerSection, blank: Packages) -> Packages:
    """With the Dockerfile of a build context, and what it may copy."""
    if docker.build_context is None:
        return blank
    from aml_nb.core.environment import build_context, context_archive

    archive, place = build_context.archive_of(docker.build_context), docker.build_context.dockerfile_path
    return replace(
        blank,
        base_image=None,
        dockerfile=context_archive.dockerfile_of(archive, place),
        context=str(archive),
        dockerfile_path=place,
    )


def _filled(blank: Packages, wanted: Wanted) -> Packages:
    return replace(
        blank,
        python=wanted.python,
        requirements=tuple(wanted.lines()),
        preferred=tuple(wanted.preferred()),
        options=tuple(wanted.options),
    )


def _identified(packages: Packages) -> Packages:
    content = Path(packages.context).name if packages.context else None  # named by its hash, wherever it is
    known = {**asdict(packages), "digest": "", "name": "", "context": content}
    text = json.dumps(known, sort_keys=True)
    return replace(packages, digest=hashlib.sha256(text.encode()).hexdigest())


def _as_here(blank: Packages, source_directory: str | None, entry_script: str) -> tuple[Packages, list[str]]:
    pinned = pins(source_directory, entry_script)
    told = [f"No packages were asked for: the image gets {', '.join(pinned) or 'none'}, as installed here."]
    if not entry_script:
        told.append("A script that imports more than these gets an image of its own when it is deployed.")
    return _identified(replace(blank, requirements=tuple(pinned))), told

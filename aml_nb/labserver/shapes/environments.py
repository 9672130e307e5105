"""Environments: registered ones, and the curated ones that are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.environment import registry
from aml_nb.core.environment.curated import PREFIX
from aml_nb.display.objects import packages, variables_of
from aml_nb.errors import UserErrorException
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import base

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "environments"
RECORDS = "environment"


def rows(workspace: Workspace) -> list[base.Row]:
    """The newest version of each, the newest first; curated ones at the end."""
    names = {name for name, _, _ in workspace._store.versioned(RECORDS).list()}
    every = registry.every(workspace)
    own = [every[name] for name in every if name in names]
    return [row(each) for each in [*reversed(own), *(every[name] for name in every if name not in names)]]


def row(environment: Any) -> base.Row:
    """One environment."""
    version = str(environment.version or "1")
    return base.row(
        KIND,
        f"{environment.name}:{version}",
        str(environment.name),
        version=version,
        about=", ".join(packages(environment)),
    )


def find(workspace: Workspace, identity: str) -> Any:
    """The environment of ``name:version``, or of a name its newest version.

    Raises
    ------
    NothingThereError : there is none.
    """
    name, _, version = identity.rpartition(":")
    try:
        return registry.get(workspace, name or identity, version if name else None, None)
    except UserErrorException as error:
        raise NothingThereError(error.message, hint=error.hint) from None


def detail(workspace: Workspace, identity: str) -> dict[str, Any]:
    """The view of one environment."""
    environment = find(workspace, identity)
    known = workspace._store.versioned(RECORDS).versions(str(environment.name)) or [str(environment.version)]
    dependencies = environment.python.conda_dependencies
    docker = environment.docker
    return {
        "row": row(environment),
        "versions": [{"id": f"{environment.name}:{each}", "version": each} for each in reversed(known)],
        "conda": None if dependencies is None else dependencies.serialize_to_string(),
        "packages": packages(environment),
        "python": None if dependencies is None else dependencies.get_python_version(),
        "variables": variables_of(environment),
        "docker": {"base_image": docker.base_image, "base_dockerfile": docker.base_dockerfile},
        "curated": str(environment.name).startswith(PREFIX),
    }

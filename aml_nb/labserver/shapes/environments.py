"""Environments: registered ones, and the curated ones that are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.environment import registry
from aml_nb.display.objects import packages
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

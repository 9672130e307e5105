"""The interpreter for an environment, where it is there already: who asks waits for nothing."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.resolve import ResolvedEnvironment


def run_requirements() -> tuple[str, ...]:
    """What an environment must hold, besides what it asks for, so that a script finds its run and its data."""
    try:
        listed = metadata.requires("aml_nb") or []
    except metadata.PackageNotFoundError:
        listed = []
    # uv makes environments and has no part in a script; a marker is that of an extra.
    return tuple(sorted(line for line in listed if ";" not in line and not line.startswith("uv"))) or _NEEDED


_NEEDED = (
    "fsspec>=2024.2",
    "packaging>=23",
    "pandas>=1.5",
    "platformdirs>=4",
    "psutil>=5.9",
    "requests>=2.31",
    "ruamel.yaml>=0.18",
    "sqlalchemy>=2.0.25",
)


def resolve_ready(
    environment: Environment | None, home: Path | None = None, also: tuple[str, ...] | None = None
) -> ResolvedEnvironment | None:
    """The interpreter for ``environment``; None where one has to be built first.

    ``also`` is what it must hold besides: for a run, unless something else is said.
    """
    from aml_nb.core.resolve import resolve_environment, unsatisfied
    from aml_nb.core.resolve.venv import is_built
    from aml_nb.core.resolve.wanted import collect

    also = run_requirements() if also is None else also
    if not unsatisfied(environment):
        return resolve_environment(environment, home)
    assert environment is not None  # nothing asked for is always satisfied
    if is_built(collect(environment.python.conda_dependencies), home, also):
        return resolve_environment(environment, home, also=also)
    return None

"""From an Environment to an interpreter: the running one where it will do, else a venv made by uv."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aml_nb import scoring
from aml_nb.core.resolve.installed import installed_version, missing, missing_source
from aml_nb.core.resolve.interpreter import check_interpreter
from aml_nb.core.resolve.wanted import Wanted, collect
from aml_nb.errors import UserErrorException
from aml_nb.masking import without_login

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment

__all__ = ["ResolvedEnvironment", "resolve_environment", "unsatisfied"]


@dataclass(frozen=True)
class ResolvedEnvironment:
    """The interpreter to start, and how it was come by.

    ``satisfied`` lists what the environment asked for and how it is met, ``notes`` what was taken less strictly.
    """

    python: str
    kind: Literal["current", "venv", "user"]
    specification_hash: str
    satisfied: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def resolve_environment(
    environment: Environment | None,
    home: Path | None = None,
    progress: Callable[[str], None] | None = None,
    also: tuple[str, ...] = scoring.REQUIREMENTS,
) -> ResolvedEnvironment:
    """Find or build the interpreter that satisfies ``environment``.

    Parameters
    ----------
    environment : what is asked for; None: nothing in particular.
    home : aml_nb's folder, whose ``cache`` keeps the venvs; by default the user's cache folder.
    progress : called with one line at a time while a venv is built.
    also : what a venv must hold besides, for aml_nb to work in it.

    Raises
    ------
    UserErrorException
        A pin cannot be met; the message names it, what was tried, and how to relax it.
    """
    if environment is None:
        return ResolvedEnvironment(sys.executable, "current", Wanted().digest())
    notes = _image_notes(environment)
    if environment.python.user_managed_dependencies:
        return _user(environment, notes)
    wanted = collect(environment.python.conda_dependencies)
    wanted.notes[:0] = notes
    lacking = _lacking(wanted)
    if not lacking:
        return _resolved(sys.executable, "current", wanted.digest(), wanted)
    from aml_nb.core.resolve.venv import provide

    python, digest = provide(environment.name, wanted, lacking, home, progress or _silent, also)
    wanted.notes.append(f"A separate environment is used: {lacking[0]}.")
    return _resolved(python, "venv", digest, wanted)


def unsatisfied(environment: Environment | None) -> list[str]:
    """Why the running interpreter will not do for ``environment``, one reason a line; empty: it will."""
    if environment is None or environment.python.user_managed_dependencies:
        return []
    return _lacking(collect(environment.python.conda_dependencies))


def _lacking(wanted: Wanted) -> list[str]:
    """Why the running interpreter will not do; empty: it will."""
    lacking = [] if wanted.python is None else [f"Python {wanted.python} is asked for"]
    for requirement in wanted.requirements:
        reason = missing(requirement)
        if reason is None:
            wanted.satisfied.append(f"{requirement.name} {installed_version(requirement.name)}")
        else:
            lacking.append(reason)
    lacking += [reason for source in wanted.sources if (reason := missing_source(source)) is not None]
    return lacking


def _resolved(python: str, kind: Literal["current", "venv"], digest: str, wanted: Wanted) -> ResolvedEnvironment:
    satisfied = wanted.satisfied if kind == "current" else [without_login(line) for line in wanted.lines()]
    return ResolvedEnvironment(python, kind, digest, tuple(satisfied), tuple(wanted.notes))


def _user(environment: Environment, notes: list[str]) -> ResolvedEnvironment:
    asked = environment.python.interpreter_path or "python"
    python = sys.executable if asked in ("python", "python3") else shutil.which(os.path.expanduser(asked))
    if python is None and notes:
        notes.append(f"The interpreter {asked} is one of the image's: the running one is used.")
        python = sys.executable
    if python is None:
        raise UserErrorException(
            f"The interpreter {asked!r} of the environment {environment.name!r} is not there, or cannot be run.",
            hint="environment.python.interpreter_path = 'python' takes the running one",
        )
    kind: Literal["current", "user"] = "current"
    if python != sys.executable:
        kind = "user"
        check_interpreter(python)
    notes.append("user_managed_dependencies: the interpreter is taken as it is, nothing was checked.")
    return ResolvedEnvironment(python, kind, Wanted(options=[python]).digest(), (), tuple(notes))


def _image_notes(environment: Environment) -> list[str]:
    from aml_nb.core.environment.sections import DEFAULT_CPU_IMAGE

    docker, notes = environment.docker, []
    if docker.base_dockerfile or docker.build_context:
        notes.append("The environment's Dockerfile is not used: the service runs as processes.")
    elif docker.base_image and docker.base_image != DEFAULT_CPU_IMAGE:
        notes.append(f"The image {docker.base_image} is not used: the service runs as processes.")
    return notes


def _silent(line: str) -> None:
    """Nobody listens."""

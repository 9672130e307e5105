"""Which engine carries a service."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from aml_nb.engines.base import Engine, Fetch
from aml_nb.errors import NotAvailableError, UsageError, WebserviceException

_MODULES = {
    "process": "aml_nb.engines.process:ProcessEngine",
    "docker": "aml_nb.engines.docker.engine:DockerEngine",
}
_COMING = ("kubernetes",)
_PROCESS_HINT = "AML_NB_ENGINE=process, or %aml engine process"


@dataclass(frozen=True)
class Choice:
    """An engine's name, and why it is that one where nobody asked for it by name."""

    name: str
    reason: str | None = None


def engine_name(setting: str | None = None) -> str:
    """The engine to use: ``AML_NB_ENGINE``, else the workspace's setting, else Docker where a daemon answers.

    Raises
    ------
    NotAvailableError : an engine that aml_nb does not have yet was asked for.
    UsageError : there is no engine of that name.
    WebserviceException : Docker was asked for, and no daemon answers.
    """
    return choose(setting).name


def choose(setting: str | None = None) -> Choice:
    """As ``engine_name``, with the reason."""
    wanted = (os.environ.get("AML_NB_ENGINE") or setting or "auto").strip().lower()
    return _automatic() if wanted == "auto" else _named(wanted)


def check(name: str) -> None:
    """Raise, as ``engine_name`` does, unless the engine of that name can be used now."""
    if name != "auto":
        _named(name)


def load_engine(name: str, root: Path, fetch: Fetch) -> Engine:
    """The engine of that name for the services below ``root``; whether it can work now is not asked."""
    if name not in _MODULES:
        raise UsageError(f"There is no engine {name!r}; there is {', '.join(_MODULES)}.", hint=_PROCESS_HINT)
    module, _, attribute = _MODULES[name].partition(":")
    engine: Engine = getattr(import_module(module), attribute)(root, fetch)
    return engine


def _named(wanted: str) -> Choice:
    if wanted == "docker":
        _demand_docker()
    if wanted in _MODULES:
        return Choice(wanted)
    if wanted in _COMING:
        raise NotAvailableError(f"The {wanted} engine is not there yet.", hint=_PROCESS_HINT)
    raise UsageError(f"There is no engine {wanted!r}; there is {', '.join(_MODULES)}.", hint=_PROCESS_HINT)


def _automatic() -> Choice:
    from aml_nb.engines.docker import daemon

    trouble = daemon.trouble()
    if trouble is None:
        return Choice("docker", "a Docker daemon answers")
    return Choice("process", trouble.message)


def _demand_docker() -> None:
    """Raise v1's error, with the reason and the command that helps, unless a daemon answers."""
    from aml_nb.engines.docker import daemon

    trouble = daemon.trouble()
    if trouble is not None:
        raise WebserviceException(
            f"Failed to create Docker client. Is Docker running/installed?\n{trouble.message}", hint=trouble.hint
        )

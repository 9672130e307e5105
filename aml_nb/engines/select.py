"""Which engine carries a service."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from aml_nb.engines.base import Engine, Fetch
from aml_nb.errors import NotAvailableError, UsageError

_MODULES = {"process": "aml_nb.engines.process:ProcessEngine"}
_COMING = ("docker", "kubernetes")


def engine_name(setting: str | None = None) -> str:
    """The engine to use: ``AML_NB_ENGINE``, else the workspace's setting, else the one that always works.

    Raises
    ------
    NotAvailableError : an engine that aml_nb does not have yet was asked for.
    UsageError : there is no engine of that name.
    """
    wanted = (os.environ.get("AML_NB_ENGINE") or setting or "auto").strip().lower()
    if wanted == "auto":
        return "process"
    if wanted in _MODULES:
        return wanted
    hint = "AML_NB_ENGINE=process, or %aml engine process"
    if wanted in _COMING:
        raise NotAvailableError(f"The {wanted} engine is not there yet.", hint=hint)
    raise UsageError(f"There is no engine {wanted!r}; there is {', '.join(_MODULES)}.", hint=hint)


def load_engine(name: str, root: Path, fetch: Fetch) -> Engine:
    """The engine of that name for the services below ``root``."""
    module, _, attribute = _MODULES[engine_name(name) if name not in _MODULES else name].partition(":")
    engine: Engine = getattr(import_module(module), attribute)(root, fetch)
    return engine

"""How a module of v1's names hands on to where things live; nothing is imported before it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_MISSING = object()


def reexport(module: dict[str, Any], names: dict[str, str]) -> None:
    """Give the module whose globals these are v1's names.

    Parameters
    ----------
    module : the module's ``globals()``.
    names : where things live, as a dotted module name, with the names taken from there, set apart by blanks.
    """
    homes = {name: home for home, listed in names.items() for name in listed.split()}
    own = module["__name__"]

    def __getattr__(name: str) -> Any:
        if name in homes:
            value = _fetch(homes[name], name)
        elif name.startswith("_"):
            raise AttributeError(f"module {own!r} has no attribute {name!r}")
        else:
            value = _submodule(own, name)
        if value is _MISSING:
            from aml_nb.azureml import _missing

            raise _missing.attribute(_v1_name(own), name, __dir__())
        module[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*homes, *(name for name in module if not name.startswith("_"))} - {"reexport"})

    module["__getattr__"], module["__dir__"] = __getattr__, __dir__
    module["__all__"] = sorted(name for name in homes if not name.startswith("_"))
    # A module without a path would keep `from … import Missing` from our finder, which has the better words.
    module.setdefault("__path__", [])


def _v1_name(module: str) -> str:
    return module.removeprefix("aml_nb.")


def _fetch(home: str, name: str) -> Any:
    try:
        return getattr(import_module(home), name, _MISSING)
    except ModuleNotFoundError as e:
        if e.name is not None and (home == e.name or home.startswith(e.name + ".")):
            return _MISSING
        raise


def _submodule(package: str, name: str) -> Any:
    """A module of ours under this package, as v1's packages import theirs."""
    from aml_nb.azureml import _finding

    full = f"{package}.{name}"
    if _finding.ours(_v1_name(full)) is None:
        return _MISSING
    import_module(full)
    return sys.modules[full]

"""What is said about a v1 name that is not here: facts about v1's names, read only when one is missed."""

from __future__ import annotations

import gzip
import json
import os
from difflib import get_close_matches
from functools import lru_cache
from types import TracebackType
from typing import Any

from aml_nb.errors import NotAvailableError

OLDER = (
    "azureml.accel",
    "azureml.contrib.aisc",
    "azureml.contrib.brainwave",
    "azureml.contrib.core",
    "azureml.contrib.datadrift",
    "azureml.contrib.dataset",
    "azureml.contrib.explain",
    "azureml.contrib.gbdt",
    "azureml.contrib.interpret",
    "azureml.contrib.iot",
    "azureml.contrib.mir",
    "azureml.contrib.opendatasets",
    "azureml.contrib.run",
    "azureml.contrib.server",
    "azureml.contrib.tensorboard",
    "azureml.contrib.train",
    "azureml.explain",
    "azureml.responsibleai",
)
"""Packages of v1's that its last version did not have any more, or that came apart from it: courses import them."""

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")


class NotAvailableImport(NotAvailableError, ImportError):
    """``from azureml… import Name`` of a name that SDK v1 has and aml_nb does not."""


class NotAvailableAttribute(NotAvailableError, AttributeError):
    """``azureml….Name`` of a name that SDK v1 has and aml_nb does not."""


@lru_cache(maxsize=1)
def facts() -> dict[str, Any]:
    """v1's modules with their public names, and the names used most."""
    with gzip.open(os.path.join(os.path.dirname(__file__), "facts.json.gz")) as file:
        return json.load(file)  # type: ignore[no-any-return]


def is_module(name: str) -> bool:
    """Whether v1 has, or had, a module of that name."""
    return name in facts()["modules"] or name in OLDER


def is_name(module: str, name: str) -> bool:
    """Whether v1 has that name in that module; of a module whose names are not known, every public one."""
    if is_older(module):
        return not name.startswith("_")
    names = facts()["modules"].get(module)
    if names is None or name.startswith("_"):
        return False
    return name in names or is_module(f"{module}.{name}") or not (names or _has_parts(module))


def is_older(name: str) -> bool:
    """Whether it is, or is in, one of ``OLDER``; which modules those had is not known."""
    return any(f"{name}.".startswith(f"{older}.") for older in OLDER)


def _has_parts(module: str) -> bool:
    return any(other.startswith(module + ".") for other in facts()["modules"])


def attribute(module: str, name: str, here: list[str]) -> AttributeError:
    """The error of ``module.name``."""
    if not name.startswith("_") and is_name(module, name):
        return NotAvailableAttribute(_sentence(module, name))
    return AttributeError(f"module {module!r} has no attribute {name!r}{_near(module, name, here)}")


def imported(module: str, name: str, here: list[str], path: str | None) -> ImportError:
    """The error of ``from module import name``."""
    if not name.startswith("_") and is_name(module, name):
        return NotAvailableImport(_sentence(module, name))
    where = f" ({path})" if path else ""
    near = _near(module, name, here)
    error = ImportError(f"cannot import name {name!r} from {module!r}{where}{near}", name=module, path=path)
    # Python raises its own with no frame but the user's; IPython asks an error how it is shown.
    error._render_traceback_ = lambda: _shown(error)  # type: ignore[attr-defined]
    return error


def _shown(error: ImportError) -> list[str]:
    """The error as IPython shows any other, without our frames."""
    from IPython.core.getipython import get_ipython

    formatter = get_ipython().InteractiveTB  # type: ignore[no-untyped-call]
    shown: list[str] = formatter.structured_traceback(type(error), error, _without_ours(error.__traceback__))
    return shown


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this package."""
    if traceback is None:
        return None
    rest = _without_ours(traceback.tb_next)
    if traceback.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        return rest
    return TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)


def _sentence(module: str, name: str) -> str:
    return (
        f"{module}.{name} is part of SDK v1 that aml_nb does not have yet; `aml-nb azureml coverage` lists what it has"
    )


def _near(module: str, name: str, here: list[str]) -> str:
    names = {*here, *facts()["modules"].get(module, ())}
    near = get_close_matches(name, sorted(names), n=3)
    return f". Did you mean {' or '.join(map(repr, near))}?" if near else ""

"""Where a module of v1's is: one of ours, a mirror of another, or a placeholder that says what is missing."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from types import ModuleType
from typing import Any

HERE = os.path.dirname(__file__)
SCHEMA = "inference_schema"
SERVER = {
    "azureml_inference_server_http": "",
    "azureml_inference_server_http.api": "",
    "azureml_inference_server_http.api.aml_request": "aml_nb.azureml.contrib.services.aml_request",
    "azureml_inference_server_http.api.aml_response": "aml_nb.azureml.contrib.services.aml_response",
}


def find(name: str) -> ModuleSpec | None:
    """The module called ``name``, once no installed package has it."""
    root = name.partition(".")[0]
    if root == SCHEMA:
        return _mirror(name, f"aml_nb.scoring.{name}")
    if root in SERVER:
        if name in SERVER:
            return _mirror(name, SERVER[name])
        _last_word(name)
        return None
    if name == root:
        return spec_from_file_location(name, f"{HERE}/__init__.py", submodule_search_locations=[HERE])
    if _genuine_core() or _genuine(name.rpartition(".")[0]):
        return None
    spec = ours(name) or _placeholder(name)
    if spec is None:
        _last_word(name)
    return spec


def ours(name: str) -> ModuleSpec | None:
    """The file of ours behind ``azureml.…``."""
    folders = name.split(".")[1:-1]
    spec = PathFinder.find_spec(name, ["/".join([HERE, *folders])])
    return spec if spec is not None and spec.origin is not None else None


def import_ours(name: str) -> ModuleType | None:
    """Our module behind a name of v1's, whoever answers to that name in this process; None where there is none."""
    real = SERVER.get(name) or (f"aml_nb.scoring.{name}" if name.startswith(SCHEMA) else f"aml_nb.{name}")
    if name.startswith("azureml.") and ours(name) is None:
        return None
    try:
        return import_module(real)
    except ModuleNotFoundError as e:
        if e.name is not None and real.startswith(e.name):
            return None
        raise


def _genuine_core() -> bool:
    """Whether v1 itself is installed: then its gaps are its own, and none of our modules mixes with its."""
    path = list(getattr(sys.modules.get("azureml"), "__path__", []))
    if path == [HERE]:
        return False
    spec = PathFinder.find_spec("azureml.core", [folder for folder in path if folder != HERE])
    return spec is not None and spec.origin is not None


def _genuine(package: str) -> bool:
    """Whether a package below ``azureml`` is an installed one: what it lacks, it lacks."""
    module = sys.modules.get(package)
    made = isinstance(getattr(getattr(module, "__spec__", None), "loader", None), Placeholder)
    file = getattr(module, "__file__", None) or ""
    return package != "azureml" and module is not None and not made and not file.startswith(HERE)


def _placeholder(name: str) -> ModuleSpec | None:
    from aml_nb.azureml import _missing

    if _missing.is_module(name) or (_missing.is_older(name) and not _asked_by_from()):
        return ModuleSpec(name, Placeholder(), is_package=True)  # type: ignore[arg-type]
    return None


def _mirror(name: str, real: str) -> ModuleSpec | None:
    """``name`` with everything that ``real`` has; packages of nothing but modules have no ``real``."""
    if real and PathFinder.find_spec(real, _path_of(real)) is None:
        _last_word(name)
        return None
    return ModuleSpec(name, Mirror(real), is_package=True)  # type: ignore[arg-type]


def _path_of(real: str) -> list[str] | None:
    try:
        return list(import_module(real.rpartition(".")[0]).__path__)
    except (ModuleNotFoundError, AttributeError):
        return []


def _last_word(name: str) -> None:
    """Nothing is there. ``from module import name`` hears why; a plain import gets Python's own words."""
    if not _asked_by_from():
        return
    from aml_nb.azureml import _missing

    module, _, last = name.rpartition(".")
    parent = sys.modules[module]
    raise _missing.imported(module, last, dir(parent), getattr(parent, "__file__", None))


def _asked_by_from() -> bool:
    """Whether the import system came here from ``from … import …``: it tries names as submodules."""
    frame = sys._getframe(1)
    while frame is not None:
        file, function = frame.f_code.co_filename, frame.f_code.co_name
        if function == "_handle_fromlist":
            return True
        if not file.startswith(("<frozen importlib", HERE)) and function != "find_spec":
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


class _Made:
    """A loader of modules that no file holds; importlib.abc's own base would cost more than all our modules."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None


class Placeholder(_Made):
    """A module of v1's that aml_nb does not have: it can be imported, its names say what is missing."""

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        module.__doc__ = f"{name} of SDK v1, which aml_nb does not have yet."

        def __getattr__(attribute: str) -> Any:
            if attribute.startswith("_"):
                raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
            from aml_nb.azureml import _missing

            raise _missing.attribute(name, attribute, [])

        module.__getattr__ = __getattr__  # type: ignore[method-assign]


class Mirror(_Made):
    """A module under v1's name for one of ours, whose objects are the same."""

    def __init__(self, real: str) -> None:
        self.real = real

    def exec_module(self, module: ModuleType) -> None:
        if not self.real:
            return
        real = import_module(self.real)
        module.__doc__ = real.__doc__
        public = getattr(real, "__all__", None) or [n for n in dir(real) if not n.startswith("_")]
        module.__all__ = list(public)  # type: ignore[attr-defined]
        module.__dir__ = lambda: list(public)  # type: ignore[method-assign]
        module.__getattr__ = lambda name: getattr(real, name)  # type: ignore[method-assign]

"""Compute targets; names load when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.compute.aks import AksCompute
    from aml_nb.core.compute.amlcompute import AmlCompute
    from aml_nb.core.compute.target import ComputeTarget

_HOME = {"AksCompute": "aks", "AmlCompute": "amlcompute", "ComputeTarget": "target"}

__all__ = ["AksCompute", "AmlCompute", "ComputeTarget"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value

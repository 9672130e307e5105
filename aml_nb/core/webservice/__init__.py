"""Web services; names load when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.webservice.aci import AciWebservice
    from aml_nb.core.webservice.aks import AksWebservice
    from aml_nb.core.webservice.aks_endpoint import AksEndpoint
    from aml_nb.core.webservice.local import LocalWebservice
    from aml_nb.core.webservice.unknown_webservice import UnknownWebservice
    from aml_nb.core.webservice.webservice import Webservice

_HOME = {
    "AciWebservice": "aci",
    "AksEndpoint": "aks_endpoint",
    "AksWebservice": "aks",
    "LocalWebservice": "local",
    "UnknownWebservice": "unknown_webservice",
    "Webservice": "webservice",
}

__all__ = [
    "AciWebservice",
    "AksEndpoint",
    "AksWebservice",
    "LocalWebservice",
    "UnknownWebservice",
    "Webservice",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value

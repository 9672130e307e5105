"""Images and packages: what a service runs, put together before it is deployed; names load when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aml_nb.core.image.container import ContainerImage
    from aml_nb.core.image.image import Image
    from aml_nb.core.image.package import ModelPackage
    from aml_nb.core.image.unknown_image import UnknownImage

_HOME = {
    "ContainerImage": "container",
    "Image": "image",
    "ModelPackage": "package",
    "UnknownImage": "unknown_image",
}

__all__ = ["ContainerImage", "Image", "ModelPackage", "UnknownImage"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value

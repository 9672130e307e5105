"""Cards of registered images and of packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aml_nb.display.base import Card
from aml_nb.display.objects import error_of
from aml_nb.display.text import age, pairs


class RegisteredImageCard(Card):
    """One version of an image; ``image`` is the Image."""

    def __init__(self, image: Any, notes: Sequence[str] = ()) -> None:
        self.image = image
        rows = [
            ("id", image.id),
            ("location", image.image_location),
            ("models", ", ".join(image.model_ids)),
            ("script", getattr(image, "driver_program", None)),
            ("description", image.description),
            ("tags", pairs(image.tags)),
            ("properties", pairs(image.properties)),
            ("build log", image.image_build_log_uri),
            ("made", f"{age(image.created_time)} ago"),
            ("error", _reason(image.serialize()["error"])),
        ]
        title = f"{image.name} version {image.version}"
        super().__init__("image", title, rows, image.creation_state, notes, image.serialize())


class PackageCard(Card):
    """One package; ``package`` is the ModelPackage."""

    def __init__(self, package: Any, notes: Sequence[str] = ()) -> None:
        self.package = package
        data = package.serialize()
        rows = [
            ("location", package.location),
            ("models", ", ".join(data["modelIds"])),
            ("build log", package.package_build_log_uri),
            ("error", error_of(package)),
        ]
        kind = "Dockerfile" if package.generate_dockerfile else "image"
        super().__init__("package", f"{kind} {data['name']}", rows, package.state, notes, data)


def _reason(error: dict[str, Any] | None) -> str:
    return str(error["message"]).splitlines()[0] if error else ""

"""The end of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aml_nb.core.image import building, listing
from aml_nb.core.webservice import services
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.image.image import Image
    from aml_nb.core.workspace import Workspace


def delete(image: Image) -> None:
    """Remove an image that no service runs: its record, its files, and what its engine built of it."""
    workspace = image.workspace
    building.end(workspace, building.IMAGE, image._record)

    def refuse() -> None:
        using = [record["name"] for record in services.every(workspace) if image.id in _images_of(record)]
        if using:
            raise WebserviceException(
                f"Image {image.id} cannot be deleted: it is used by the web service {', '.join(using)}.",
                status_code=412,
                hint=f"Webservice(ws, {using[0]!r}).delete(), then image.delete()",
            )

    record = building.settle(workspace, building.IMAGE, image.id)
    if record is None or not building.drop(workspace, building.IMAGE, record, refuse):
        raise listing.not_found(workspace, image.name, image.id)
    _remove_from_engine(workspace, record)


def end_all(workspace: Workspace) -> None:
    """End the builds of a workspace that is to be deleted, and take away what was built of its images.

    Packages stay: they were made for elsewhere.
    """
    building.end_all(workspace)
    records = building.records(workspace, building.IMAGE).list()
    for record in {record["engine"]: record for _, record in records}.values():
        try:
            images = services.engine_of(workspace, record).images()
            if images is not None:
                images.remove_registered()
        except WebserviceException as error:
            print(f"What was built of images is left: {error.message}")


def _remove_from_engine(workspace: Workspace, record: building.Payload) -> None:
    """Take away what was built; where the engine is not to be reached, that is told, for the image is gone already."""
    try:
        images = services.engine_of(workspace, record).images()
        if images is not None and record.get("imageLocation"):
            images.remove(record["imageLocation"])
    except WebserviceException as error:
        print(f"The image {record['id']} is deleted, but {record['imageLocation']} is left: {error.message}")


def _images_of(service: services.Payload) -> set[str | None]:
    """The image that a service runs, and those between which an update changes."""
    pending = service.get("pending") or {}
    return {values.get("imageId") for values in (service, pending.get("changes", {}), pending.get("before", {}))}

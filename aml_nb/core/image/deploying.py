"""What a service needs that is to run an image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.image import building
from aml_nb.core.image.recipe import Recipe, content_of, laid
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.content import Content
    from aml_nb.core.workspace import Workspace
    from aml_nb.engines.base import Engine


def content(workspace: Workspace, image: Any, engine: Engine) -> Content:
    """The content of an image for ``engine``: the image that was built where there is one, else what it was made of.

    Raises
    ------
    WebserviceException
        It is no image, it is not made, or it is deleted.
    """
    from aml_nb.core.image.image import Image
    from aml_nb.core.webservice.deployment_configuration import WebserviceDeploymentConfiguration

    if isinstance(image, Image):
        image.update_creation_state()
    elif image is not None:
        raise WebserviceException(
            f"Error, image must be an Image, not {type(image).__name__}.", hint="image=Image(ws, 'name')"
        )
    WebserviceDeploymentConfiguration.validate_image(image)
    assert image is not None
    record, recipe = image._record, Recipe.of(image._record)
    folder = building.folder_of(workspace, building.IMAGE, record)
    there = laid(workspace, recipe, building.files(workspace, building.IMAGE, record), folder)
    what = content_of(workspace, recipe, there, engine)
    what = replace(what, image_id=image.id, image_digest=record.get("digest"))
    images, same = engine.images(), record["engine"] == engine.name
    if images is None and same:
        return what
    if images is not None and same and images.exists(record["imageLocation"]):
        return replace(what, image=record["imageLocation"])
    why = "is not there any more" if same else f"was made for the {record['engine']} engine"
    told = f"The image {image.id} {why}: what it holds is taken, and made again for the {engine.name} engine."
    print(told)
    return replace(what, notes=(*what.notes, told))

"""One request to an image without a service: what ``ContainerImage.run`` does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aml_nb.core.image.deploying import content
from aml_nb.core.image.making import spec_of
from aml_nb.core.webservice import calling, services
from aml_nb.core.webservice.deployment_configuration import WebserviceDeploymentConfiguration
from aml_nb.engines.once import answer_once
from aml_nb.errors import Source, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.image.container import ContainerImage


def answer(image: ContainerImage, input_data: Any) -> Any:
    """What the script answers; ``ContainerImage.run`` documents it."""
    body = calling.body_of(input_data)
    workspace = image.workspace
    engine = services.engine_of(workspace, image._record)
    WebserviceDeploymentConfiguration.validate_image(image)
    images, location = engine.images(), image.image_location
    if images is None:
        what = content(workspace, image, engine)
        told = answer_once(spec_of(image._record, what), services.fetch(workspace), workspace._folder, body)
    elif location is not None and images.exists(location):
        told = images.once(location, body)
    else:
        raise WebserviceException(
            f"The image {image.id} is not in Docker any more, where it was {location}.",
            hint="Image.create(...) makes it again",
        )
    return _decoded(image, told)


def _decoded(image: ContainerImage, told: dict[str, Any]) -> Any:
    printed = str(told.get("stdout") or "")
    if printed:
        print(printed, end="" if printed.endswith("\n") else "\n")
    error = told.get("error")
    if error or told.get("status") != 200:
        why = (error or {}).get("message") or told.get("body")
        raise WebserviceException(
            f"The image {image.id} did not answer: {why}",
            status_code=told.get("status"),
            source=Source.told(error),
            hint=f"mend {image.driver_program}, then Image.create(...) again",
        )
    try:
        return json.loads(told["body"])
    except ValueError:
        return told["body"]

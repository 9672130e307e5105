"""``Image.create``: from models and a configuration to a build under way."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.image import building, recipe
from aml_nb.core.image.configuration import ContainerImageConfig
from aml_nb.core.store.errors import readable_files
from aml_nb.core.user import user
from aml_nb.core.webservice import services
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def create(workspace: Workspace, name: str, models: Any, image_config: Any) -> building.Payload:
    """Take everything as it is now, write the record, start the build; ``Image.create`` documents it."""
    names.check("image", name)
    check_configuration(image_config)
    image_config.validate_configuration()
    print("Creating image")
    engine = services.new_engine(workspace)
    record: building.Payload = {
        "name": name,
        "description": image_config.description,
        "kvTags": dict(getattr(image_config, "tags", None) or {}),
        "properties": dict(getattr(image_config, "properties", None) or {}),
        "imageType": "Docker",
        "imageFlavor": "WebApiContainer",
        "createdBy": user(),
        "engine": engine.name,
        "operationId": str(uuid.uuid4()),
        "assets": [place for place, _ in image_config._beside()],
        "targetRuntime": getattr(image_config, "_runtime", dict)(),
    }
    with (
        readable_files(workspace._folder),
        building.new_folder(workspace, building.IMAGE, name) as (folder, lock),
    ):
        record["folder"] = folder.name
        taken = recipe.take(workspace, models, image_config, folder)
        record = building.add(workspace, building.IMAGE, record, taken, lambda: recipe.keep(workspace, folder))
        building.launch(workspace, building.IMAGE, record, lock)
    return record


def check_configuration(image_config: Any) -> None:
    """Raise unless it says how an image is to be made."""
    from aml_nb.core.inference import InferenceConfig

    if not isinstance(image_config, (ContainerImageConfig, InferenceConfig)):
        raise WebserviceException(
            f"Error, image_config must be an image configuration, not {type(image_config).__name__}.",
            hint="ContainerImage.image_configuration(execution_script='score.py', runtime='python')",
        )

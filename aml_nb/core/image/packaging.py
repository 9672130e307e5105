"""``Model.package``: models, script and environment as a Docker image or as a Dockerfile with its context."""

from __future__ import annotations

import re
import time
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.image import building, recipe
from aml_nb.core.store.errors import readable_files
from aml_nb.core.user import user
from aml_nb.core.webservice import no_code, services
from aml_nb.core.webservice.content import checked_models
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.image.package import ModelPackage
    from aml_nb.core.workspace import Workspace

_NAME = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DEFAULT_NAME = "package"


def package(
    workspace: Workspace,
    models: Any,
    inference_config: Any = None,
    generate_dockerfile: bool = False,
    image_name: str | None = None,
    image_label: str | None = None,
    function: dict[str, str] | None = None,
) -> ModelPackage:
    """Begin to make a package and return it; ``Model.package`` documents it.

    ``function`` is how an Azure Function with the script inside is triggered.
    """
    from aml_nb.core.image.package import ModelPackage

    name, label = _named(image_name, image_label)
    config = inference_config or no_code.configuration(checked_models(models))
    engine = services.new_engine(workspace)
    if not generate_dockerfile and engine.images() is None:
        raise WebserviceException(
            f"A package that is an image needs Docker; here services run with the {engine.name} engine.",
            hint="AML_NB_ENGINE=docker where a daemon runs, or Model.package(..., generate_dockerfile=True)",
        )
    operation = str(uuid.uuid4())
    record: building.Payload = {
        "name": name,
        "reference": f"{name}:{label}",
        "generateDockerfile": generate_dockerfile,
        "function": function,
        "createdBy": user(),
        "engine": engine.name,
    }
    with (
        readable_files(workspace._folder),
        building.new_folder(workspace, building.PACKAGE, name.replace("/", "-")) as (folder, lock),
    ):
        record["folder"] = folder.name
        taken = recipe.take(workspace, models, config, folder)
        record = building.add(
            workspace, building.PACKAGE, record, taken, lambda: recipe.keep(workspace, folder), operation
        )
        building.launch(workspace, building.PACKAGE, record, lock)
    return ModelPackage(workspace, operation, config._environment())


def _named(name: str | None, label: str | None) -> tuple[str, str]:
    """The name and label of the image; the time, where no label is given."""
    name = _DEFAULT_NAME if name is None else name
    label = time.strftime("%Y%m%d%H%M%S") if label is None else label
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise WebserviceException(
            f"Error, {name!r} is no name for a Docker image: it has lower case letters and digits, with dots, dashes, "
            "underscores and slashes between them.",
            hint="image_name='iris'",
        )
    if not isinstance(label, str) or not _LABEL.fullmatch(label):
        raise WebserviceException(
            f"Error, {label!r} is no label for a Docker image: it has up to 128 letters, digits, dots, dashes and "
            "underscores, and begins with none of dot and dash.",
            hint="image_label='1'",
        )
    return name, label

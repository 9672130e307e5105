"""What a build makes of a recipe: an image of an engine's, or the content laid out for one that needs no images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.image.building import IMAGE, LOG, PACKAGE, Payload, records
from aml_nb.core.image.recipe import CONTENT, Laid, Recipe, content_for_docker, content_of
from aml_nb.core.webservice import services
from aml_nb.engines.base import Engine, ServiceSpec
from aml_nb.engines.images import PACKAGE as PACKAGED
from aml_nb.engines.images import REGISTERED

if TYPE_CHECKING:
    from aml_nb.core.store.owned_files import Files
    from aml_nb.core.webservice.content import Content
    from aml_nb.core.workspace import Workspace

Say = Callable[[str], None]
DOCKERFILE = "Dockerfile"


@dataclass(frozen=True)
class Parts:
    """A recipe, its files where they are laid out and as the artifacts have them, and the folder for results."""

    recipe: Recipe
    there: Laid
    files: Files
    folder: Path


def make(workspace: Workspace, record: Payload, parts: Parts, say: Say) -> dict[str, Any]:
    """Build; what the record is to say of the result."""
    engine = services.engine_of(workspace, record)
    if record.get("generateDockerfile") or record.get("function"):
        from aml_nb.core.image import context

        what = content_for_docker(workspace, parts.recipe, parts.there)
        _tell(what, say)
        return context.make(workspace, record, parts, what, engine, say)
    what = content_of(workspace, parts.recipe, parts.there, engine)
    _tell(what, say)
    reference = record.get("reference") or f"aml-{workspace._id[:8]}/{record['name']}:{record['version']}"
    return _image(record, parts, what, engine, reference, say)


def _tell(what: Content, say: Say) -> None:
    for note in what.notes:
        say(note)


def handle_of(record: Payload) -> str:
    """What an engine files an image under."""
    return f"{record['id']}{REGISTERED}" if record["version"] else f"{record['reference']}{PACKAGED}"


def handles(workspace: Workspace) -> list[str]:
    """What engines file the images and packages of a workspace under."""
    return [handle_of(record) for kind in (IMAGE, PACKAGE) for _, record in records(workspace, kind).list()]


def spec_of(record: Payload, what: Content) -> ServiceSpec:
    """What an image of the record runs, for whichever service."""
    return ServiceSpec(handle=handle_of(record), name=record["name"], kind="IMAGE", **what.spec_fields())


def _image(record: Payload, parts: Parts, what: Content, engine: Engine, reference: str, say: Say) -> dict[str, Any]:
    images = engine.images()
    digest = parts.recipe.digest(parts.files, what.models)
    if images is None:
        say(f"The {engine.name} engine runs services without images: the content is kept, and so is its environment.")
        say(f"Interpreter: {what.python}")
        place = parts.folder / CONTENT
        return {"imageLocation": place.as_uri(), "digest": digest, "generatedDockerfileUri": None}
    built = images.build(spec_of(record, what), reference, parts.folder / LOG)
    if built.dockerfile is None:
        return {"imageLocation": built.location, "digest": built.digest, "generatedDockerfileUri": None}
    file = parts.folder / DOCKERFILE
    file.write_text(built.dockerfile, encoding="utf-8")
    return {"imageLocation": built.location, "digest": built.digest, "generatedDockerfileUri": file.as_uri()}

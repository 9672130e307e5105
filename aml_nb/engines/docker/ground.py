"""What a service's script is put upon: its environment's image, and its models.

Large models have an image of their own, which a changed script leaves as it is. Small ones go into the layer of the
script: a layer more takes longer than they do.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import NotFound

from aml_nb.engines import snapshot
from aml_nb.engines.base import Fetch, Packages, ServiceSpec
from aml_nb.engines.docker import inside
from aml_nb.engines.docker.build import BuildLog, ImageError, Layer, add_layer, container_name, find
from aml_nb.engines.docker.client import plainly
from aml_nb.engines.docker.environment_image import environment_image
from aml_nb.engines.docker.tarring import Entry, digests, tree

MODELS = "aml-nb/models"
SMALL_BYTES = 4 * 1024 * 1024
_APP = inside.APP_ROOT.lstrip("/")


@dataclass(frozen=True)
class Ground:
    """The environment's tag, the id of the image to build on, and the models that it does not hold already."""

    environment: str
    image: str
    models: tuple[Entry, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def make(client: DockerClient, spec: ServiceSpec, fetch: Fetch, stage: Path, log: BuildLog) -> Ground:
    """The ground for a deployment; ``stage`` takes the models, and has to stay until they are packed up."""
    environment = environment_image(client, spec.packages or Packages(""), log.progress, log.path)
    tag = f"{MODELS}:{_digest(spec, environment)}"
    found = find(client, tag)
    if found is not None:
        return Ground(environment, str(found["Id"]))
    place = Path(tempfile.mkdtemp(dir=stage), "models")
    snapshot.take_models(spec, place, fetch)
    models = tuple(tree(place, _APP, inside.UID))
    if sum(entry.source.stat().st_size for entry in models if entry.source is not None) <= SMALL_BYTES:
        return Ground(environment, _id(client, environment), models, {inside.MODELS_INSIDE: "True"})
    config = {"Labels": {inside.KIND: inside.MODELS_KIND, inside.HOLDS: names(spec)}}
    image, _ = add_layer(client, Layer(environment, tag, models, config=config), log)
    return Ground(environment, image)


def of(client: DockerClient, before: str) -> Ground:
    """What the image of another revision stands on, with its models.

    Raises
    ------
    ImageError : it is not there any more.
    """
    facts = find(client, before)
    labels = (facts or {}).get("Config", {}).get("Labels") or {}
    environment, image = labels.get(inside.ENVIRONMENT_LABEL), labels.get(inside.MODELS_LABEL)
    if not environment or not image or find(client, image) is None:
        raise ImageError(
            f"The image {before}, whose models are to be kept, is not there any more.",
            hint="service.update(models=[...]) brings them again",
        )
    if inside.MODELS_INSIDE not in labels:
        return Ground(environment, image)
    return Ground(environment, image, _taken_out(client, before), {inside.MODELS_INSIDE: "True"})


def names(spec: ServiceSpec) -> str:
    """The models in a line."""
    return " ".join(f"{model.name}:{model.version}" for model in spec.models)[:400]


def _taken_out(client: DockerClient, image: str) -> tuple[Entry, ...]:
    """The models in a service's image; they are small."""
    with plainly(f"read the models in the image {image}"):
        made = client.api.create_container(image, name=container_name(image))["Id"]
        try:
            chunks, _ = client.api.get_archive(made, f"{inside.APP_ROOT}/{snapshot.MODELS}")
            whole = io.BytesIO(b"".join(chunks))
        finally:
            with suppress(NotFound):
                client.api.remove_container(made, force=True, v=True)
    with tarfile.open(fileobj=whole) as tar:
        return tuple(_entry(tar, member) for member in tar if member.isfile() or member.isdir())


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    file = tar.extractfile(member) if member.isfile() else None
    data = file.read() if file is not None else None
    return Entry(f"{_APP}/{member.name.rstrip('/')}", data=data, mode=member.mode & 0o777, owner=inside.UID)


def _id(client: DockerClient, tag: str) -> str:
    found = find(client, tag)
    if found is None:
        raise ImageError("An image that was just there is gone: somebody removes images.", hint="deploy once more")
    return str(found["Id"])


def _digest(spec: ServiceSpec, environment: str) -> str:
    parts: list[Any] = [environment]
    for model in spec.models:
        parts.append({**asdict(model), "contents": _contents(model.source) if model.source else []})
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _contents(source: str) -> list[str]:
    """A plain path has no digest of its own."""
    path = Path(source)
    if not path.exists():
        return []  # taking it will tell
    return digests(tree(path, "") if path.is_dir() else [Entry("", source=path)])

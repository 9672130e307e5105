"""Images that belong to no service: registered ones and packages, as the daemon has them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import APIError, NotFound

from aml_nb.engines import once
from aml_nb.engines.base import Fetch, Packages, ServiceSpec
from aml_nb.engines.docker import dockerfile, inside, naming
from aml_nb.engines.docker.build import BuildLog, ImageError, find
from aml_nb.engines.docker.client import LOOK_S, connect, plainly
from aml_nb.engines.docker.context import DEFAULT_BASE
from aml_nb.engines.docker.environment_image import environment_image, existing_image
from aml_nb.engines.docker.recipe import Recipe
from aml_nb.engines.docker.service_image import service_image
from aml_nb.engines.docker.tarring import Entry, stream
from aml_nb.engines.images import REGISTERED, BuiltImage, EnvironmentImage, Images
from aml_nb.errors import WebserviceException

_BODY = "tmp/aml_nb-body"
_IN_USE, _GOING_S = 409, 10


def _refuse_foreign(client: DockerClient, location: str) -> None:
    """Leave a name alone that is an image's which is none of ours."""
    found = find(client, location)
    labels = ((found or {}).get("Config") or {}).get("Labels") or {}
    if found is not None and not any(label.startswith("aml_nb.") for label in labels):
        raise WebserviceException(
            f"Docker has an image {location} already, which aml_nb did not make.",
            hint="choose another image_name, or docker image rm it",
        )


class DockerImages(Images):
    """Images in the daemon.

    Parameters
    ----------
    root : the folder of the workspace's services, by which its images are told from others.
    fetch : puts the bytes of a digest at a path.
    """

    def __init__(self, root: Path, fetch: Fetch) -> None:
        self._root = root
        self._fetch = fetch

    def build(self, spec: ServiceSpec, location: str, log: Path) -> BuiltImage:
        client = connect()
        _refuse_foreign(client, location)
        tag = service_image(client, spec, self._fetch, self._root.parent, _silent, root=self._root, log=log)
        with plainly(f"name the image {location}"):
            client.api.tag(tag, *_name_and_label(location), force=True)
            client.api.remove_image(tag, noprune=True)  # that name alone: whoever removes the other has it gone
        made = Recipe.of(spec.packages or Packages(""))
        start = made.packages.base_image or DEFAULT_BASE
        text = dockerfile.text(spec, made, start, naming.labels(spec, self._root))
        return BuiltImage(location, _digest(client, location), text)

    def build_context(self, folder: Path, location: str, log: Path) -> BuiltImage:
        client, told = connect(), BuildLog(_silent, log)
        _refuse_foreign(client, location)
        with plainly(f"build the image {location}"):
            for said in client.api.build(path=str(folder), tag=location, rm=True, forcerm=True, decode=True):
                if "error" in said:
                    raise told.error(
                        f"The image {location} cannot be built: {str(said['error']).strip()}",
                        hint=f"docker build {folder}",
                    )
                for line in str(said.get("stream") or "").splitlines():
                    told.add(line)
        return BuiltImage(location, _digest(client, location))

    def build_environment(self, packages: Packages, log: Path) -> str:
        return environment_image(connect(), packages, _silent, log)

    def environment(self, packages: Packages) -> EnvironmentImage:
        text = dockerfile.environment_text(Recipe.of(packages), packages.base_image or DEFAULT_BASE)
        tag = existing_image(connect(LOOK_S), packages)
        return EnvironmentImage(tag, text, inside.PYTHON, inside.ENVIRONMENT)

    def exists(self, location: str) -> bool:
        return find(connect(), location) is not None

    def remove(self, location: str) -> None:
        client = connect()
        limit = time.monotonic() + _GOING_S
        with plainly(f"remove the image {location}"):
            while find(client, location) is not None:
                try:
                    client.api.remove_image(location)
                except APIError as error:
                    if error.status_code != _IN_USE or time.monotonic() > limit:
                        return  # somebody runs it: `aml-nb image prune` takes it once that is over
                    time.sleep(0.2)  # a replica of the revision before is still going

    def remove_registered(self) -> None:
        client = connect()
        with plainly("remove the images that are registered"):
            mine = {"label": [f"{inside.ROOT}={inside.root_label(self._root)}"]}
            for image in client.images.list(filters=mine):
                if str(image.labels.get(inside.NAME)).endswith(REGISTERED):
                    with suppress(APIError):
                        client.images.remove(image.id, force=True)

    def once(self, location: str, body: bytes) -> dict[str, Any]:
        client = connect()
        with plainly(f"run the image {location}"), _container(client, location) as container:
            entry = Entry(_BODY, data=body, mode=0o644)
            client.api.put_archive(container, "/", stream([entry]))
            client.api.start(container)
            code = int(client.api.wait(container, timeout=once.TIMEOUT_S)["StatusCode"])
            output = client.api.logs(container, stdout=True, stderr=False)
            errors = client.api.logs(container, stdout=False, stderr=True)
        return once.told_by(output, errors, code, f"The container of {location}")


@contextmanager
def _container(client: DockerClient, location: str) -> Iterator[str]:
    """A container that reads one body and answers it; gone afterwards."""
    command = f"exec {inside.PYTHON} -m aml_nb.scoring.oneshot --service {inside.SERVICE} < /{_BODY}"
    made = client.api.create_container(
        location,
        [command],
        name=f"aml-once-{secrets.token_hex(6)}",
        entrypoint=["/bin/sh", "-c"],
        healthcheck={"Test": ["NONE"]},
        host_config=client.api.create_host_config(init=True, log_config={"Type": "json-file"}),
    )
    try:
        yield str(made["Id"])
    finally:
        with suppress(NotFound):
            client.api.remove_container(made["Id"], force=True, v=True)


def _name_and_label(location: str) -> tuple[str, str]:
    name, _, label = location.rpartition(":")
    return name, label


def _digest(client: DockerClient, location: str) -> str:
    found = find(client, location)
    if found is None:
        raise ImageError(f"The image {location}, which was just built, is gone.", hint="build it once more")
    return str(found["Id"])


def _silent(line: str) -> None:
    """All of it is in the log."""

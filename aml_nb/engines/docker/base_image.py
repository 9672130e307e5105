"""The image that environments start from: the user's, or one made from the running Python."""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests
from docker import DockerClient
from docker.errors import APIError

from aml_nb.engines import registry_logins, v1s_images
from aml_nb.engines.base import Packages
from aml_nb.engines.docker import certificates, inside, interpreter, user_dockerfile
from aml_nb.engines.docker.build import BuildLog, ImageError, find, only_one
from aml_nb.engines.docker.client import LOOK_S, connect, plainly
from aml_nb.engines.docker.tarring import stream
from aml_nb.errors import UserErrorException

SETTING = interpreter.SETTING
REPOSITORY = "aml-nb/base"
_RECIPE = Path(interpreter.__file__)
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Base:
    """An image that is there. ``identity`` changes when what it holds does.

    ``instead`` tells that it takes the place of one of v1's own, whose packages and interpreter it has not.
    """

    name: str
    identity: str
    env: tuple[str, ...] = ()
    instead: bool = False

    @classmethod
    def found(cls, name: str, facts: dict[str, Any]) -> Base:
        """From what Docker says of it."""
        return cls(name, str(facts["Id"]), tuple(facts["Config"].get("Env") or ()))

    @property
    def path(self) -> str:
        """Its PATH."""
        given = [value.partition("=")[2] for value in self.env if value.startswith("PATH=")]
        return given[0] if given else "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def base_image(client: DockerClient, packages: Packages, log: BuildLog) -> Base:
    """The image for an environment, made or pulled where it is not there yet.

    The environment's own goes before the one that ``AML_NB_BASE_IMAGE`` names, and that before the one made from
    the running Python. One of v1's own base images that cannot be had is left out: nothing in it is missed, or the
    packages say what is.

    Raises
    ------
    ImageError
        It is not there and cannot be had; or a line of the environment's Dockerfile fails.
    """
    if packages.dockerfile:
        return _by_dockerfile(client, packages, log)
    if packages.base_image:
        hint = "environment.docker.base_image = None takes one made from this Python"
        try:
            return _there_or_pulled(client, packages.base_image, hint, log)
        except ImageError as error:
            other = instead_of_v1s(client, packages, error, log)
            if other is None:
                raise
            return other
    return _usual(client, log)


def instead_of_v1s(client: DockerClient, packages: Packages, why: ImageError, log: BuildLog) -> Base | None:
    """The usual base image in the place of one of v1's, which ``why`` speaks of; None where no other will do."""
    if packages.dockerfile or not _is_dispensable(packages.base_image or "", packages):
        return None
    log.say(f"{why.message}\nThe usual base image takes its place.")
    return replace(_usual(client, log), instead=True)


def _usual(client: DockerClient, log: BuildLog) -> Base:
    chosen = os.environ.get(SETTING)
    if chosen:
        return _there_or_pulled(client, chosen, f"unset {SETTING}: then one is made from this Python", log)
    return _own(client, log)


def _is_dispensable(name: str, packages: Packages) -> bool:
    """Whether one of v1's images can be left out: nothing is in it, or what a script needs of it is known."""
    known = packages.interpreter is not None and packages.requirements != ()
    return v1s_images.is_bare(name) or (known and v1s_images.is_v1s(name))


def _by_dockerfile(client: DockerClient, packages: Packages, log: BuildLog) -> Base:
    """The image of the user's Dockerfile; images of v1's that it starts from may be left out there too."""
    tag = user_dockerfile.tag_of(packages)
    facts, made = find(client, tag), packages
    for name in () if facts else dict.fromkeys(v1s_images.started_from(packages.dockerfile)):
        try:
            _there_or_pulled(client, name, "another FROM line", log)
        except ImageError as error:
            if not _is_dispensable(name, packages):
                raise
            usual = _usual(client, log).name
            log.say(f"{error.message}\nThe usual base image takes its place: FROM {usual}")
            made = replace(made, dockerfile=v1s_images.replaced(made.dockerfile or "", name, usual))
    if facts is None:
        tag, facts = user_dockerfile.image(client, made, packages, log)
    return Base(tag, str(facts["Id"]), Base.found(tag, facts).env, instead=made is not packages)


def own_tag() -> str:
    """The image made from the running Python: another Python, or the same upgraded, has another."""
    facts = "\n".join([*interpreter.facts(), _RECIPE.read_text(encoding="utf-8")])
    return f"{REPOSITORY}:{platform.python_version()}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"


def make(client: DockerClient, log: BuildLog) -> str:
    """The tag of the image of the running Python, made where it is not there yet.

    Raises
    ------
    UserErrorException
        None can be made on this system.
    """
    why = _refusal(client)
    if why is not None:
        raise UserErrorException(
            f"No base image can be made here: {why}.",
            hint=f"{SETTING}={alternative()}, or another image with Python {interpreter.VERSION}",
        )
    tag = own_tag()
    if find(client, tag) is None:
        with only_one(tag, log):
            if find(client, tag) is None:
                _import(client, tag, log)
    return tag


def tagged(client: DockerClient, image: str, name: str) -> str:
    """Give an image another name; the whole of the name."""
    repository, tag = _split(name)
    with plainly(f"call an image {name}"):
        client.api.tag(image, repository, tag, force=True)
    return f"{repository}:{tag}"


def _import(client: DockerClient, tag: str, log: BuildLog) -> None:
    log.say(f"Making the base image {tag} from Python {platform.python_version()}.")
    trusted = certificates.VARIABLES if certificates.trusted() else ()
    environment = [
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "LANG=C.UTF-8",
        *(f"{v}={certificates.INSIDE}" for v in trusted),
    ]
    changes = [f"ENV {value}" for value in environment]
    changes += [f"LABEL {inside.KIND}={inside.BASE_KIND}", 'CMD ["python3"]']
    name, _, version = tag.rpartition(":")
    with plainly(f"import the image {tag}"):
        said = client.api.import_image_from_stream(
            stream(interpreter.entries()), repository=name, tag=version, changes=changes
        )
    if '"error"' in said:
        raise ImageError(f"Docker could not import the image {tag}: {said.strip()}", hint="docker system df")


def instead_of(name: str) -> str | None:
    """The image of the running Python, where ``name`` is neither here nor to be pulled; None where it is.

    Raises
    ------
    UserErrorException, DaemonAway : none can be made; no daemon answers.
    """
    client = connect()
    if find(client, name) is not None:
        return None
    with suppress(APIError, requests.RequestException):
        connect(LOOK_S).api.inspect_distribution(name)
        return None
    return make(client, BuildLog(lambda line: None))


def alternative() -> str:
    """The image to take where none can be made."""
    return f"python:{interpreter.VERSION}-slim"


def _own(client: DockerClient, log: BuildLog) -> Base:
    if interpreter.refusal() is not None:
        return _slim(client, log)
    tag = own_tag()
    found = find(client, tag)
    if found is None:
        if _refusal(client) is not None:
            return _slim(client, log)
        found = find(client, make(client, log))
    if found is None:
        raise ImageError(f"The base image {tag} was made and is gone again.", hint="aml-nb image base")
    return Base(tag, tag, tuple(found["Config"].get("Env") or ()))


def _slim(client: DockerClient, log: BuildLog) -> Base:
    return _there_or_pulled(client, alternative(), f"{SETTING}=IMAGE names another with Python", log)


def _refusal(client: DockerClient) -> str | None:
    why = interpreter.refusal()
    if why is not None:
        return why
    with plainly("tell its version"):
        theirs = str(client.api.version().get("Arch", ""))
    if _MACHINES.get(theirs, theirs) != platform.machine():
        return f"the Docker daemon's machine is {theirs}, and this Python is one for {platform.machine()}"
    return None


def _there_or_pulled(client: DockerClient, name: str, hint: str, log: BuildLog) -> Base:
    found = find(client, name)
    if found is None:
        _pull(client, name, hint, log)
        found = find(client, name)
    if found is None:
        raise _missing(name, "it was pulled and is gone again", hint)
    return Base.found(name, found)


def _pull(client: DockerClient, name: str, hint: str, log: BuildLog) -> None:
    log.say(f"Pulling the base image {name}.")
    repository, tag = _split(name)
    login = registry_logins.of(name)
    with plainly(f"pull the image {name}"):
        try:
            for event in client.api.pull(repository, tag=tag, stream=True, decode=True, auth_config=login):
                if "error" in event:
                    raise _missing(name, str(event["error"]), hint)
                if "progress" not in event:
                    log.add(" ".join(str(event[key]) for key in ("id", "status") if key in event))
        except APIError as error:
            said = str(error.explanation or error)
            if "no space left on device" in said:
                raise
            raise _missing(name, said, hint) from None


def _split(name: str) -> tuple[str, str | None]:
    """Name and tag; a digest is a tag to the API."""
    if "@" in name:
        repository, _, digest = name.partition("@")
        return repository, digest
    repository, _, tag = name.rpartition(":")
    return (repository, tag) if repository and "/" not in tag else (name, "latest")


def _missing(name: str, said: str, hint: str) -> ImageError:
    return ImageError(
        f"The base image {name} is not on this machine and cannot be pulled.\n  Docker: {said}",
        hint=f"docker pull {name} (docker login first where the registry wants it); or {hint}",
    )

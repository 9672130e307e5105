"""Building an image: a container of the one below is filled, perhaps runs a command, and is kept as a new image.

So nothing that a build needs for itself, such as the login of a package index, is in the image or its history: a
Dockerfile would keep it. What is said meanwhile goes to a log file and, in short, to whoever waits.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from docker import DockerClient
from docker.errors import APIError, ImageNotFound, NotFound

from aml_nb.engines.docker.client import DiskFull, plainly
from aml_nb.engines.docker.tarring import Entry, stream
from aml_nb.errors import WebserviceException
from aml_nb.masking import without_login

Progress = Callable[[str], None]
CONTAINER = "aml-build-"
"""How the names of containers begin that exist only while an image is built."""
_TOLD = (
    "Resolved",
    "Prepared",
    "Installed",
    "Downloading",
    "Building",
    "Built",
    "Downloaded",
    "Successfully installed",
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SHELL = "/bin/sh"
_FULL = "no space left on device"
_LAST_LINES = 12


class ImageError(WebserviceException):
    """An image cannot be built, or is not there. ``log`` is the file with all that the build said.

    ``of_base`` tells that it is for what the image below is, whatever was to be installed in it.
    """

    code = "image"
    log: Path | None = None
    of_base = False


class BuildLog:
    """What a build says: to a file (appended) where one is wanted, to ``progress`` in short."""

    def __init__(self, progress: Progress, path: Path | None = None) -> None:
        self.progress, self.path = progress, path
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        """A line of ours, for whoever waits too."""
        self.progress(line)
        self.add(line, quietly=True)

    def add(self, line: str, quietly: bool = False) -> None:
        """A line of the build's."""
        line = _COLOURS.sub("", without_login(line)).rstrip()
        self.lines.append(line)
        if not quietly and line.strip().startswith(_TOLD):
            self.progress(f"  {line.strip()}")
        if self.path is not None:
            with suppress(OSError), open(self.path, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")

    def error(self, message: str, hint: str, lines: int = _LAST_LINES) -> ImageError:
        """An error with the last lines and the file's name."""
        last = [f"  {line}" for line in self.lines[-lines:]] if lines else []
        where = [f"The whole log is in {self.path}."] if self.path is not None else []
        error = ImageError("\n".join([message, *last, *where]), hint=hint)
        error.log = self.path
        return error

    def refuse_full_disk(self, doing: str) -> None:
        """Raise where the last lines say that the disk is full: no change of what is built would help."""
        told = [line for line in self.lines[-_LAST_LINES:] if _FULL in line.lower()]
        if told:
            raise DiskFull(
                f"Docker could not {doing}: its disk is full.\n  {told[-1]}",
                hint="aml-nb image prune, then docker system df",
            )


@dataclass(frozen=True)
class Layer:
    """What a new image has above ``parent``. ``command`` is a line for the image's shell, run by root.

    ``config`` is the image's, in the words of Docker's API; what it does not name stays that of the parent.
    """

    parent: str
    tag: str
    entries: Iterable[Entry] = ()
    command: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    host_network: bool = False


def add_layer(client: DockerClient, layer: Layer, log: BuildLog) -> tuple[str, int]:
    """Make the image and tag it: its id, and 0; or, where the command failed, "" and the exit code."""
    with plainly(f"build the image {layer.tag}"), _container(client, layer) as container:
        client.api.put_archive(container, "/", stream(layer.entries))
        code = _run(client, container, layer, log) if layer.command is not None else 0
        if code:
            log.refuse_full_disk(f"build the image {layer.tag}")
            return "", code
        name, _, version = layer.tag.rpartition(":")
        conf = {"Entrypoint": [], "User": "", **layer.config}
        return str(client.api.commit(container, repository=name, tag=version, conf=conf)["Id"]), 0


@contextmanager
def _container(client: DockerClient, layer: Layer) -> Iterator[str]:
    entrypoint = {"entrypoint": [_SHELL, "-c"]} if layer.command is not None else {}
    made = client.api.create_container(
        layer.parent,
        [layer.command] if layer.command is not None else None,
        name=container_name(layer.tag),
        user="0:0",
        host_config=client.api.create_host_config(
            network_mode="host" if layer.host_network else "default", log_config={"Type": "json-file"}
        ),
        **entrypoint,
    )
    try:
        yield made["Id"]
    finally:
        with suppress(NotFound):
            client.api.remove_container(made["Id"], force=True, v=True)


def _run(client: DockerClient, container: str, layer: Layer, log: BuildLog) -> int:
    """Run it to its end, line by line into the log; its exit code."""
    try:
        client.api.start(container)
    except APIError as error:
        if _SHELL in str(error.explanation):
            raise ImageError(
                f"Nothing can be installed in the image {layer.parent}: it has no {_SHELL}.",
                hint="environment.docker.base_image = None takes one made from this Python",
            ) from None
        raise
    said, seen, rest = client.api.logs(container, stream=True, follow=True), 0, b""
    try:
        for piece in said:
            seen += len(piece)
            rest = _tell(rest + piece, log)
    finally:
        said.close()
    code = int(client.api.wait(container)["StatusCode"])
    whole: bytes = client.api.logs(container)  # who follows may miss what was said last
    rest = _tell(rest + whole[seen:], log)
    if rest:
        log.add(rest.decode("utf-8", "replace"))
    return code


def _tell(said: bytes, log: BuildLog) -> bytes:
    """Add every whole line; what is left over."""
    *lines, rest = said.split(b"\n")
    for line in lines:
        log.add(line.decode("utf-8", "replace"))
    return rest


def clear(client: DockerClient, tag: str) -> None:
    """Remove the containers that killed builds of an image left; for whoever alone may build it now."""
    with plainly("remove what a killed build left"):
        for container in client.api.containers(all=True, filters={"name": f"^/{_name(tag)}"}):
            with suppress(NotFound):
                client.api.remove_container(container["Id"], force=True, v=True)


def container_name(tag: str) -> str:
    """A name for a container that exists only while an image is built or read."""
    return f"{_name(tag)}{secrets.token_hex(3)}"


def _name(tag: str) -> str:
    return f"{CONTAINER}{tag.rpartition(':')[2]}-"


def _lock_file(tag: str) -> IO[bytes] | None:
    import platformdirs

    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or platformdirs.user_cache_dir("aml_nb"), "aml_nb-images")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open(folder / f"{tag.replace('/', '-').replace(':', '-')}.lock", "ab")
    except OSError:
        return None


def find(client: DockerClient, tag: str) -> dict[str, Any] | None:
    """What Docker says of an image; None where it has none of that name."""
    with plainly(f"look at the image {tag}"):
        try:
            found: dict[str, Any] = client.api.inspect_image(tag)
            return found
        except ImageNotFound:
            return None
        except APIError as error:
            if error.status_code == 400:  # not even a name that an image could have
                return None
            raise


@contextmanager
def only_one(tag: str, log: BuildLog) -> Iterator[None]:
    """Let one process of this user build an image while the others wait for it; a killed one lets go.

    Where no lock can be kept (a home that cannot be written), two may build the same: the later has the tag.
    """
    file = _lock_file(tag)
    if file is None:
        yield
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.say("Waiting for another process that builds the same image.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield

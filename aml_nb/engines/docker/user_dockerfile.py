"""The image that a Dockerfile of the user's makes: an environment's base_dockerfile, or that of its build_context."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from docker import DockerClient
from docker.errors import APIError

from aml_nb.engines.base import Packages
from aml_nb.engines.docker import inside
from aml_nb.engines.docker.build import BuildLog, ImageError, find, only_one
from aml_nb.engines.docker.client import plainly

REPOSITORY = "aml-nb/dockerfile"


def tag_of(packages: Packages) -> str:
    """The tag of the image: another one for another text or another context."""
    return f"{REPOSITORY}:{_digest(packages)}"


def image(client: DockerClient, packages: Packages, written: Packages, log: BuildLog) -> tuple[str, dict[str, Any]]:
    """The tag of the image, built once for the same text and the same context, and what Docker says of it.

    ``written`` is as the user wrote it; ``packages`` may start from another image.

    Raises
    ------
    ImageError
        A line of it fails; the message names it.
    """
    tag = tag_of(packages)
    found = find(client, tag)
    if found is None:
        with only_one(tag, log):
            found = find(client, tag)
            if found is None:
                _build(client, packages, written, tag, log)
                found = find(client, tag)
    if found is None:
        raise ImageError(f"The image of the environment's {_called(packages)} is gone again.", hint="deploy once more")
    return tag, found


def _digest(packages: Packages) -> str:
    parts = [packages.dockerfile or ""]
    if packages.context:
        parts += [packages.dockerfile_path, Path(packages.context).name]  # it is named by its hash
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _called(packages: Packages) -> str:
    return "build_context" if packages.context else "base_dockerfile"


def _build(client: DockerClient, packages: Packages, written: Packages, tag: str, log: BuildLog) -> None:
    called = _called(packages)
    log.say(f"Building the environment's {called}.")
    proxies = {name: value for name, value in os.environ.items() if re.fullmatch(r"(https?|no|all)_proxy", name, re.I)}
    step = ""
    with plainly(f"build the environment's {called}"), _context(packages, written) as context, _parsed(packages, log):
        for event in client.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile=packages.dockerfile_path,
            tag=tag,
            rm=True,
            forcerm=True,
            decode=True,
            buildargs=proxies,
            labels={inside.KIND: inside.BASE_KIND},
        ):
            said = str(event.get("stream", "")).rstrip()
            step = said if said.startswith("Step ") else step
            for line in said.splitlines():
                log.add(line)
            if "error" in event:
                raise _failed(packages, step, str(event["error"]), log)


@contextmanager
def _parsed(packages: Packages, log: BuildLog) -> Iterator[None]:
    """Name the line that Docker cannot read as a line of a Dockerfile."""
    try:
        yield
    except APIError as error:
        said = str(error.explanation or error)
        found = re.search(r"dockerfile parse error.*?\bline (\d+)", said, re.IGNORECASE)
        if found is None:
            raise
        number, lines = int(found[1]), (packages.dockerfile or "").splitlines()
        step = f"Step 0/0 : {lines[number - 1]}" if 0 < number <= len(lines) else ""
        raise _failed(packages, step, said, log) from None


@contextmanager
def _context(packages: Packages, written: Packages) -> Iterator[IO[bytes]]:
    """What is sent to the daemon: the archive of the context, else one with the Dockerfile alone."""
    if packages.context:
        try:
            file = open(packages.context, "rb")
        except OSError as error:
            raise ImageError(
                f"The build context {packages.context} cannot be read: {error.strerror}.",
                hint="DockerBuildContext.from_local_directory(workspace=ws, path='./docker') keeps it anew",
            ) from None
        with file, tempfile.TemporaryFile() as changed:
            if packages.dockerfile == written.dockerfile:
                yield file
            else:
                shutil.copyfileobj(file, changed)
                yield _with_dockerfile(packages, changed, "a")  # of two with one name, the later counts
        return
    yield _with_dockerfile(packages, io.BytesIO(), "w")


def _with_dockerfile(packages: Packages, archive: IO[bytes], mode: Literal["a", "w"]) -> IO[bytes]:
    text = (packages.dockerfile or "").encode()
    archive.seek(0)
    with tarfile.open(fileobj=archive, mode=mode) as tar:
        head = tarfile.TarInfo(packages.dockerfile_path)
        head.size, head.mode = len(text), 0o644
        tar.addfile(head, io.BytesIO(text))
    archive.seek(0)
    return archive


def _failed(packages: Packages, step: str, said: str, log: BuildLog) -> Exception:
    """The error with the line of the user's Dockerfile that Docker had come to."""
    called = _called(packages)
    log.add(said)
    log.refuse_full_disk(f"build the environment's {called}")
    asked = " ".join(re.sub(r"^Step \d+/\d+ : ", "", step).split())
    lines = [" ".join(line.split()) for line in (packages.dockerfile or "").splitlines()]
    found = [n for n, line in enumerate(lines, 1) if line and asked.startswith(line.rstrip("\\ "))]
    where = f"line {found[0]}: {lines[found[0] - 1]}" if found else asked or "its first line"
    hint = (
        f"change {packages.dockerfile_path}, and take the folder anew: DockerBuildContext.from_local_directory"
        if packages.context
        else "change that line of environment.docker.base_dockerfile, and deploy again"
    )
    return log.error(f"The environment's {called} cannot be built: {where}", hint=hint)

"""The image of a service: models, script and ``service.json`` above the environment.

It holds no keys. ``docker run -p 127.0.0.1:5001:5001 IMAGE`` serves.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docker import DockerClient

from aml_nb.engines import snapshot
from aml_nb.engines.base import Fetch, ServiceSpec
from aml_nb.engines.docker import dockerfile, ground, inside, naming
from aml_nb.engines.docker.build import BuildLog, ImageError, Layer, Progress, add_layer, find
from aml_nb.engines.docker.ground import Ground
from aml_nb.engines.docker.tarring import Entry, digests, tree
from aml_nb.errors import WebserviceException
from aml_nb.scoring.config import SERVICE_FILE

SERVICE = "aml-nb/service"
_STAGE, _LEFTOVER_S = ".image-", 24 * 3600
_SECOND = 1_000_000_000


def service_image(
    client: DockerClient,
    spec: ServiceSpec,
    fetch: Fetch,
    avoid: Path,
    progress: Progress,
    before: str | None = None,
    *,
    root: Path,
    log: Path | None = None,
) -> str:
    """The tag of a service's image, built where it is not there yet.

    Parameters
    ----------
    spec : the service; its ``packages`` tell the environment.
    fetch : puts the bytes of a digest at a path.
    avoid : a folder not to copy even where the sources hold it.
    progress : called with one line at a time while something is built.
    before : the image of another revision whose environment and models are taken as they are.
    root : the folder that holds the services' folders, by which their images are told apart.
    log : a file that takes all that a build says.

    Raises
    ------
    WebserviceException
        Something that belongs into the image is not there; an ImageError where it cannot be built.
    """
    told = BuildLog(progress, log)
    with _stage(root) as stage:
        snapshot.take_source(spec, stage / "app", avoid)
        own = [*tree(stage / "app", inside.APP_ROOT.lstrip("/"), inside.UID), *_told(spec)]

        def build() -> str:
            found = ground.of(client, before) if before is not None else ground.make(client, spec, fetch, stage, told)
            return _add_service(client, spec, root, found, [*found.models, *own], told)

        try:
            return build()
        except _ParentGone:  # whoever deleted another service took along what only this one needs now
            return build()


class _ParentGone(ImageError):
    """The image to build on was removed meanwhile."""


def _add_service(
    client: DockerClient, spec: ServiceSpec, root: Path, below: Ground, entries: list[Entry], log: BuildLog
) -> str:
    config = _config(spec, root, below)
    tag = f"{SERVICE}/{_repository(spec.name)}:{_digest(below.image, config, entries)}"
    if find(client, tag) is None:
        try:
            add_layer(client, Layer(below.image, tag, entries, config=config), log)
        except WebserviceException as error:
            if find(client, below.image) is None:
                raise _ParentGone(error.message, hint="deploy once more") from error
            raise
    return tag


def _told(spec: ServiceSpec) -> Iterator[Entry]:
    """What the server in it is told."""
    config = json.dumps(asdict(naming.server_config(spec)), indent=2).encode()
    yield Entry(f"{inside.SERVICE}/{SERVICE_FILE}", data=config, owner=inside.UID)


def _config(spec: ServiceSpec, root: Path, below: Ground) -> dict[str, Any]:
    labels = {
        **naming.labels(spec, root),
        **below.labels,
        inside.HOLDS: ground.names(spec),
        inside.ENVIRONMENT_LABEL: below.environment,
        inside.MODELS_LABEL: below.image,
        inside.TOLD: naming.digest(naming.server_config(spec)),
    }
    return {
        "User": inside.USER,
        "Cmd": list(inside.COMMAND),
        "WorkingDir": inside.SERVICE,
        "Env": [f"{name}={value}" for name, value in dockerfile.service_environment(spec).items()],
        "Labels": labels,
        "ExposedPorts": {f"{inside.PORT}/tcp": {}},
        "Healthcheck": {
            "Test": ["CMD", *inside.PROBE],
            "Interval": dockerfile.health_period_s(spec) * _SECOND,
            "Timeout": dockerfile.HEALTH_TIMEOUT_S * _SECOND,
            "StartPeriod": dockerfile.HEALTH_START_S * _SECOND,
        },
    }


def _digest(below: str, config: dict[str, Any], entries: list[Entry]) -> str:
    parts = [below, json.dumps(config, sort_keys=True), *digests(entries)]
    return hashlib.sha256("\n".join(parts).encode(errors="surrogateescape")).hexdigest()[:16]


def _repository(name: str) -> str:
    """The service's name as a repository may have it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "service"


@contextmanager
def _stage(root: Path) -> Iterator[Path]:
    """A folder on the workspace's disk, where files can be linked instead of copied."""
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob(f"{_STAGE}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFTOVER_S:
                shutil.rmtree(left, ignore_errors=True)
    stage = tempfile.mkdtemp(prefix=_STAGE, dir=root)
    try:
        yield Path(stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)

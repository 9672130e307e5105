"""The image of a service: its models in a layer above the environment, the script and ``service.json`` in the next.

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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from docker import DockerClient

from aml_nb.engines import snapshot
from aml_nb.engines.base import Fetch, Packages, ServiceSpec
from aml_nb.engines.docker import dockerfile, inside, naming
from aml_nb.engines.docker.build import BuildLog, ImageError, Layer, Progress, add_layer, find
from aml_nb.engines.docker.environment_image import environment_image
from aml_nb.engines.docker.tarring import Entry, sha256, tree
from aml_nb.errors import WebserviceException
from aml_nb.scoring.config import SERVICE_FILE

MODELS, SERVICE = "aml-nb/models", "aml-nb/service"
_STAGE, _LEFTOVER_S = ".image-", 24 * 3600
_UID = int(inside.USER.partition(":")[0])
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
        entries = [*tree(stage / "app", inside.APP_ROOT.lstrip("/"), _UID), *_told(spec)]

        def build() -> str:
            below = _of(client, before) if before is not None else _below(client, spec, fetch, root, told)
            return _add_service(client, spec, root, below, entries, told)

        try:
            return build()
        except _ParentGone:  # whoever deleted another service took along what only this one needs now
            return build()


class _ParentGone(ImageError):
    """The image to build on was removed meanwhile."""


@dataclass(frozen=True)
class _Below:
    """What a service's image stands on: the environment's tag, and the id of the image with the models."""

    environment: str
    image: str


def _add_service(
    client: DockerClient, spec: ServiceSpec, root: Path, below: _Below, entries: list[Entry], log: BuildLog
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


def _below(client: DockerClient, spec: ServiceSpec, fetch: Fetch, root: Path, log: BuildLog) -> _Below:
    environment = environment_image(client, spec.packages or Packages(""), log.progress, log.path)
    return _Below(environment, _with_models(client, spec, environment, fetch, root, log))


def _with_models(
    client: DockerClient, spec: ServiceSpec, environment: str, fetch: Fetch, root: Path, log: BuildLog
) -> str:
    """The id of the image with the models, found by their digests: large ones are packed up once."""
    if not spec.models:
        found = find(client, environment)
    else:
        tag = f"{MODELS}:{_models_digest(spec, environment)}"
        found = find(client, tag)
        if found is None:
            with _stage(root) as stage:
                snapshot.take_models(spec, stage / "models", fetch)
                config = {"Labels": {inside.KIND: inside.MODELS_KIND, inside.HOLDS: _names(spec)}}
                entries = tree(stage / "models", inside.APP_ROOT.lstrip("/"), _UID)
                add_layer(client, Layer(environment, tag, entries, config=config), log)
            found = find(client, tag)
    if found is None:
        raise ImageError("An image that was just there is gone: somebody removes images.", hint="deploy once more")
    return str(found["Id"])


def _models_digest(spec: ServiceSpec, environment: str) -> str:
    parts: list[Any] = [environment]
    for model in spec.models:
        parts.append({**asdict(model), "contents": _contents(model.source) if model.source else []})
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _contents(source: str) -> list[str]:
    """A plain path has no digest of its own."""
    path = Path(source)
    if not path.exists():
        return []  # taking it will tell
    return _entry_digests(tree(path, "") if path.is_dir() else [Entry("", source=path)])


def _entry_digests(entries: Any) -> list[str]:
    found = []
    for entry in entries:
        if entry.source is None:
            data = hashlib.sha256(entry.data or b"").hexdigest()
        else:
            data = sha256(entry.source)
        found.append(f"{entry.name} {entry.mode} {data}")
    return found


def _names(spec: ServiceSpec) -> str:
    return " ".join(f"{model.name}:{model.version}" for model in spec.models)[:400]


def _of(client: DockerClient, before: str) -> _Below:
    """What another revision's image stands on."""
    facts = find(client, before)
    labels = (facts or {}).get("Config", {}).get("Labels") or {}
    environment, models = labels.get(inside.ENVIRONMENT_LABEL), labels.get(inside.MODELS_LABEL)
    if not environment or not models or find(client, models) is None:
        raise ImageError(
            f"The image {before}, whose models are to be kept, is not there any more.",
            hint="service.update(models=[...]) brings them again",
        )
    return _Below(environment, models)


def _told(spec: ServiceSpec) -> Iterator[Entry]:
    """What the server in it is told."""
    config = json.dumps(asdict(naming.server_config(spec)), indent=2).encode()
    yield Entry(f"{inside.SERVICE}/{SERVICE_FILE}", data=config, owner=_UID)


def _config(spec: ServiceSpec, root: Path, below: _Below) -> dict[str, Any]:
    labels = naming.labels(spec, root)
    return {
        "User": inside.USER,
        "Cmd": list(inside.COMMAND),
        "WorkingDir": inside.APP_ROOT,
        "Env": [f"{name}={value}" for name, value in dockerfile.service_environment(spec).items()],
        "Labels": {**labels, inside.ENVIRONMENT_LABEL: below.environment, inside.MODELS_LABEL: below.image},
        "ExposedPorts": {f"{inside.PORT}/tcp": {}},
        "Healthcheck": {
            "Test": ["CMD", *inside.PROBE],
            "Interval": dockerfile.health_period_s(spec) * _SECOND,
            "Timeout": dockerfile.HEALTH_TIMEOUT_S * _SECOND,
            "StartPeriod": dockerfile.HEALTH_START_S * _SECOND,
        },
    }


def _digest(below: str, config: dict[str, Any], entries: list[Entry]) -> str:
    parts = [below, json.dumps(config, sort_keys=True), *_entry_digests(entries)]
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

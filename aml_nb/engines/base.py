"""What an engine is: five verbs over a specification and a handle, and the features it has."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from aml_nb.engines.folder import Keys, ServiceFolder
from aml_nb.scoring.history import HISTORY_FILE, Second
from aml_nb.scoring.history import read as read_history
from aml_nb.scoring.scaling import Scaling

if TYPE_CHECKING:
    from aml_nb.engines.images import Images

Fetch = Callable[[str, Path], None]
"""Puts the bytes of a digest at a path."""


class Change(Enum):
    """How much of a service an update replaces."""

    SETTINGS = "settings"
    SOURCE = "source"
    EVERYTHING = "everything"


class Feature(str, Enum):
    """What an engine may be able to do for a service."""

    REPLICAS = "replicas"
    LIMITS = "limits on CPU and memory"
    GPU = "GPUs of its own"
    AUTOSCALE = "automatic scaling"
    NETWORK = "a network of its own"
    ROLLING_UPDATE = "updates without an interruption"
    SOURCE_RELOAD = "reloading the script"


@dataclass(frozen=True)
class ModelFiles:
    """One model of a service: the files below ``azureml-models/<name>/<version>``.

    ``files`` are pairs of a relative path and a digest. A plain path that was never registered has
    ``source`` instead: the file or folder to copy.
    """

    name: str
    version: str
    files: tuple[tuple[str, str], ...] = ()
    source: str | None = None


@dataclass(frozen=True)
class Probe:
    """When a replica counts as stuck: v1's liveness probe. Times are seconds, the others numbers of answers."""

    period_s: float = 10
    initial_delay_s: float = 310
    timeout_s: float = 2
    success: int = 1
    failure: int = 3


@dataclass(frozen=True)
class Certificate:
    """The files of the certificate and its key that a service speaks TLS with, and the name it was made for."""

    certificate: str
    key: str
    cname: str


@dataclass(frozen=True)
class Packages:
    """What an image of an environment is made of; nothing of it refers to the interpreter that runs now.

    ``requirements`` are lines for pip (some may be absolute paths of this machine), ``preferred`` versions to take
    where a line leaves the choice, ``options`` are pip's. ``python`` is a version that was asked for;
    ``interpreter`` one that the image brings, in which nothing of the user's is to be installed. ``dockerfile`` is the
    text of one that makes the base image; where it copies files, ``context`` is the tar archive that they are in, with
    the Dockerfile at ``dockerfile_path``. ``digest`` identifies all of it.
    """

    digest: str
    name: str = ""
    python: str | None = None
    requirements: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    base_image: str | None = None
    dockerfile: str | None = None
    interpreter: str | None = None
    context: str | None = None
    dockerfile_path: str = "Dockerfile"


@dataclass(frozen=True)
class ServiceSpec:
    """Everything an engine needs to run one revision of one service; nothing is left to look up.

    ``handle`` names the service among all services of a workspace. ``entry_script`` is relative to
    ``source_directory``, or a path of its own where there is none; then ``beside`` are files and folders that go
    beside it: the place of each and where it is now. Times are milliseconds.

    An engine that ``builds_images`` gets ``packages`` instead of an interpreter (``python``), or with ``image``
    an image that is to run as it is. ``concurrency`` is how many requests a replica computes at once. With
    ``scaling``, ``replicas`` is what it starts with. ``scope`` is that of its engine. ``keys_revision`` is the
    revision that brought the keys which open this one; they are in the service's folder.
    """

    handle: str
    name: str
    kind: str
    entry_script: str
    python: str
    revision: int = 1
    source_directory: str | None = None
    beside: tuple[tuple[str, str], ...] = ()
    models: tuple[ModelFiles, ...] = ()
    environment: str = ""
    environment_variables: dict[str, str] = field(default_factory=dict)
    cpu: float = 0.1
    cpu_limit: float | None = None
    memory_gb: float = 0.5
    memory_gb_limit: float | None = None
    gpu: int = 0
    replicas: int = 1
    concurrency: int = 1
    scaling: Scaling | None = None
    probe: Probe | None = None
    auth: str = "none"
    port: int | None = None
    scoring_path: str = "/score"
    scoring_timeout_ms: int = 3_600_000
    max_queue_wait_ms: int | None = None
    app_insights: bool = False
    collect_model_data: bool = False
    scope: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    certificate: Certificate | None = None
    packages: Packages | None = None
    image: str | None = None
    keys_revision: int = 0

    @property
    def cors_origins(self) -> str | None:
        """The web pages that may call the service from a browser: a variable of the environment, as in v1."""
        return self.environment_variables.get("AML_CORS_ORIGINS")

    def to_dict(self) -> dict[str, Any]:
        """The specification as JSON."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ServiceSpec:
        """The specification that ``to_dict`` wrote; keys that a newer version added are ignored."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        values["models"] = tuple(
            ModelFiles(m["name"], m["version"], tuple((p, d) for p, d in m["files"]), m.get("source"))
            for m in values.get("models", ())
        )
        values["beside"] = tuple((place, path) for place, path in values.get("beside", ()))
        for name, part in _PARTS.items():
            if values.get(name) is not None:
                values[name] = part(**{k: _frozen(v) for k, v in values[name].items()})
        return cls(**values)


_PARTS: dict[str, type[Any]] = {
    "scaling": Scaling,
    "probe": Probe,
    "certificate": Certificate,
    "packages": Packages,
}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class ServiceError:
    """Why a service, or a revision of it, does not run; ``file`` and ``line`` are in the user's script."""

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    traceback: str | None = None
    exit_code: int | None = None
    revision: int | None = None

    @classmethod
    def told(cls, data: Any) -> ServiceError | None:
        """The error that a supervisor told, None where it told none; what has another type than it should is left out.

        A supervisor in a container is in reach of the user's script, which may write anything in its place.
        """
        if not isinstance(data, dict) or not data:
            return None
        texts = {name: data[name] for name in ("file", "traceback") if isinstance(data.get(name), str)}
        numbers = {name: data[name] for name in ("line", "exit_code", "revision") if isinstance(data.get(name), int)}
        return cls(str(data.get("code", "internal")), str(data.get("message", "")), **texts, **numbers)


@dataclass(frozen=True)
class ServiceStatus:
    """How a service is: ``state`` is one of v1's words for a cloud service.

    ``revision`` is the one that answers, ``submitted`` the newest that the engine was given; ``error`` may
    belong to one that did not start.
    """

    state: str
    host: str = "localhost"
    port: int | None = None
    revision: int = 0
    submitted: int = 0
    replicas_ready: int = 0
    replicas_wanted: int = 0
    error: ServiceError | None = None
    scheme: str = "http"

    @property
    def serving(self) -> bool:
        """Whether it answers requests."""
        return self.state == "Healthy" and self.port is not None


@dataclass(frozen=True)
class Usage:
    """What a service has used: seconds of CPU since it started, and bytes of memory now."""

    cpu_s: float
    memory: int


class Engine(ABC):
    """Runs services.

    Parameters
    ----------
    root : the folder that holds one folder a service.
    fetch : puts the bytes of a digest at a path.
    """

    name: ClassVar[str]
    features: ClassVar[frozenset[Feature]]
    builds_images: ClassVar[bool] = False

    def __init__(self, root: Path, fetch: Fetch) -> None:
        self._root = root
        self._fetch = fetch
        self.tell: Callable[[str], None] = _say_nothing
        """Gets a line for whoever waits while a service is set up."""
        self.progress: Callable[[str], None] = _say_nothing
        """Gets the lines of what takes long, such as the first build of an environment."""
        self.note: str | None = None
        """Why it was taken, where that is worth telling."""
        self.scope = ""
        """Whose services these are: ``subscription/resource group/workspace``."""

    def folder(self, handle: str) -> ServiceFolder:
        """Where a service keeps its files."""
        return ServiceFolder(self._root, handle)

    def exclusive(self, handle: str, wait: bool = True) -> AbstractContextManager[None]:
        """Hold off everyone else who deploys, updates or deletes this service.

        Raises ``BlockingIOError`` where someone does and ``wait`` is False.
        """
        return self.folder(handle).exclusive(wait)

    @abstractmethod
    def start(self, spec: ServiceSpec, keys: Keys) -> None:
        """Set up a service and return while it starts; whatever had the handle before is replaced."""

    @abstractmethod
    def update(self, spec: ServiceSpec, change: Change = Change.EVERYTHING) -> None:
        """Replace the running revision by ``spec``; the old one serves until the new one does.

        What ``change`` does not name (models, or models and sources) stays that of the revision before.
        """

    @abstractmethod
    def status(self, handle: str) -> ServiceStatus:
        """How the service is right now."""

    @abstractmethod
    def logs(self, handle: str, lines: int) -> str:
        """The last ``lines`` lines that the service wrote, also of one that never started."""

    @abstractmethod
    def stop(self, handle: str) -> None:
        """End the service and remove its files; requests being answered are finished first."""

    @abstractmethod
    def rekey(self, handle: str, keys: Mapping[int, Keys]) -> None:
        """Let a running service know its new keys: those that each revision brought (``ServiceSpec.keys_revision``).

        They are written in this order.
        """

    def remind(self, handle: str) -> None:
        """Let a service hear of its newest revision, where whoever gave it was killed before the service was told."""
        return

    def usage(self, handle: str) -> Usage | None:
        """What the service uses; None where it does not run, or this engine cannot tell."""
        return None

    def history(self, handle: str, seconds: int) -> list[Second]:
        """What the service did in each of the last ``seconds``; a second in which nobody kept it is missing."""
        return read_history(self.folder(handle).path / HISTORY_FILE, seconds)

    def fetch_told(self, handle: str) -> bool:
        """Bring what the service told into the workspace; False where all of it is written there at once."""
        return False

    def images(self) -> Images | None:
        """What builds images of their own, which belong to no service; None where services need none."""
        return None

    def scoped(self, spec: ServiceSpec) -> ServiceSpec:
        """The same specification, that says whose the service is."""
        return replace(spec, scope=self.scope)

    def missing(self, spec: ServiceSpec) -> list[str]:
        """What ``spec`` asks for that this engine cannot do, a sentence each."""
        asked = {
            Feature.LIMITS: (spec.kind != "LOCAL", f"cpu {spec.cpu:g} and memory {spec.memory_gb:g} GB"),
            Feature.GPU: (spec.gpu > 0, f"gpu {spec.gpu}"),
            Feature.AUTOSCALE: (
                spec.scaling is not None,
                f"{spec.scaling.minimum} to {spec.scaling.maximum} replicas" if spec.scaling else "",
            ),
        }
        return [
            f"The {self.name} engine has no {feature.value}: {what} noted, not enforced."
            for feature, (wanted, what) in asked.items()
            if wanted and feature not in self.features
        ]


def _say_nothing(line: str) -> None:
    """Nobody waits for a line."""

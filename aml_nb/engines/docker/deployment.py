"""What a service's folder keeps for Docker: the specification with its image, and the container of a local service."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from aml_nb.engines.base import ServiceError, ServiceSpec
from aml_nb.scoring.config import ServerConfig, write_atomically

DEPLOYMENT_FILE, SOLO_FILE, BUILD_LOG = "deployment.json", "solo.json", "build.log"


@dataclass(frozen=True)
class Deployment:
    """The newest revision of a service and the image that it runs in."""

    spec: ServiceSpec
    image: str

    @classmethod
    def read(cls, folder: Path) -> Deployment | None:
        """What ``write`` wrote; None where nothing was written."""
        data = _read(folder / DEPLOYMENT_FILE)
        return None if data is None else cls(ServiceSpec.from_dict(data["spec"]), str(data["image"]))

    def write(self, folder: Path) -> None:
        """Put it into the service's folder."""
        _write(folder / DEPLOYMENT_FILE, {"spec": self.spec.to_dict(), "image": self.image})


@dataclass(frozen=True)
class Revision:
    """Where a revision has its files.

    ``image`` brings the models and, below its app root, the sources of the revision that it was built for. A script
    that was reloaded since is in ``patch``, a folder below the service's ``revisions``. ``root`` is the revision's
    place in the running container.
    """

    image: str
    root: str
    patch: str | None = None
    config: dict[str, Any] = field(default_factory=dict)

    def server_config(self) -> ServerConfig:
        """What the server is told to run it."""
        return ServerConfig.from_dict(self.config)


@dataclass(frozen=True)
class Solo:
    """The one container of a local service.

    ``models`` says where in the container the models of each image are; ``error`` is why the revision in it did not
    start; ``settled`` is the newest revision that was put away for good. ``leaving``: the container is being
    stopped for another that takes over its port.
    """

    container: str
    name: str
    port: int
    image: str
    host: str = "localhost"
    environment: str = ""
    revisions: dict[int, Revision] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    error: ServiceError | None = None
    settled: int = 0
    leaving: bool = False

    @classmethod
    def read(cls, folder: Path) -> Solo | None:
        """What ``write`` wrote; None where nothing was written."""
        data = _read(folder / SOLO_FILE)
        if data is None:
            return None
        data["revisions"] = {int(key): Revision(**value) for key, value in data["revisions"].items()}
        data["error"] = ServiceError(**data["error"]) if data["error"] else None
        return cls(**data)

    def write(self, folder: Path) -> None:
        """Put it into the service's folder."""
        _write(folder / SOLO_FILE, asdict(self))

    def having(self, number: int, revision: Revision, serving: int = 0, **changes: Any) -> Solo:
        """The same with one more revision; the oldest are forgotten, save the one that is ``serving``."""
        kept = {key: value for key, value in self.revisions.items() if key == serving or key > number - _KEPT}
        return replace(self, revisions={**kept, number: revision}, **changes)

    def places(self) -> list[str]:
        """The folders in the container that its revisions need."""
        models = [self.models[revision.image] for revision in self.revisions.values() if revision.image in self.models]
        return sorted({*(revision.root for revision in self.revisions.values()), *models})


_KEPT = 3


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return data


def _write(path: Path, data: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(data, indent=2).encode(), mode=0o600)

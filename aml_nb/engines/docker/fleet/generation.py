"""The containers of one revision, and what is remembered of them when the controller dies."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import naming
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.scoring.config import write_atomically

FILE = "fleet.json"


@dataclass
class Generation:
    """Containers that are all alike.

    ``base`` is the revision that they are labelled with. A later revision that changes nothing inside them, a number
    of replicas for instance, is theirs too.
    """

    deployment: Deployment
    base: int

    @classmethod
    def of(cls, deployment: Deployment) -> Generation:
        """That of a revision which needs containers of its own."""
        return cls(deployment, deployment.spec.revision)

    @property
    def spec(self) -> ServiceSpec:
        return self.deployment.spec

    def fits(self, other: Deployment) -> bool:
        """Whether another revision can be served by the same containers."""
        return _inside(self.deployment) == _inside(other)

    def least(self) -> int:
        """How many replicas there are to be before any load is known."""
        scaling = self.spec.scaling
        if scaling is None:
            return max(1, self.spec.replicas)
        return min(scaling.maximum, max(scaling.minimum, self.spec.replicas))


def _inside(deployment: Deployment) -> tuple[Any, ...]:
    """What a container is made of."""
    spec = deployment.spec
    config = asdict(replace(naming.server_config(spec), revision=0))
    limits = (spec.cpu, spec.cpu_limit, spec.memory_gb, spec.memory_gb_limit, spec.gpu)
    return deployment.image, json.dumps(config, sort_keys=True), limits, spec.keys_revision


@dataclass(frozen=True)
class Memory:
    """What a controller leaves for the next one.

    ``refused`` is a revision that could not start and is not to be tried again.
    """

    serving: Deployment | None = None
    base: int = 0
    was_healthy: bool = False
    refused: int | None = None
    error: dict[str, Any] | None = field(default=None)

    @classmethod
    def read(cls, folder: Path) -> Memory:
        """What ``write`` wrote; nothing where nothing was written."""
        try:
            data = json.loads((folder / FILE).read_bytes())
            serving = data.pop("serving")
            deployment = Deployment(ServiceSpec.from_dict(serving["spec"]), serving["image"]) if serving else None
            return cls(serving=deployment, **data)
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, folder: Path) -> None:
        """Put it into the service's folder."""
        serving = self.serving and {"spec": self.serving.spec.to_dict(), "image": self.serving.image}
        data = {
            "serving": serving,
            "base": self.base,
            "was_healthy": self.was_healthy,
            "refused": self.refused,
            "error": self.error,
        }
        write_atomically(folder / FILE, json.dumps(data, indent=2).encode(), mode=0o600, durable=False)

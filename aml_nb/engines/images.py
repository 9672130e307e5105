"""What an engine whose services run in images does with images that belong to no service."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aml_nb.engines.base import Packages, ServiceSpec

REGISTERED, PACKAGE = "@image", "@package"
"""How the handles end under which an engine files images that belong to no service; no service has such a one."""


@dataclass(frozen=True)
class BuiltImage:
    """An image that is there: its reference, the digest of its content, and the Dockerfile of its last layer."""

    location: str
    digest: str
    dockerfile: str | None = None


@dataclass(frozen=True)
class EnvironmentImage:
    """The image of an environment: its reference where it is there, the Dockerfile that makes one, its Python."""

    location: str | None
    dockerfile: str
    python: str
    folder: str | None


class Images(ABC):
    """Builds, runs and removes images."""

    @abstractmethod
    def build(self, spec: ServiceSpec, location: str, log: Path) -> BuiltImage:
        """Build an image of what ``spec`` runs and call it ``location``; it can be run by itself.

        ``log`` is a file that takes what the build says. Raises WebserviceException where a step fails.
        """

    @abstractmethod
    def build_context(self, folder: Path, location: str, log: Path) -> BuiltImage:
        """Build an image of a folder with a Dockerfile; as ``build`` else."""

    @abstractmethod
    def build_environment(self, packages: Packages, log: Path) -> str:
        """Build the image of an environment, which services with it stand on; its reference. ``log`` as in ``build``.

        One that is there already is taken.
        """

    @abstractmethod
    def environment(self, packages: Packages) -> EnvironmentImage:
        """What can be told of the image of an environment, without building it."""

    @abstractmethod
    def exists(self, location: str) -> bool:
        """Whether the image is still there."""

    @abstractmethod
    def remove(self, location: str) -> None:
        """Take the image away; nothing happens where it is gone or in use."""

    @abstractmethod
    def remove_registered(self) -> None:
        """Take every registered image of this workspace away, those too that were in use when they were deleted."""

    @abstractmethod
    def once(self, location: str, body: bytes) -> dict[str, Any]:
        """Answer one request in a container of the image; what ``aml_nb.scoring.oneshot`` tells."""

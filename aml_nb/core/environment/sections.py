"""The sections of an Environment: python, docker, spark and r."""

from __future__ import annotations

import enum
import logging
import os
from typing import TYPE_CHECKING, Any

from aml_nb.core import deprecation
from aml_nb.core.environment.config_element import ConfigElement
from aml_nb.core.environment.container_registry import ContainerRegistry
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.environment.conda_dependencies import CondaDependencies

log = logging.getLogger(__name__)

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04"


class PythonSection(ConfigElement):
    """The Python interpreter of an environment and what is installed in it.

    Attributes
    ----------
    user_managed_dependencies : True leaves the interpreter as it is; nothing is checked or installed.
    interpreter_path : the interpreter then taken.
    conda_dependencies : a `CondaDependencies` object, or None.
    conda_dependencies_file : a conda specification to read the dependencies from.
    """

    _fields = (
        "user_managed_dependencies",
        "interpreter_path",
        "conda_dependencies_file",
        "base_conda_environment",
        "conda_dependencies",
    )

    def __init__(self, **kwargs: Any) -> None:
        from aml_nb.core.environment.conda_dependencies import CondaDependencies

        bare = kwargs.pop("_skip_defaults", False)
        _no_more(self, kwargs)
        self.user_managed_dependencies: bool = False
        self.interpreter_path: str | None = "python"
        self._conda_dependencies_file: str | None = None
        self._base_conda_environment: str | None = None
        self._conda_dependencies: CondaDependencies | None = None if bare else CondaDependencies()
        super().__init__()

    @property
    def conda_dependencies(self) -> CondaDependencies | None:
        """The conda and pip packages."""
        return self._conda_dependencies

    @conda_dependencies.setter
    def conda_dependencies(self, value: CondaDependencies | None) -> None:
        from aml_nb.core.environment.conda_dependencies import CondaDependencies

        if value is not None and not isinstance(value, CondaDependencies):
            raise UserErrorException(
                f"conda_dependencies takes a CondaDependencies object, not {type(value).__name__}.",
                hint="CondaDependencies('env.yml') or CondaDependencies.create(pip_packages=[...])",
            )
        self._conda_dependencies = value

    @property
    def conda_dependencies_file(self) -> str | None:
        """The file the dependencies were read from."""
        return self._conda_dependencies_file

    @conda_dependencies_file.setter
    def conda_dependencies_file(self, value: str | None) -> None:
        from aml_nb.core.environment.conda_dependencies import CondaDependencies

        if value is not None:
            self._conda_dependencies = CondaDependencies(conda_dependencies_file_path=value)
        self._conda_dependencies_file = value

    def _to_json(self) -> dict[str, Any]:
        payload = super()._to_json()
        packages = self._conda_dependencies
        payload["condaDependencies"] = None if packages is None else packages.as_dict()
        return payload

    def _fill(self, payload: dict[str, Any] | None) -> None:
        from aml_nb.core.environment.conda_dependencies import CondaDependencies

        given = dict(payload or {})
        packages = given.pop("condaDependencies", None)
        super()._fill(given)
        self._conda_dependencies = CondaDependencies(_underlying_structure=packages) if packages else None


class PythonEnvironment(PythonSection):
    """The older name of `PythonSection`."""

    def __init__(self) -> None:
        super().__init__()


class DockerImagePlatform(ConfigElement):
    """Operating system and processor of an image."""

    _fields = ("os", "architecture")

    def __init__(self) -> None:
        self.os: str = "Linux"
        self.architecture: str = "amd64"
        super().__init__()


class DockerBuildContext(ConfigElement):
    """A folder with a Dockerfile and what it copies.

    Parameters
    ----------
    location_type : `DockerBuildContext.LocationType`.
    location : a Git URL (``https://host/repository.git#branch:folder``), or what `from_local_directory` returns.
    dockerfile_path : the Dockerfile's path within it.
    """

    class LocationType(enum.Enum):
        """Where the folder is kept."""

        Git = "git"
        StorageAccount = "storageAccount"

    _fields = ("location_type", "location", "dockerfile_path")

    def __init__(
        self,
        location_type: LocationType | None = None,
        location: str | None = None,
        dockerfile_path: str = "Dockerfile",
    ) -> None:
        self.location_type = location_type
        self.location = location
        self.dockerfile_path = dockerfile_path
        super().__init__()

    @staticmethod
    def from_local_directory(workspace: Any, path: str, dockerfile_path: str = "Dockerfile") -> DockerBuildContext:
        """Keep a folder of this machine in the workspace, as it is now, as a build context.

        What ``.dockerignore`` names is left out; links are kept as links.

        Parameters
        ----------
        workspace : where it is kept.
        path : the folder.
        dockerfile_path : the Dockerfile's path within it.

        Raises
        ------
        UserErrorException
            There is no such folder, or no such Dockerfile in it.
        """
        from aml_nb.core.environment import build_context

        location = build_context.keep(workspace, path, dockerfile_path)
        return DockerBuildContext(DockerBuildContext.LocationType.StorageAccount, location, dockerfile_path)

    def _fill(self, payload: dict[str, Any] | None) -> None:
        super()._fill(payload)
        if isinstance(self.location_type, str):
            self.location_type = DockerBuildContext.LocationType(self.location_type)


class DockerSection(ConfigElement):
    """The container image an environment starts from.

    ``base_image``, ``base_dockerfile`` and ``build_context`` exclude one another: one resets the others.
    ``enabled``, ``shared_volumes``, ``arguments`` and ``shm_size`` belong to v1's DockerConfiguration by now.
    """

    _fields = (
        "enabled",
        "base_image",
        "base_dockerfile",
        "build_context",
        "shared_volumes",
        "shm_size",
        "arguments",
        "base_image_registry",
        "platform",
    )

    def __init__(self, **kwargs: Any) -> None:
        bare = kwargs.pop("_skip_defaults", False)
        _no_more(self, kwargs)
        self._enabled: bool = False
        self._base_image: str | None = None if bare else DEFAULT_CPU_IMAGE
        self._base_dockerfile: str | None = None
        self._build_context: DockerBuildContext | None = None
        self._shared_volumes: bool = True
        self._shm_size: str | None = "2g"
        self._arguments: list[str] = []
        self._gpu_support = False
        self.base_image_registry: ContainerRegistry = ContainerRegistry()
        self.platform: DockerImagePlatform = DockerImagePlatform()
        super().__init__()

    @property
    def base_image(self) -> str | None:
        """The image to start from."""
        return self._base_image

    @base_image.setter
    def base_image(self, value: str | None) -> None:
        self._take("base_image", value)

    @property
    def base_dockerfile(self) -> str | None:
        """The text of a Dockerfile, or the path of one, whose text is then taken."""
        return self._base_dockerfile

    @base_dockerfile.setter
    def base_dockerfile(self, value: str | None) -> None:
        self._take("base_dockerfile", dockerfile_text(value))

    @property
    def build_context(self) -> DockerBuildContext | None:
        """The folder to build the image from."""
        return self._build_context

    @build_context.setter
    def build_context(self, value: DockerBuildContext | None) -> None:
        self._take("build_context", value)

    def _take(self, name: str, value: Any) -> None:
        self._put(name, value)
        for other in {"base_image", "base_dockerfile", "build_context"} - {name}:
            if value is not None and self._field(other) is not None:
                log.warning("%s was set: %s is reset to None.", name, other)
                self._put(other, None)

    @property
    def gpu_support(self) -> bool:
        """Deprecated: whether a GPU is there is found out where the image runs."""
        return self._gpu_support

    @gpu_support.setter
    def gpu_support(self, value: bool) -> None:
        _deprecated("gpu_support", "it is found out where the image runs")
        self._gpu_support = value

    @property
    def enabled(self) -> bool:
        """Deprecated: whether runs use Docker."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        _deprecated("enabled", "use DockerConfiguration(use_docker=...)")
        self._enabled = value

    @property
    def shared_volumes(self) -> bool:
        """Deprecated: whether volumes are shared with the host."""
        return self._shared_volumes

    @shared_volumes.setter
    def shared_volumes(self, value: bool) -> None:
        _deprecated("shared_volumes", "use DockerConfiguration(shared_volumes=...)")
        self._shared_volumes = value

    @property
    def arguments(self) -> list[str]:
        """Deprecated: more arguments of ``docker run``."""
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[str]) -> None:
        _deprecated("arguments", "use DockerConfiguration(arguments=...)")
        self._arguments = value

    @property
    def shm_size(self) -> str | None:
        """Deprecated: the container's shared memory."""
        return self._shm_size

    @shm_size.setter
    def shm_size(self, value: str | None) -> None:
        _deprecated("shm_size", "use DockerConfiguration(shm_size=...)")
        self._shm_size = value

    def _fill(self, payload: dict[str, Any] | None) -> None:
        super()._fill(payload)
        if isinstance(self._build_context, dict):
            context = DockerBuildContext()
            context._fill(self._build_context)
            self._build_context = context


class DockerEnvironment(DockerSection):
    """The older name of `DockerSection`."""

    def __init__(self) -> None:
        super().__init__()


def dockerfile_text(value: str | None) -> str | None:
    """The text of a Dockerfile given as text or as the path of a file."""
    if value is None or "\n" in value or not os.path.isfile(value):
        return value
    with open(value, encoding="utf-8") as file:
        return file.read()


def _deprecated(name: str, instead: str) -> None:
    if deprecation.wanted():
        log.warning("'%s' is deprecated: %s.", name, instead)


def _no_more(element: ConfigElement, kwargs: dict[str, Any]) -> None:
    for name in kwargs:
        raise element._unknown(name)

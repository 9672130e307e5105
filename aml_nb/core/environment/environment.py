"""v1's Environment: what a script runs in, defined once, registered and found by name."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aml_nb.core.environment import image_build, registry, sources
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.environment.config_element import ConfigElement
from aml_nb.core.environment.container_registry import ContainerRegistry
from aml_nb.core.environment.databricks import DatabricksSection
from aml_nb.core.environment.image_build import DockerImageDetails, ImageBuildDetails
from aml_nb.core.environment.packages import (
    RSection,
    SparkSection,
)
from aml_nb.core.environment.sections import (
    DockerBuildContext,
    DockerImagePlatform,
    DockerSection,
    PythonSection,
    dockerfile_text,
)
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_SECTIONS: dict[str, Callable[[], Any]] = {
    "python": PythonSection,
    "docker": DockerSection,
    "spark": SparkSection,
    "databricks": DatabricksSection,
}


class Environment(ConfigElement):
    """The Python packages, variables and image that a script runs with.

    Parameters
    ----------
    name : name of the environment, by which it is registered.
    kwargs : sections and fields to start from: ``python``, ``docker``, ``environment_variables``, …

    Raises
    ------
    UserErrorException
        ``name`` is empty, or an argument is no field of an environment.

    Examples
    --------
    >>> environment = Environment("iris")
    >>> environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["scikit-learn"])
    >>> print(environment)
    Environment(Name: iris,
    Version: None)
    """

    _fields = (
        "name",
        "version",
        "environment_variables",
        "python",
        "docker",
        "spark",
        "databricks",
        "r",
        "inferencing_stack_version",
        "asset_id",
    )

    def __init__(self, name: str, **kwargs: Any) -> None:
        if not isinstance(name, str) or not name.strip():
            raise UserErrorException(
                f"An environment's name is a string, not {name!r}.", hint="Environment('my-environment')"
            )
        bare = kwargs.pop("_skip_defaults", False)
        self.name: str = name
        self.version: str | None = None
        self._environment_variables: dict[str, str] = {} if bare else {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
        self.python: PythonSection = PythonSection()
        self.docker: DockerSection = DockerSection()
        self.spark: SparkSection = SparkSection()
        self.databricks: DatabricksSection = DatabricksSection()
        self.r: RSection | None = None
        self.inferencing_stack_version: str | None = None
        self.asset_id: str | None = None
        super().__init__()
        for key, value in kwargs.items():
            setattr(self, key, value)

    @property
    def environment_variables(self) -> dict[str, str]:
        """The variables that the script's process gets."""
        return self._environment_variables

    @environment_variables.setter
    def environment_variables(self, value: dict[str, str] | None) -> None:
        if value is not None and not isinstance(value, dict):
            raise UserErrorException("environment_variables takes a dict.", hint="{'MODE': 'test'}")
        self._environment_variables = dict(value or {})

    def __str__(self) -> str:
        return f"Environment(Name: {self.name},\nVersion: {self.version})"

    def __repr__(self) -> str:
        shown = self._to_json()
        login = shown["docker"]["baseImageRegistry"]
        if login and login.get("password"):
            login["password"] = "********"
        return json.dumps(shown, indent=4, sort_keys=True)

    def register(self, workspace: Workspace) -> Environment:
        """Keep the definition in the workspace and return the registered environment, a new object.

        The version is the one set on this object, else the next number; a definition equal to the latest
        one keeps that one's version.
        """
        return registry.register(workspace, self)

    @staticmethod
    def label(workspace: Workspace, name: str, version: str, labels: list[str]) -> None:
        """Let ``Environment.get(workspace, name, label=…)`` find this version by each of ``labels``."""
        registry.label(workspace, name, version, labels)

    def clone(self, new_name: str) -> Environment:
        """A copy under another name, not registered."""
        made = copy.deepcopy(self)
        made.name, made.version, made.asset_id = new_name, None, None
        return made

    @staticmethod
    def get(workspace: Workspace, name: str, version: str | None = None, label: str | None = None) -> Environment:
        """The registered environment of that name: its latest version, or the one asked for.

        Parameters
        ----------
        workspace : where it is registered.
        name : its name; names that begin with ``AzureML-`` give a curated environment.
        version, label : one version; by its number or a label.

        Raises
        ------
        UserErrorException
            There is none; the message offers the closest names.
        """
        return registry.get(workspace, name, version, label)

    @staticmethod
    def list(workspace: Workspace) -> dict[str, Environment]:
        """The latest version of every registered environment, and the curated ones, by name."""
        return registry.every(workspace)

    @staticmethod
    def from_conda_specification(name: str, file_path: str) -> Environment:
        """An environment with the packages of a conda specification file."""
        made = Environment(name)
        made.python.conda_dependencies = CondaDependencies(conda_dependencies_file_path=file_path)
        return made

    @staticmethod
    def from_pip_requirements(name: str, file_path: str, pip_version: str | None = None) -> Environment:
        """An environment with the packages of a requirements file.

        Parameters
        ----------
        name : name of the environment.
        file_path : a requirements.txt; ``-r other.txt`` lines are followed.
        pip_version : version of pip to write into the specification.
        """
        made = Environment(name)
        made.python.conda_dependencies = sources.from_requirements(file_path, pip_version)
        return made

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> Environment:
        """An environment with the packages of a conda environment on this machine."""
        made = Environment(name)
        made.python.conda_dependencies = sources.from_conda(conda_environment_name)
        return made

    @staticmethod
    def from_docker_image(
        name: str,
        image: str,
        container_registry: ContainerRegistry | None = None,
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> Environment:
        """An environment on top of a container image.

        Without ``conda_specification`` and ``pip_requirements`` the image's own Python is taken as it is.
        """
        made = sources.with_packages(Environment(name), conda_specification, pip_requirements)
        made.docker.base_image = image
        made.docker.base_image_registry = container_registry or ContainerRegistry()
        return made

    @staticmethod
    def from_dockerfile(
        name: str,
        dockerfile: str,
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> Environment:
        """An environment on top of the image that a Dockerfile (its path or its text) builds."""
        made = sources.with_packages(Environment(name), conda_specification, pip_requirements)
        made.docker._put("base_image", None)
        made.docker.base_dockerfile = dockerfile_text(dockerfile)
        return made

    @staticmethod
    def from_docker_build_context(name: str, docker_build_context: DockerBuildContext) -> Environment:
        """An environment on top of the image that a folder with a Dockerfile builds."""
        made = sources.with_packages(Environment(name), None, None)
        made.docker._put("base_image", None)
        made.docker.build_context = docker_build_context
        return made

    @staticmethod
    def add_private_pip_wheel(workspace: Workspace, file_path: str, exist_ok: bool = False) -> str:
        """Keep a wheel in the workspace and return the URL for ``CondaDependencies.add_pip_package``."""
        return sources.keep_wheel(workspace, file_path, exist_ok)

    def get_image_details(self, workspace: Workspace) -> DockerImageDetails:
        """What is known of the environment's image: whether it was built, its name, its Dockerfile; nothing is built.

        Where services run as processes there is no image; the Python is told, where it is there already.
        """
        return image_build.details(self, workspace)

    def build(self, workspace: Workspace, image_build_compute: str | None = None) -> ImageBuildDetails:
        """Begin to build what services with this environment need, so that none of them has to wait for it.

        That is its image where services run on Docker, and else its Python, for runs too. It goes on in the background,
        as long as this process lives; a deployment that comes meanwhile waits for it.

        Parameters
        ----------
        image_build_compute : a compute target of the workspace; the image is built on this machine in any case.

        Raises
        ------
        UserErrorException
            A line of the environment is no requirement.
        ComputeTargetException
            There is no such compute target.
        """
        if image_build_compute is not None:
            from aml_nb.core.compute.target import get

            get(workspace, image_build_compute)
        return image_build.build(self, workspace)

    def build_local(self, workspace: Workspace, platform: DockerImagePlatform | None = None, **kwargs: Any) -> str:
        """Build the environment on this machine, print what is said, and return when it is done.

        Parameters
        ----------
        platform : what the image is for; this machine when None.
        useDocker : build the image; otherwise the Python.
        pushImageToWorkspaceAcr : there is no registry to push to; the image stays in this machine's Docker.

        Returns
        -------
        str
            The image's name, or the path of the Python.

        Raises
        ------
        WebserviceException
            No Docker daemon answers, or the image cannot be built.
        UserErrorException
            A requirement cannot be met.
        """
        return image_build.build_local(self, workspace, platform, kwargs)

    def save_to_directory(self, path: str, overwrite: bool = False) -> None:
        """Write the definition into a folder: azureml_environment.json, conda_dependencies.yml, BaseDockerfile."""
        sources.save(self, path, overwrite)

    @staticmethod
    def load_from_directory(path: str) -> Environment:
        """Read a definition that `save_to_directory` wrote."""
        return sources.load(path)

    @classmethod
    def _from_json(cls, payload: dict[str, Any]) -> Environment:
        made = cls(payload["name"], _skip_defaults=True)
        made._fill(payload)
        return made

    def _fill(self, payload: dict[str, Any] | None) -> None:
        super()._fill(payload)
        for name, section in _SECTIONS.items():
            if getattr(self, name) is None:
                setattr(self, name, section())
        self._environment_variables = self._environment_variables or {}
        if isinstance(self.r, dict):
            section, self.r = self.r, RSection()
            self.r._fill(section)


class EnvironmentReference(ConfigElement):
    """The name, and perhaps the version, of a registered environment.

    Parameters
    ----------
    name : the environment's name.
    version : its version; the latest where it is left out.
    """

    _fields = ("name", "version")

    def __init__(self, name: str, version: str | None = None) -> None:
        self.name = name
        self.version = version
        super().__init__()

    def __repr__(self) -> str:
        return f"EnvironmentReference(Name: {self.name}, Version: {self.version})"

    def get_environment(self, workspace: Workspace) -> Environment:
        """The environment it stands for."""
        return Environment.get(workspace, self.name, self.version)

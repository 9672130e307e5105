"""How an image is to be made: v1's configurations, and what they refuse."""

from __future__ import annotations

import json
import os
import warnings
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.inference import checks
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.environment.container_registry import ContainerRegistry
    from aml_nb.core.inference import InferenceConfig
    from aml_nb.core.workspace import Workspace

_FILES = ("conda_file", "docker_file", "schema_file")


class ImageConfig(ABC):
    """Base of the configurations of images."""

    @abstractmethod
    def build_create_payload(self, workspace: Workspace, name: str, model_ids: list[str]) -> dict[str, Any]:
        """What v1 sends to have an image made."""

    @abstractmethod
    def validate_configuration(self) -> None:
        """Raise WebserviceException where the values cannot go together."""


class ContainerImageConfig(ImageConfig):
    """An image that answers requests; ``ContainerImage.image_configuration`` documents it."""

    def __init__(
        self,
        execution_script: str,
        runtime: str,
        conda_file: str | None = None,
        docker_file: str | None = None,
        schema_file: str | None = None,
        dependencies: list[str] | None = None,
        enable_gpu: bool | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: ContainerRegistry | None = None,
        allow_absolute_path: bool = False,
        cuda_version: str | None = None,
    ) -> None:
        self.execution_script = execution_script
        self.runtime = runtime
        self.conda_file = conda_file
        self.docker_file = docker_file
        self.schema_file = schema_file
        self.dependencies = dependencies
        self.enable_gpu = enable_gpu
        self.tags = tags
        self.properties = properties
        self.description = description
        self.base_image = base_image
        self.base_image_registry = base_image_registry
        self.allow_absolute_path = allow_absolute_path
        self.cuda_version = cuda_version
        self.validate_configuration()
        self.execution_script_path = os.path.dirname(os.path.realpath(self.execution_script))

    def validate_configuration(self) -> None:
        """Check the parameters and the files they name.

        Raises
        ------
        WebserviceException
            With what is wrong and what would be right.
        UserErrorException
            The script is no valid Python.
        """
        self._check_script()
        for name in _FILES:
            value = getattr(self, name)
            if value is not None:
                checks.file(name, Path(value), None)
        for name in ("tags", "properties"):
            if not isinstance(getattr(self, name), (dict, type(None))):
                raise WebserviceException(f"{name} must be a dictionary.", hint=f"{name}={{'area': 'taxi'}}")
        self._check_schema()
        self._beside()
        self._inference_config()

    def build_create_payload(self, workspace: Workspace, name: str, model_ids: list[str]) -> dict[str, Any]:
        """What v1 sends to have an image made: script, files, environment and models, as JSON types.

        Parameters
        ----------
        workspace : the workspace that holds the models.
        name : name of the image.
        model_ids : ids (``name:version``) of the models in it.
        """
        environment = self._environment()
        return {
            "name": name,
            "description": self.description,
            "kvTags": dict(self.tags or {}),
            "properties": dict(self.properties or {}),
            "imageFlavor": "WebApiContainer",
            "imageType": "Docker",
            "modelIds": list(model_ids),
            "driverProgram": os.path.basename(self.execution_script),
            "assets": [place for place, _ in self._beside()],
            "targetRuntime": self._runtime(),
            "environment": None if environment is None else environment._to_json(),
        }

    def create_local_debug_payload(self, workspace: Workspace, model_ids: list[str]) -> dict[str, Any]:
        """What v1 sends to have the same on one's own machine: as ``build_create_payload``, without a name.

        Parameters
        ----------
        workspace : the workspace that holds the models.
        model_ids : ids (``name:version``) of the models in it.
        """
        payload = self.build_create_payload(workspace, "", model_ids)
        return {key: value for key, value in payload.items() if key != "name"}

    @property
    def source_directory(self) -> None:
        """There is none: the script and what it needs lie side by side."""

    @property
    def entry_script(self) -> str:
        """The script under the name that ``InferenceConfig`` has for it."""
        return os.path.abspath(self.execution_script)

    def _environment(self) -> Environment | None:
        """The environment that the files and the base image describe; None where there is none of them."""
        described = (self.conda_file, self.docker_file, self.base_image, self.base_image_registry)
        return self._inference_config()._environment() if any(described) else None

    def _beside(self) -> tuple[tuple[str, str], ...]:
        """The place beside the script, and the path, of each dependency and of the schema."""
        if isinstance(self.dependencies, str):
            raise WebserviceException(
                "dependencies must be a list of files and folders.", hint=f"dependencies=[{self.dependencies!r}]"
            )
        pairs = [_dependency(os.fspath(path)) for path in self.dependencies or ()]
        if self.schema_file is not None:
            pairs.append((os.path.basename(self.schema_file), os.path.abspath(self.schema_file)))
        places = [os.path.basename(self.execution_script), *(place for place, _ in pairs)]
        twice = {place for place in places if places.count(place) > 1}
        if twice:
            raise WebserviceException(
                f"Error, {', '.join(sorted(twice))} would be twice beside the script.", hint="rename one of them"
            )
        return tuple(pairs)

    def _specification(self) -> dict[str, str]:
        """The user's files in which a line may keep the image from being built."""
        return {
            name: os.path.abspath(value) for name in ("conda_file", "docker_file") if (value := getattr(self, name))
        }

    def _check_script(self) -> None:
        if not self.execution_script or not isinstance(self.execution_script, (str, os.PathLike)):
            raise WebserviceException(
                "Error, need to specify an execution script.",
                hint="ContainerImage.image_configuration(execution_script='score.py', runtime='python')",
            )
        self.execution_script = os.fspath(self.execution_script)
        checks.file("execution_script", Path(self.execution_script), None)
        here = os.path.dirname(os.path.abspath(self.execution_script))
        if not self.allow_absolute_path and os.path.realpath(here) != os.path.realpath(os.getcwd()):
            raise WebserviceException(
                "Unable to use a driver file not in current directory. Please navigate to the location of the "
                f"driver file and try again: {self.execution_script} is not in {os.getcwd()}.",
                hint=f"%cd {here}, then execution_script={os.path.basename(self.execution_script)!r}",
            )
        if not isinstance(self.runtime, str) or not self.runtime:
            raise WebserviceException("Error, need to specify a runtime.", hint="runtime='python'")

    def _check_schema(self) -> None:
        if self.schema_file is None:
            return
        try:
            json.loads(Path(self.schema_file).read_bytes())
        except ValueError as error:
            raise WebserviceException(
                f"Error, the schema file {self.schema_file} is no JSON: {error}.", hint="leave schema_file out"
            ) from None

    def _inference_config(self) -> InferenceConfig:
        """The same in the words of ``InferenceConfig``, which checks them."""
        from aml_nb.core.inference import InferenceConfig

        def path(value: str | None) -> str | None:
            return None if value is None else os.path.abspath(value)

        with warnings.catch_warnings():
            # These are its older parameters, of which it warns; here they are the only ones there are.
            warnings.simplefilter("ignore", DeprecationWarning)
            return InferenceConfig(
                self.entry_script,
                runtime=self.runtime,
                conda_file=path(self.conda_file),
                extra_docker_file_steps=path(self.docker_file),
                enable_gpu=self.enable_gpu,
                description=self.description,
                base_image=self.base_image,
                base_image_registry=self.base_image_registry,
                cuda_version=self.cuda_version,
            )

    def _runtime(self) -> dict[str, Any]:
        from aml_nb.core.image.parts import TargetRuntime

        kind = "SparkPython" if self.runtime.lower() == "spark-py" else "Python"
        details = {"condaEnvFile": self.conda_file, "installCuda": bool(self.enable_gpu)}
        return TargetRuntime(details, kind, "Amd64").serialize()


def _dependency(path: str) -> tuple[str, str]:
    """A file lies beside the script by its name, a folder below the current one keeps its path."""
    whole = os.path.abspath(path)
    if not os.path.exists(whole):
        raise WebserviceException(
            f"Error resolving dependency: no such file or directory {path}.",
            hint=f"there is no {whole}; give paths relative to {os.getcwd()}",
        )
    relative = os.path.relpath(whole)
    nested = os.path.isdir(whole) and not relative.startswith(os.pardir) and relative != os.curdir
    return (Path(relative).as_posix() if nested else os.path.basename(whole)), whole

"""v1's InferenceConfig and ResourceConfiguration: what a service runs, and on how much machine."""

from __future__ import annotations

import ast
import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.inference import checks
from aml_nb.core.names import check_entry_script
from aml_nb.errors import Source, UserErrorException, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.environment.container_registry import ContainerRegistry
    from aml_nb.core.workspace import Workspace

__all__ = ["InferenceConfig", "ResourceConfiguration"]

log = logging.getLogger(__name__)

_LEGACY = (
    "runtime",
    "conda_file",
    "extra_docker_file_steps",
    "enable_gpu",
    "base_image",
    "base_image_registry",
    "cuda_version",
)


class InferenceConfig:
    """The entry script of a service and the environment it runs in; checked when it is made.

    Parameters
    ----------
    entry_script : the script with ``init()`` and ``run(data)``, relative to ``source_directory`` if that is given.
    runtime, conda_file, extra_docker_file_steps, enable_gpu, base_image, base_image_registry, cuda_version :
        v1's older way to describe the environment; deprecated. ``conda_file`` and ``extra_docker_file_steps``
        are relative to ``source_directory`` if that is given.
    source_directory : the folder that goes into the service as a whole.
    description : a description of the service's image.
    environment : the `Environment`; excludes the older parameters.

    Raises
    ------
    WebserviceException
        A file is missing, or parameters contradict one another.
    UserErrorException
        The script is no valid Python; the error shows the line.

    Examples
    --------
    >>> InferenceConfig(entry_script="score.py", environment=Environment("iris"))  # doctest: +SKIP
    """

    def __init__(
        self,
        entry_script: str,
        runtime: str | None = None,
        conda_file: str | None = None,
        extra_docker_file_steps: str | None = None,
        source_directory: str | None = None,
        enable_gpu: bool | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: ContainerRegistry | None = None,
        cuda_version: str | None = None,
        environment: Environment | None = None,
    ) -> None:
        self.entry_script = entry_script
        self.runtime = runtime
        self.conda_file = conda_file
        self.extra_docker_file_steps = extra_docker_file_steps
        self.source_directory = source_directory
        self.enable_gpu = enable_gpu
        self.cuda_version = cuda_version
        self.description = description
        self.base_image = base_image
        self.base_image_registry = base_image_registry
        self.environment = environment
        legacy = self._legacy()
        if legacy:
            warnings.warn(
                f"{', '.join(legacy)} of InferenceConfig: deprecated, describe the environment with environment=",
                DeprecationWarning,
                stacklevel=2,
            )
        self.validate_configuration()
        self.validation_script_content()

    def __repr__(self) -> str:
        names = ("entry_script", *_LEGACY[:3], "source_directory", *_LEGACY[3:], "description")
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        shown = None if self.environment is None else str(self.environment).replace("\n", " ")
        return f"InferenceConfig({fields}, environment={shown})"

    def validate_configuration(self) -> None:
        """Check the parameters and the files they name.

        Raises
        ------
        WebserviceException
            With what is wrong and what would be right.
        """
        if not self.entry_script or not isinstance(self.entry_script, str | os.PathLike):
            raise WebserviceException(
                "Error, need to specify an entry script.", hint="InferenceConfig(entry_script='score.py', ...)"
            )
        self.entry_script = os.fspath(self.entry_script)
        checks.parameters(self)
        if self.source_directory is not None:
            self.source_directory = checks.folder(os.fspath(self.source_directory))
            self.entry_script = checks.inside(self.entry_script, self.source_directory)
        check_entry_script(self.entry_script)
        for name in ("entry_script", "conda_file", "extra_docker_file_steps"):
            value = getattr(self, name)
            if value is not None:
                checks.file(name, self._path(value), self.source_directory)
        self._warn_without_defaults()

    def validation_script_content(self) -> None:
        """Check that the entry script is valid Python.

        Raises
        ------
        UserErrorException
            With the script's name and the line.
        """
        path = self._path(self.entry_script)
        try:
            ast.parse(path.read_bytes(), filename=str(path))
        except SyntaxError as error:
            line = error.lineno or 1
            raise UserErrorException(
                f"The entry script {self.entry_script} has a syntax error in line {line}: {error.msg}",
                hint=f"mend line {line} of {path}",
                source=Source.read(str(path), line),
                inner_exception=error,
            ) from None
        except ValueError as error:
            raise UserErrorException(f"The entry script {path} cannot be read: {error}") from None

    def build_create_payload(self, workspace: Workspace, name: str, model_ids: list[str]) -> dict[str, Any]:
        """What v1 sends to have an image made: the script, its environment and the models, as JSON types.

        Parameters
        ----------
        workspace : the workspace that holds the models.
        name : name of the image.
        model_ids : ids (``name:version``) of the models in it.
        """
        return {
            "name": name,
            "description": self.description,
            "imageFlavor": "WebApiContainer",
            "imageType": "Docker",
            "modelIds": list(model_ids),
            **self._request(),
        }

    def build_profile_payload(
        self,
        profile_name: str,
        input_data: str | None = None,
        workspace: Workspace | None = None,
        models: list[Any] | None = None,
        dataset_id: str | None = None,
        container_resource_requirements: ResourceConfiguration | None = None,
        description: str | None = None,
    ) -> dict[str, Any]:
        """What v1 sends to have a model profiled, as JSON types; one of ``input_data`` and ``dataset_id``."""
        if (input_data is None) == (dataset_id is None):
            raise WebserviceException("Profiling takes either input_data or an input dataset.")
        needs = container_resource_requirements
        return {
            "name": profile_name,
            "description": description,
            "inputData": input_data,
            "inputDatasetId": dataset_id,
            "modelIds": [model.id for model in models or []],
            "containerResourceRequirements": None if needs is None else needs.serialize(),
            **self._request(),
        }

    def _request(self) -> dict[str, Any]:
        environment = self._environment()
        return {
            "driverProgram": self.entry_script,
            "sourceDirectory": self.source_directory,
            "environment": None if environment is None else environment._to_json(),
        }

    def _legacy(self) -> list[str]:
        return [name for name in _LEGACY if getattr(self, name) is not None]

    def _path(self, name: str) -> Path:
        return Path(self.source_directory or os.getcwd(), name)

    def _warn_without_defaults(self) -> None:
        environment = self.environment
        packages = None if environment is None else environment.python.conda_dependencies
        if packages is None or environment is None or environment.python.user_managed_dependencies:
            return
        from aml_nb.core.environment.conda_yaml import package_name

        if "azureml-defaults" not in {package_name(item) for item in packages.pip_packages}:
            log.warning(
                "The environment %s does not list azureml-defaults, which a service in the cloud needs.",
                environment.name,
            )

    def _beside(self) -> tuple[tuple[str, str], ...]:
        """What goes beside the script; that is all in the source directory."""
        return ()

    def _environment(self) -> Environment | None:
        """The environment given, or the one that the older parameters describe; None: nothing was said."""
        if self.environment is not None or not (self._legacy()):
            return self.environment
        from aml_nb.core.environment import Environment

        made = Environment(Path(self.entry_script).stem)
        if self.conda_file is not None:
            made = Environment.from_conda_specification(made.name, str(self._path(self.conda_file)))
        if self.base_image is not None:
            made.docker.base_image = self.base_image
        if self.base_image_registry is not None:
            made.docker.base_image_registry = self.base_image_registry
        if self.extra_docker_file_steps is not None:
            steps = self._path(self.extra_docker_file_steps).read_text(encoding="utf-8")
            text = f"FROM {made.docker.base_image}\n{steps}"
            made.docker._put("base_image", None)
            made.docker.base_dockerfile = text
        return made


class ResourceConfiguration:
    """How much of a machine a model needs.

    Parameters
    ----------
    cpu : number of CPU cores, fractions allowed.
    memory_in_gb : memory in GB, fractions allowed.
    gpu : number of GPUs.

    Raises
    ------
    WebserviceException
        A number is not above zero (``gpu``: below zero).
    """

    def __init__(self, cpu: float | None = None, memory_in_gb: float | None = None, gpu: int | None = None) -> None:
        self.cpu = cpu
        self.memory_in_gb = memory_in_gb
        self.gpu = gpu
        self._validate()

    def _validate(self) -> None:
        wrong = [
            f"Invalid configuration, {name} must be {rule}, not {value!r}."
            for name, value, rule, good in (
                ("cpu", self.cpu, "a number greater than zero", checks.positive(self.cpu)),
                (
                    "memory_in_gb",
                    self.memory_in_gb,
                    "a number greater than zero",
                    checks.positive(self.memory_in_gb),
                ),
                ("gpu", self.gpu, "a whole number, zero or more", checks.count(self.gpu)),
            )
            if value is not None and not good
        ]
        if wrong:
            raise WebserviceException("\n".join(wrong), hint="ResourceConfiguration(cpu=1, memory_in_gb=0.5)")

    def serialize(self) -> dict[str, Any]:
        """The configuration as JSON types."""
        return {"cpu": self.cpu, "memoryInGB": self.memory_in_gb, "gpu": self.gpu}

    @staticmethod
    def deserialize(payload_obj: dict[str, Any] | None) -> ResourceConfiguration | None:
        """The configuration that `serialize` wrote; None for None."""
        if payload_obj is None:
            return None
        return ResourceConfiguration(
            cpu=payload_obj.get("cpu"), memory_in_gb=payload_obj.get("memoryInGB"), gpu=payload_obj.get("gpu")
        )

    def __repr__(self) -> str:
        return f"ResourceConfiguration(cpu={self.cpu}, memory_in_gb={self.memory_in_gb}, gpu={self.gpu})"

"""What an InferenceConfig refuses."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.inference import InferenceConfig

RUNTIMES = ("python", "spark-py", "python-slim")
CUDA_VERSIONS = ("9.0", "9.1", "10.0")
_WITH_ENVIRONMENT = (
    "runtime",
    "conda_file",
    "extra_docker_file_steps",
    "enable_gpu",
    "base_image",
    "base_image_registry",
    "cuda_version",
)


def parameters(config: InferenceConfig) -> None:
    """Raise where the parameters contradict one another or have values v1 does not know."""
    if config.environment is not None:
        _environment(config)
        return
    if config.runtime is not None and config.runtime.lower() not in RUNTIMES:
        raise WebserviceException(
            f"Provided runtime {config.runtime!r} is not supported: it is one of {', '.join(RUNTIMES[:2])}.",
            hint="runtime='python'",
        )
    if config.cuda_version is not None and config.cuda_version not in CUDA_VERSIONS:
        raise WebserviceException(
            f"Provided cuda_version {config.cuda_version!r} is not supported: {', '.join(CUDA_VERSIONS)} are."
        )
    if config.base_image is not None and (config.runtime or "python").lower() != "python":
        raise WebserviceException("base_image goes with the runtime 'python' only.", hint="runtime='python'")
    _registry(config)


def _environment(config: InferenceConfig) -> None:
    from aml_nb.core.environment import Environment

    environment = config.environment
    if not isinstance(environment, Environment):
        raise WebserviceException(
            f"environment takes an Environment object, not {type(environment).__name__}.",
            hint="Environment.get(ws, 'name')",
        )
    both = [name for name in _WITH_ENVIRONMENT if getattr(config, name) is not None]
    if both:
        raise WebserviceException(
            f"environment excludes {', '.join(both)}.",
            hint=f"leave out {', '.join(both)}, and describe the packages in the environment",
        )
    if environment.docker.base_image and environment.docker.base_dockerfile:
        raise WebserviceException(
            "The environment's docker section has both base_image and base_dockerfile: one of them must be None."
        )


def _registry(config: InferenceConfig) -> None:
    from aml_nb.core.environment.container_registry import ContainerRegistry

    registry = config.base_image_registry
    if registry is not None and not isinstance(registry, ContainerRegistry):
        raise WebserviceException("base_image_registry takes a ContainerRegistry.", hint="ContainerRegistry()")


def folder(path: str) -> str:
    """The real path of the source directory, which must be there."""
    real = os.path.realpath(path)
    if os.path.isdir(real):
        return real
    parent = Path(path).parent
    near = _near(Path(path).name, parent, folders=True)
    raise WebserviceException(
        f"Error, provided source_directory {path!r} is no folder (looked at {real}).",
        hint=near or f"os.makedirs({path!r}), and write the entry script there",
    )


def inside(entry_script: str, source_directory: str) -> str:
    """The entry script's path relative to the source directory, which must hold it."""
    path = os.path.normpath(os.path.join(source_directory, entry_script))
    path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    relative = os.path.relpath(path, source_directory)
    if relative.split(os.sep)[0] == os.pardir:
        raise WebserviceException(
            f"Error, the entry script {entry_script!r} lies outside the source_directory {source_directory}.",
            hint="give entry_script relative to source_directory, and keep it in that folder",
        )
    return relative if os.path.isabs(entry_script) else os.path.normpath(entry_script)


def file(parameter: str, path: Path, source_directory: str | None) -> None:
    """Raise where the file that a parameter names is not there."""
    if path.is_file():
        return
    hint = _near(path.name, path.parent)
    if source_directory is not None and Path(path.name).is_file():
        hint = f"{path.name} is in the current folder, but {parameter} is relative to source_directory: move it"
    elif hint is None and parameter == "entry_script":
        hint = f"%%score_script {path.name}"
    what = parameter.replace("_", " ")
    raise WebserviceException(f"Error, provided {what} path {str(path)!r} cannot be found.", hint=hint)


def _near(name: str, parent: Path, folders: bool = False) -> str | None:
    if not parent.is_dir():
        return None
    names = [p.name for p in parent.iterdir() if p.is_dir() == folders]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(near)}?" if near else None


def positive(value: object) -> bool:
    """Whether the value is a number above zero."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def count(value: object) -> bool:
    """Whether the value is a whole number that is not negative."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

"""From an estimator's arguments to a run configuration."""

from __future__ import annotations

import os
from typing import Any

from aml_nb.core.environment import CondaDependencies, Environment
from aml_nb.core.environment.sections import DEFAULT_GPU_IMAGE
from aml_nb.core.environment.sources import requirement_lines
from aml_nb.core.estimators.distributed import from_backend
from aml_nb.core.runs.run_configuration import RunConfiguration
from aml_nb.core.runs.run_configuration.parts import positive
from aml_nb.errors import TrainingException


class MMLBaseEstimatorRunConfig(RunConfiguration):
    """A run configuration made of what an estimator is told.

    Parameters
    ----------
    compute_target, vm_size, vm_priority : where it runs.
    entry_script, script_params : the script and its arguments; a value of ``''`` makes a flag.
    node_count, process_count_per_node, distributed_backend : its processes.
    use_gpu, use_docker, custom_docker_base_image, custom_docker_image, image_registry_details, shm_size : the image.
    user_managed, conda_packages, pip_packages, environment_definition : the environment.
    inputs : data references and datasets that the script uses.
    source_directory_data_store : the datastore for the script's folder; noted.

    Raises
    ------
    TrainingException
        The arguments cannot go together.
    """

    def __init__(
        self,
        compute_target: Any,
        vm_size: str | None = None,
        vm_priority: str | None = None,
        entry_script: str | None = None,
        script_params: dict[str, Any] | None = None,
        node_count: int | None = None,
        process_count_per_node: int | None = None,
        distributed_backend: Any = None,
        use_gpu: bool | None = None,
        use_docker: bool | None = None,
        custom_docker_base_image: str | None = None,
        custom_docker_image: str | None = None,
        image_registry_details: Any = None,
        user_managed: bool = False,
        conda_packages: list[str] | None = None,
        pip_packages: list[str] | None = None,
        environment_definition: Environment | None = None,
        inputs: list[Any] | None = None,
        source_directory_data_store: Any = None,
        shm_size: str | None = None,
    ) -> None:
        super().__init__(script=entry_script, arguments=arguments_of(script_params))
        _place(self, compute_target, vm_size, vm_priority)
        _distribute(self, node_count or 1, process_count_per_node or 1, distributed_backend)
        _take_inputs(self, inputs, script_params)
        if source_directory_data_store is not None:
            self.source_directory_data_store = getattr(
                source_directory_data_store, "name", str(source_directory_data_store)
            )
        if environment_definition is not None:
            self.environment = environment_definition
            return
        python, docker = self.environment.python, self.environment.docker
        python.user_managed_dependencies = bool(user_managed)
        python.conda_dependencies = packages(conda_packages, pip_packages)
        docker._put("enabled", bool(use_docker))
        image = custom_docker_image or custom_docker_base_image or (DEFAULT_GPU_IMAGE if use_gpu else None)
        if image is not None:
            docker._put("base_image", image)
        if image_registry_details is not None:
            docker.base_image_registry = image_registry_details
        if shm_size is not None:
            docker._put("shm_size", shm_size)


def arguments_of(script_params: dict[str, Any] | None) -> list[Any]:
    """``{'--rate': 0.1, '--fast': ''}`` as ``['--rate', 0.1, '--fast']``.

    Raises
    ------
    TrainingException
        It is no dictionary.
    """
    if script_params is None:
        return []
    if not isinstance(script_params, dict):
        raise TrainingException(
            f"script_params takes a dictionary, not {type(script_params).__name__}.",
            hint="script_params={'--rate': 0.1, '--fast': ''}",
        )
    words: list[Any] = []
    for name, value in script_params.items():
        words.append(str(name))
        if value is not None and not (isinstance(value, str) and value == ""):
            words.append(value)
    return words


def packages(
    conda_packages: list[str] | None, pip_packages: list[str] | None, start: CondaDependencies | None = None
) -> CondaDependencies:
    """A conda specification with more packages in it."""
    found = start or CondaDependencies()
    for each in conda_packages or ():
        found.add_conda_package(each)
    for each in pip_packages or ():
        found.add_pip_package(each)
    return found


def from_files(
    source_directory: str, conda_file: str | None, requirements_file: str | None
) -> tuple[CondaDependencies | None, list[str]]:
    """What the files name: a specification to start from, and pip requirements.

    Raises
    ------
    TrainingException
        A file is not there; it is looked for in the source directory, too.
    """
    start = None
    if conda_file is not None:
        start = CondaDependencies(conda_dependencies_file_path=_file(source_directory, conda_file))
    lines: list[str] = []
    if requirements_file is not None:
        lines = list(requirement_lines(_file(source_directory, requirements_file)))
    return start, lines


def _file(source_directory: str, path: str) -> str:
    for place in (os.path.join(source_directory, path), path):
        if os.path.isfile(place):
            return place
    raise TrainingException(
        f"There is no file {path} in {os.path.abspath(source_directory)}.",
        hint="paths are relative to source_directory",
    )


def _place(config: RunConfiguration, compute_target: Any, vm_size: str | None, vm_priority: str | None) -> None:
    if compute_target is None and vm_size is None:
        raise TrainingException(
            "Either compute target or VM size should be specified.", hint="compute_target='local', or your cluster"
        )
    config.target = "amlcompute" if compute_target is None else compute_target
    config.amlcompute.vm_size = vm_size
    config.amlcompute.vm_priority = vm_priority


def _distribute(config: RunConfiguration, nodes: int, per_node: int, backend: Any) -> None:
    config.node_count = positive(nodes, "node_count")
    positive(per_node, "process_count_per_node")
    training = backend if hasattr(backend, "_apply") else from_backend(backend, None, per_node)
    if training is not None:
        training._apply(config)
    elif nodes > 1 or per_node > 1:
        raise TrainingException(
            "Several nodes or processes need a way to find one another.",
            hint="distributed_training=Mpi(process_count_per_node=2)",
        )


def _take_inputs(config: RunConfiguration, inputs: list[Any] | None, script_params: dict[str, Any] | None) -> None:
    """Data references and datasets by their names; those among the arguments are known from there."""
    known = {_name(value) for value in (script_params or {}).values()}
    for value in inputs or ():
        name = _name(value)
        if name is None or not (hasattr(value, "to_config") or hasattr(value, "dataset")):
            raise TrainingException(
                f"inputs takes data references and datasets by name, not {type(value).__name__}.",
                hint="inputs=[dataset.as_named_input('training')]",
            )
        if name not in known:
            (config.data if hasattr(value, "dataset") else config.data_references)[name] = value


def _name(value: Any) -> str | None:
    for attribute in ("data_reference_name", "name"):
        found = getattr(value, attribute, None)
        if isinstance(found, str) and found:
            return found
    return None

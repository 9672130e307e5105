"""From an estimator's arguments to the estimator."""

from __future__ import annotations

import logging
from typing import Any

from aml_nb.core.estimators.base import MMLBaseEstimator, chosen, say_deprecated
from aml_nb.core.estimators.distributed import from_backend
from aml_nb.core.estimators.run_config import MMLBaseEstimatorRunConfig, from_files, packages
from aml_nb.core.runs.spec import MAX_SECONDS
from aml_nb.errors import TrainingException

log = logging.getLogger(__name__)

_OF_ENVIRONMENT = (
    "conda_packages",
    "pip_packages",
    "conda_dependencies_file",
    "pip_requirements_file",
    "custom_docker_image",
    "image_registry_details",
    "user_managed",
    "use_gpu",
    "shm_size",
)


def build(estimator: MMLBaseEstimator, given: dict[str, Any], requirements: list[str] | None = None) -> None:
    """Make an estimator out of its constructor's arguments.

    Parameters
    ----------
    given : the arguments by name.
    requirements : pip requirements of the estimator's own.

    Raises
    ------
    TrainingException
        The arguments cannot go together.
    """
    say_deprecated(type(estimator).__name__)
    folder = given["source_directory"]
    image, conda_file, pip_file = _renamed(given)
    conda_file = _exclusive(given, image, conda_file, pip_file)
    start, lines = from_files(folder, conda_file, pip_file)
    training = from_backend(
        given.get("distributed_backend"),
        given.get("distributed_training"),
        given.get("process_count_per_node") or 1,
        given.get("worker_count") or 1,
        given.get("parameter_server_count") or 1,
    )
    if training is not None:
        training.validate(_kind(estimator))
    if given["entry_script"] is None:
        raise TrainingException("An estimator needs an entry_script.", hint="entry_script='train.py'")
    config = _configuration(given, image, training)
    if given["environment_definition"] is None:
        wanted = [*(requirements or []), *lines, *(given["pip_packages"] or [])]
        config.environment.python.conda_dependencies = packages(given["conda_packages"], wanted, start)
        config.environment.environment_variables = given["environment_variables"]
    elif given["environment_variables"]:
        config.environment_variables = given["environment_variables"]
    config.max_run_duration_seconds = given["max_run_duration_seconds"] or MAX_SECONDS
    MMLBaseEstimator.__init__(estimator, folder, compute_target=given["compute_target"], estimator_config=config)
    estimator._resume_from = given["resume_from"]


def _configuration(given: dict[str, Any], image: Any, training: Any) -> MMLBaseEstimatorRunConfig:
    return MMLBaseEstimatorRunConfig(
        given["compute_target"],
        vm_size=given["vm_size"],
        vm_priority=given["vm_priority"],
        entry_script=given["entry_script"],
        script_params=given["script_params"],
        node_count=given.get("node_count"),
        process_count_per_node=given.get("process_count_per_node"),
        distributed_backend=training,
        use_gpu=given.get("use_gpu"),
        use_docker=given["use_docker"],
        custom_docker_image=image,
        image_registry_details=given["image_registry_details"],
        user_managed=given["user_managed"],
        environment_definition=given["environment_definition"],
        inputs=given["inputs"],
        source_directory_data_store=given.get("source_directory_data_store"),
        shm_size=given["shm_size"],
    )


def _renamed(given: dict[str, Any]) -> tuple[Any, Any, Any]:
    image = chosen(
        given["custom_docker_image"],
        given.get("custom_docker_base_image"),
        "custom_docker_image",
        "custom_docker_base_image",
    )
    conda_file = chosen(
        given["conda_dependencies_file"],
        given["conda_dependencies_file_path"],
        "conda_dependencies_file",
        "conda_dependencies_file_path",
    )
    pip_file = chosen(
        given["pip_requirements_file"],
        given["pip_requirements_file_path"],
        "pip_requirements_file",
        "pip_requirements_file_path",
    )
    return image, conda_file, pip_file


def _exclusive(given: dict[str, Any], image: Any, conda_file: Any, pip_file: Any) -> Any:
    """An environment that is given whole is not added to; returns the conda file that counts."""
    if given["environment_definition"] is None:
        return conda_file
    named = {
        **{name: given.get(name) for name in _OF_ENVIRONMENT},
        "custom_docker_image": image,
        "conda_dependencies_file": conda_file,
        "pip_requirements_file": pip_file,
    }
    ignored = [name for name in _OF_ENVIRONMENT if named[name]]
    if ignored:
        log.warning("environment_definition was given: %s not used.", ", ".join(ignored))
    return None


def _kind(estimator: Any) -> str:
    for cls in type(estimator).__mro__:
        if cls.__name__ in ("Estimator", "PyTorch", "TensorFlow", "Chainer", "SKLearn"):
            return str(cls.__name__)
    return "Estimator"

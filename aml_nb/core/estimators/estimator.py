"""v1's Estimator: a script to train with, whatever library it uses."""

from __future__ import annotations

from typing import Any

from aml_nb.core.estimators.base import MMLBaseEstimator
from aml_nb.core.estimators.building import build


class Estimator(MMLBaseEstimator):
    """A script, its arguments, its packages and where it trains.

    Parameters
    ----------
    source_directory : the folder with the script.
    compute_target, vm_size, vm_priority : where it runs.
    entry_script : the script, relative to ``source_directory``.
    script_params : its arguments; a value of ``''`` makes a flag.
    node_count, process_count_per_node, distributed_backend, distributed_training : its processes.
    use_gpu, use_docker, custom_docker_base_image, custom_docker_image, image_registry_details, shm_size : the image;
        noted, for the script runs in a process of this machine.
    user_managed : take the interpreter as it is.
    conda_packages, pip_packages, conda_dependencies_file_path, pip_requirements_file_path, conda_dependencies_file,
        pip_requirements_file : what the environment has.
    environment_variables : variables of the script.
    environment_definition : an `Environment` in place of all these.
    inputs : datasets and data references that the script uses.
    source_directory_data_store : noted.
    resume_from : a run or a `DataPath` to go on from.
    max_run_duration_seconds : after so long the run is ended.
    _disable_validation, _show_lint_warnings, _show_package_warnings : not used.

    Raises
    ------
    TrainingException
        The arguments cannot go together.
    """

    def __init__(
        self,
        source_directory: str,
        *,
        compute_target: Any = None,
        vm_size: str | None = None,
        vm_priority: str | None = None,
        entry_script: str | None = None,
        script_params: dict[str, Any] | None = None,
        node_count: int = 1,
        process_count_per_node: int = 1,
        distributed_backend: Any = None,
        distributed_training: Any = None,
        use_gpu: bool = False,
        use_docker: bool = True,
        custom_docker_base_image: str | None = None,
        custom_docker_image: str | None = None,
        image_registry_details: Any = None,
        user_managed: bool = False,
        conda_packages: list[str] | None = None,
        pip_packages: list[str] | None = None,
        conda_dependencies_file_path: str | None = None,
        pip_requirements_file_path: str | None = None,
        conda_dependencies_file: str | None = None,
        pip_requirements_file: str | None = None,
        environment_variables: dict[str, str] | None = None,
        environment_definition: Any = None,
        inputs: list[Any] | None = None,
        source_directory_data_store: Any = None,
        shm_size: str | None = None,
        resume_from: Any = None,
        max_run_duration_seconds: int | None = None,
        _disable_validation: bool = True,
        _show_lint_warnings: bool = False,
        _show_package_warnings: bool = False,
    ) -> None:
        build(self, dict(locals()))

"""Estimators that know their library."""

from __future__ import annotations

from typing import Any, ClassVar

from aml_nb.core.estimators.base import MMLBaseEstimator
from aml_nb.core.estimators.building import build


class FrameworkEstimator(MMLBaseEstimator):
    """An estimator whose environment has a library besides what it is told.

    Parameters
    ----------
    framework_name, framework_version : the library and its version; without a version, whichever is here.

    The other parameters are those of `Estimator`.

    Raises
    ------
    TrainingException
        The arguments cannot go together.
    """

    FRAMEWORK_NAME: ClassVar[str | None] = None
    DEFAULT_VERSION: ClassVar[str | None] = None
    _package: ClassVar[str | None] = None
    _versions: ClassVar[tuple[str, ...]] = ()

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
        framework_name: str | None = None,
        framework_version: str | None = None,
        _enable_optimized_mode: bool = False,
        _disable_validation: bool = False,
        _show_lint_warnings: bool = False,
        _show_package_warnings: bool = False,
    ) -> None:
        self._make(dict(locals()))

    @property
    def framework_version(self) -> str | None:
        """The library's version: the one that was asked for, else v1's default."""
        return self._framework_version

    @classmethod
    def get_supported_versions(cls) -> list[str]:
        """The versions that v1 has had images for; here it is whatever can be installed."""
        return list(cls._versions)

    def _make(self, given: dict[str, Any]) -> None:
        asked = given.get("framework_version")
        self._framework_version: str | None = asked or self.DEFAULT_VERSION
        # v1's defaults are of 2019 and cannot be installed any more: without a version, whichever is here will do.
        wanted = [] if self._package is None else [self._package if asked is None else f"{self._package}=={asked}"]
        build(self, given, wanted)

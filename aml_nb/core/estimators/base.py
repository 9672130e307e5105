"""What all estimators share."""

from __future__ import annotations

import logging
import os
from abc import ABC
from typing import TYPE_CHECKING, Any

from aml_nb.core import deprecation
from aml_nb.core.runs.run_configuration import RunConfiguration
from aml_nb.errors import TrainingException

if TYPE_CHECKING:
    from aml_nb.core.environment import CondaDependencies
    from aml_nb.core.runs.script_run import ScriptRun
    from aml_nb.core.runs.script_run_config import ScriptRunConfig

log = logging.getLogger(__name__)


class MMLBaseEstimator(ABC):
    """A folder and a run configuration.

    Parameters
    ----------
    source_directory : the folder with the script.
    compute_target : where it runs.
    estimator_config : its run configuration.
    """

    _estimator_config: RunConfiguration

    def __init__(self, source_directory: str, *, compute_target: Any, estimator_config: Any = None) -> None:
        self._source_directory = os.fspath(source_directory or ".")
        self._compute_target = compute_target
        self._estimator_config = estimator_config if estimator_config is not None else RunConfiguration()
        if compute_target is not None:
            self._estimator_config.target = compute_target
        self._resume_from: Any = None

    @property
    def run_config(self) -> RunConfiguration:
        """The run configuration."""
        return self._estimator_config

    @property
    def source_directory(self) -> str:
        """The folder with the script."""
        return self._source_directory

    @property
    def conda_dependencies(self) -> CondaDependencies | None:
        """The packages of the environment."""
        return self._estimator_config.environment.python.conda_dependencies

    def _script_run_config(self) -> ScriptRunConfig:
        """The same as a script to run."""
        from aml_nb.core.runs.script_run_config import ScriptRunConfig

        return ScriptRunConfig(self._source_directory, run_config=self._estimator_config, resume_from=self._resume_from)

    def _submit(self, experiment: Any, tags: dict[str, str] | None = None, **kwargs: Any) -> ScriptRun:
        """Submit it in an experiment; what `Experiment.submit` calls."""
        return self._script_run_config()._submit(experiment, tags=tags, **kwargs)


def say_deprecated(name: str) -> None:
    """v1's warning, which its switch turns off."""
    if deprecation.wanted():
        log.warning("'%s' is deprecated: use ScriptRunConfig with an environment of your own.", name)


def chosen(new: Any, old: Any, new_name: str, old_name: str) -> Any:
    """A parameter that had another name before.

    Raises
    ------
    TrainingException
        Both names are used.
    """
    if new is not None and old is not None:
        raise TrainingException(f"{new_name} and {old_name} are the same; give one.", hint=f"{new_name}=...")
    return old if new is None else new

"""v1's HyperDriveConfig: what is searched, how, for how long, and which script each child runs."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

from aml_nb.core.hyperdrive.exceptions import HyperDriveScenarioNotSupportedException
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.policy import EarlyTerminationPolicy, NoTerminationPolicy
from aml_nb.core.hyperdrive.refusals import check_count, check_type, expects
from aml_nb.core.hyperdrive.sampling import BayesianParameterSampling, HyperParameterSampling

if TYPE_CHECKING:
    from aml_nb.core.hyperdrive.run import HyperDriveRun
    from aml_nb.core.runs.script_run_config import ScriptRunConfig

__all__ = [
    "HYPERDRIVE_URL_SUFFIX",
    "MAX_DURATION_MINUTES",
    "MAX_PARENT_RUNS",
    "RECOMMENDED_MAX_CONCURRENT_RUNS_BAYESIAN",
    "RECOMMENDED_MIN_RUNS_PER_PARAMETER_BAYESIAN",
    "RESUME_FROM_TOTAL_RUNS",
    "HyperDriveConfig",
    "HyperDriveRunConfig",
    "PrimaryMetricGoal",
    "scrubbed_data",
]
HYPERDRIVE_URL_SUFFIX = "/hyperdrive/v1.0"
MAX_DURATION_MINUTES = 10080
MAX_PARENT_RUNS = 5
MAX_TOTAL_RUNS = 1000
RECOMMENDED_MAX_CONCURRENT_RUNS_BAYESIAN = 20
RECOMMENDED_MIN_RUNS_PER_PARAMETER_BAYESIAN = 20
RESUME_FROM_TOTAL_RUNS = 1000
scrubbed_data = "[Scrubbed]"

log = logging.getLogger(__name__)


class HyperDriveConfig:
    """A search for hyperparameters, to be submitted to an experiment.

    Parameters
    ----------
    hyperparameter_sampling : the space and how it is sampled.
    primary_metric_name : the metric that the script logs and that runs are judged by, letter for letter.
    primary_metric_goal : ``PrimaryMetricGoal.MAXIMIZE`` or ``MINIMIZE``.
    max_total_runs : at most so many runs, 1000 or fewer; fewer where the space has fewer combinations.
    max_concurrent_runs : so many at the same time; None for all, as far as the compute target has room for them.
    max_duration_minutes : after so long the runs that are still going are cancelled.
    policy : which runs are cancelled early; none unless it is given.
    estimator, run_config, pipeline : what a run is: one of an `Estimator`, a `ScriptRunConfig` and a pipeline.
    resume_from : an earlier search, or a list of them, whose results are taken into account.
    resume_child_runs : runs of earlier searches that go on as the first runs of this one.
    debug_flag : not used.
    custom_run_id : the run's id; one is made unless it is given.

    Raises
    ------
    HyperDriveConfigException : a setting is wrong, or settings contradict each other.
    HyperDriveScenarioNotSupportedException : a pipeline.
    """

    def __init__(
        self,
        hyperparameter_sampling: HyperParameterSampling,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal,
        max_total_runs: int,
        max_concurrent_runs: int | None = None,
        max_duration_minutes: int = MAX_DURATION_MINUTES,
        policy: EarlyTerminationPolicy | None = None,
        estimator: Any = None,
        run_config: ScriptRunConfig | None = None,
        resume_from: Any = None,
        resume_child_runs: Any = None,
        pipeline: Any = None,
        debug_flag: Any = None,
        custom_run_id: str | None = None,
    ) -> None:
        check_type("hyperparameter_sampling", hyperparameter_sampling, HyperParameterSampling)
        check_type("primary_metric_name", primary_metric_name, str)
        if not primary_metric_name.strip():
            expects("primary_metric_name", "the name of a metric that the script logs", hint='"Accuracy"')
        check_count("max_total_runs", max_total_runs, 1, MAX_TOTAL_RUNS)
        if max_concurrent_runs is not None:
            check_count("max_concurrent_runs", max_concurrent_runs, 1)
        check_count("max_duration_minutes", max_duration_minutes, 1, MAX_DURATION_MINUTES)
        check_type("policy", policy, (EarlyTerminationPolicy, type(None)), "EarlyTerminationPolicy")
        self._sampling = hyperparameter_sampling
        self._metric = primary_metric_name
        self._goal = _goal(primary_metric_goal)
        self._max_total_runs = int(max_total_runs)
        self._max_concurrent_runs = min(int(max_concurrent_runs or max_total_runs), self._max_total_runs)
        self._max_duration_minutes = max_duration_minutes
        self._policy = policy or NoTerminationPolicy()
        self._estimator, self._run_config, self._pipeline = estimator, run_config, pipeline
        self._resume_from = _listed(resume_from)
        self._resume_child_runs = _listed(resume_child_runs)
        self._debug_flag = debug_flag
        self._custom_run_id = custom_run_id
        _check_what_runs(estimator, run_config, pipeline)
        if isinstance(hyperparameter_sampling, BayesianParameterSampling):
            self._check_bayesian()

    @property
    def estimator(self) -> Any:
        """The estimator that was given, or None."""
        return self._estimator

    @property
    def run_config(self) -> Any:
        """The configuration of the script that runs, an estimator's too."""
        return self._run_config if self._run_config is not None else getattr(self._estimator, "run_config", None)

    @property
    def pipeline(self) -> Any:
        """The pipeline that was given, or None."""
        return self._pipeline

    @property
    def source_directory(self) -> Any:
        """The folder of the script that runs."""
        what = self._run_config if self._run_config is not None else self._estimator
        return getattr(what, "source_directory", None)

    @property
    def _generator_config(self) -> dict[str, Any]:
        return self._sampling.to_json()

    @property
    def _policy_config(self) -> dict[str, Any]:
        return self._policy.to_json()

    @property
    def _primary_metric_config(self) -> dict[str, str]:
        return {"name": self._metric, "goal": self._goal.value.lower()}

    def __repr__(self) -> str:
        return (
            f"HyperDriveConfig({self._sampling!r}, {self._metric!r}, {self._goal.value}, "
            f"max_total_runs={self._max_total_runs}, max_concurrent_runs={self._max_concurrent_runs}, "
            f"policy={self._policy!r})"
        )

    def _submit(self, experiment: Any, tags: dict[str, str] | None = None, **kwargs: Any) -> HyperDriveRun:
        """Submit the search in an experiment; what `Experiment.submit` calls."""
        from aml_nb.core.hyperdrive.submitting import submit

        return submit(experiment, self, tags, **kwargs)

    def _check_bayesian(self) -> None:
        """What Bayesian sampling cannot go with, and what it works better with."""
        if not isinstance(self._policy, NoTerminationPolicy):
            expects(
                "BayesianParameterSampling",
                f"no early termination: a run that {type(self._policy).__name__} cancels teaches it little",
                hint="leave policy out, or policy=NoTerminationPolicy()",
            )
        count = len(self._generator_config["parameter_space"])
        if self._max_total_runs < (wanted := RECOMMENDED_MIN_RUNS_PER_PARAMETER_BAYESIAN * count):
            log.warning(
                "Bayesian sampling learns from run to run: %d hyperparameters want %d runs or more, and "
                "max_total_runs is %d.",
                count, wanted, self._max_total_runs,
            )  # fmt: skip
        if self._max_concurrent_runs > RECOMMENDED_MAX_CONCURRENT_RUNS_BAYESIAN:
            log.warning(
                "Bayesian sampling learns from run to run: max_concurrent_runs of %d or fewer suits it better.",
                RECOMMENDED_MAX_CONCURRENT_RUNS_BAYESIAN,
            )


class HyperDriveRunConfig(HyperDriveConfig):
    """The older name: a `HyperDriveConfig` of an estimator.

    Parameters
    ----------
    estimator : what a run is.
    hyperparameter_sampling, primary_metric_name, primary_metric_goal, max_total_runs, max_concurrent_runs,
    max_duration_minutes, policy : as in `HyperDriveConfig`, which the result is.
    """

    def __new__(  # type: ignore[misc]
        cls,
        estimator: Any,
        hyperparameter_sampling: HyperParameterSampling,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal,
        max_total_runs: int,
        max_concurrent_runs: int | None = None,
        max_duration_minutes: int = MAX_DURATION_MINUTES,
        policy: EarlyTerminationPolicy | None = None,
    ) -> HyperDriveConfig:
        warnings.warn("HyperDriveRunConfig is deprecated: use HyperDriveConfig.", DeprecationWarning, stacklevel=2)
        return HyperDriveConfig(
            hyperparameter_sampling,
            primary_metric_name,
            primary_metric_goal,
            max_total_runs,
            max_concurrent_runs,
            max_duration_minutes,
            policy,
            estimator=estimator,
        )


def _goal(goal: Any) -> PrimaryMetricGoal:
    if isinstance(goal, str):
        return PrimaryMetricGoal.from_str(goal)
    check_type("primary_metric_goal", goal, PrimaryMetricGoal)
    assert isinstance(goal, PrimaryMetricGoal)
    return goal


def _listed(runs: Any) -> list[Any]:
    if runs is None:
        return []
    return list(runs) if isinstance(runs, (list, tuple)) else [runs]


def _check_what_runs(estimator: Any, run_config: Any, pipeline: Any) -> None:
    """Raise unless exactly one of the three is given, and of a type that can be carried."""
    given = [what for what in (estimator, run_config, pipeline) if what is not None]
    if len(given) != 1:
        expects(
            "HyperDriveConfig",
            "one of run_config, estimator and pipeline" + (f", got {len(given)}" if given else ""),
            hint="run_config=ScriptRunConfig(source_directory='./train', script='train.py')",
        )
    if pipeline is not None:
        raise HyperDriveScenarioNotSupportedException(
            "A HyperDrive run of a pipeline is not available here: each run is a script.",
            hint="put the steps' work in one script: run_config=ScriptRunConfig(source_directory, script)",
        )
    if run_config is not None:
        from aml_nb.core.runs.script_run_config import ScriptRunConfig

        check_type("run_config", run_config, ScriptRunConfig)
    else:
        from aml_nb.core.estimators import MMLBaseEstimator

        check_type("estimator", estimator, MMLBaseEstimator, "Estimator")

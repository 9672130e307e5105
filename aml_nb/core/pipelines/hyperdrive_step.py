"""HyperDriveStep: a search for hyperparameters as a step; HyperDriveStepRun: its run, as the search that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.compute.places import place
from aml_nb.core.hyperdrive.run import HyperDriveRun
from aml_nb.core.pipelines import training
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.step import PipelineStep

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext


class HyperDriveStep(PipelineStep):
    """A search for hyperparameters as a step of a pipeline.

    Parameters
    ----------
    name : of the step.
    hyperdrive_config : a `HyperDriveConfig`.
    estimator_entry_script_arguments : of the script, besides the hyperparameters; those of the configuration when
        left out.
    inputs, outputs : what the script reads and writes. PipelineData with a `TrainingOutput` gets a part of the search:
        its metrics, or the model of the best run.
    metrics_output : PipelineData for the metrics of all runs, as JSON.
    allow_reuse : take the outputs of an earlier search where nothing has changed.
    version : a new one makes the step run again.

    Raises
    ------
    PipelineError : the configuration is missing, or outputs have one name.
    PipelineTypeError : something is of another type.
    """

    _kind = "hyperdrive"

    def __init__(
        self,
        name: str,
        hyperdrive_config: Any,
        estimator_entry_script_arguments: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        metrics_output: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        from aml_nb.core.hyperdrive import arguments
        from aml_nb.core.hyperdrive.config import HyperDriveConfig

        if hyperdrive_config is None:
            raise PipelineError("A HyperDriveStep needs a hyperdrive_config.", hint="HyperDriveConfig(…)")
        if not isinstance(hyperdrive_config, HyperDriveConfig):
            raise PipelineTypeError(
                f"hyperdrive_config is a HyperDriveConfig, not {hyperdrive_config!r}.", hint="HyperDriveConfig(…)"
            )
        script = hyperdrive_config._run_config
        if script is None:
            script = hyperdrive_config._estimator._script_run_config()
        given = estimator_entry_script_arguments
        words = (script.run_config.command or script.arguments) if given is None else given
        words = [words] if isinstance(words, str) else list(words or ())
        space = hyperdrive_config._generator_config["parameter_space"]
        more = [] if metrics_output is None else [training.as_metrics(metrics_output)]
        super().__init__(name, inputs, [*(outputs or ()), *more], arguments.without(words, space)[0])
        self._hyperdrive_config, self._script = hyperdrive_config, script
        self._allow_reuse = bool(allow_reuse)
        self._version = version
        self._target = str(script.run_config.target)

    def _settings(self, context: NodeContext) -> dict[str, Any]:
        from aml_nb.core.hyperdrive import plan, warm_start

        config, script = self._hyperdrive_config, self._script
        command = bool(script.run_config.command)
        folder = self.get_source_directory(context, script.source_directory, None if command else script.script)
        if context.keep:
            place(context.workspace, str(self._target), 1)
            warm_start.check(config)
        written = script.run_config._copy()
        written.script, written.command, written.arguments = None if command else script.script, None, []
        told = plan.of(config)
        if config._generator_config.get("properties", {}).get("seed") is None:
            told["seed"] = None  # chance begins anew with every run, and the step is the same
        return {
            "run_config": written._to_json(),
            "script": written.script,
            "source": context.snapshot(folder),
            "plan": told,
            "known": warm_start.known(config),
            "resumed": warm_start.resumed(config),
            "version": self._version,
        }


class HyperDriveStepRun(HyperDriveRun):
    """The run of a HyperDriveStep as the search that it is: its children, the best of them, their metrics.

    Parameters
    ----------
    step_run : what ``pipeline_run.find_step_run(name)[0]`` gave.

    Raises
    ------
    PipelineTypeError : it is no run of a HyperDriveStep.
    """

    def __init__(self, step_run: Any) -> None:
        training.check_step_run(step_run, "HyperDriveStep")
        super().__init__(step_run.experiment, training.origin(step_run))
        self._step_run = step_run

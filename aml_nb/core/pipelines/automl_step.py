"""AutoMLStep: a search for the best pipeline of scikit-learn as a step; AutoMLStepRun: its run as that search."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aml_nb.core.automl.run import AutoMLRun
from aml_nb.core.compute.places import place
from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
from aml_nb.core.data.datasets.output_config import OutputDatasetConfig
from aml_nb.core.pipelines import training
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.output_dataset import PipelineOutputAbstractDataset
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.pipelines.step import PipelineStep
from aml_nb.core.pipelines.training_output import TrainingOutput

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext
    from aml_nb.core.pipelines.step_run import StepRunOutput


class AutoMLStep(PipelineStep):
    """A search for the best pipeline as a step of a pipeline.

    Parameters
    ----------
    name : of the step.
    automl_config : an `AutoMLConfig` whose data are datasets, or outputs of other steps as tables.
    inputs : more that has to be there before.
    outputs : PipelineData with a `TrainingOutput`: the metrics, or the best model.
    script_repl_params, hash_paths, kwargs : taken for v1's sake.
    allow_reuse : take the outputs of an earlier search where nothing has changed.
    version : a new one makes the step run again.
    enable_default_model_output, enable_default_metrics_output : write the best model and the metrics without being
        told so: ``AutoMLStepRun(step_run).get_default_model_output()``.

    Raises
    ------
    PipelineError : the configuration is missing, or outputs have one name.
    PipelineTypeError : something is of another type.
    """

    DEFAULT_METRIC_PREFIX = "default_metrics_"
    DEFAULT_MODEL_PREFIX = "default_model_"
    AUTOML_CONFIG_PARAM_NAME = "AutoMLConfig"
    _kind = "automl"

    def __init__(
        self,
        name: str,
        automl_config: Any,
        inputs: Any = None,
        outputs: Any = None,
        script_repl_params: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Any = None,
        enable_default_model_output: bool = True,
        enable_default_metrics_output: bool = True,
        **kwargs: Any,
    ) -> None:
        from aml_nb.core.automl.config import AutoMLConfig
        from aml_nb.core.automl.submitting import _target

        if automl_config is None:
            raise PipelineError("An AutoMLStep needs an automl_config.", hint="AutoMLConfig(task, …)")
        if not isinstance(automl_config, AutoMLConfig):
            raise PipelineTypeError(
                f"automl_config is an AutoMLConfig, not {automl_config!r}.", hint="AutoMLConfig(task, …)"
            )
        self._automl_config = automl_config
        data = {key: value for key, value in automl_config._data.items() if value is not None}
        self._data = {key: _named(name, key, value) for key, value in data.items()}
        written = list(outputs or ())
        for value in written:
            if isinstance(value, PipelineData) and value._training_output is None:
                raise PipelineError(
                    f"Step [{name}]: the output {value.name!r} says not what part of the search it gets.",
                    hint=f"PipelineData({value.name!r}, training_output=TrainingOutput('Model'))",
                )
        suffix = re.sub(r"\W", "_", str(name), flags=re.ASCII)
        if enable_default_metrics_output:
            written.append(_default(self.DEFAULT_METRIC_PREFIX + suffix, training.METRICS))
        if enable_default_model_output:
            written.append(_default(self.DEFAULT_MODEL_PREFIX + suffix, training.MODEL))
        super().__init__(name, [*(inputs or ()), *self._data.values()], written)
        self._allow_reuse = bool(allow_reuse)
        self._version = version
        self._target = _target(automl_config)

    def _settings(self, context: NodeContext) -> dict[str, Any]:
        from aml_nb.core.automl import inputs, submitting

        config = self._automl_config
        if context.keep:
            submitting.check_installed()
            place(context.workspace, str(self._target), 1)
            known = {
                key: value if inputs.dataset_of(value) is not None else None for key, value in config._data.items()
            }
            inputs.check_columns(known, config._settings)
        return {
            "settings": config._settings,
            "featurization": config._told,
            "properties": submitting._properties(config, str(self._target)),
            "data": {key: context.port(value).name for key, value in self._data.items()},
            "version": self._version,
        }


class AutoMLStepRun(AutoMLRun):
    """The run of an AutoMLStep as the search that it is: its iterations, the best of them, its model.

    Parameters
    ----------
    step_run : what ``pipeline_run.find_step_run(name)[0]`` gave.

    Raises
    ------
    PipelineTypeError : it is no run of an AutoMLStep.
    """

    def __init__(self, step_run: Any) -> None:
        training.check_step_run(step_run, "AutoMLStep")
        super().__init__(step_run.experiment, training.origin(step_run))
        self._step_run = step_run

    def get_default_metrics_output(self) -> StepRunOutput:
        """The metrics of all iterations.

        Raises
        ------
        PipelineError : the step was told not to write them.
        """
        return self._default(AutoMLStep.DEFAULT_METRIC_PREFIX, "enable_default_metrics_output")

    def get_default_model_output(self) -> StepRunOutput:
        """The best model.

        Raises
        ------
        PipelineError : the step was told not to write it.
        """
        return self._default(AutoMLStep.DEFAULT_MODEL_PREFIX, "enable_default_model_output")

    def _default(self, prefix: str, switch: str) -> StepRunOutput:
        for name, output in self._step_run.get_outputs().items():
            if name.startswith(prefix):
                found: StepRunOutput = output
                return found
        raise PipelineError(
            f"The step [{self._step_run.name}] has no output {prefix}….", hint=f"AutoMLStep(…, {switch}=True)"
        )


def _default(name: str, part: str) -> PipelineData:
    return PipelineData(name, pipeline_output_name=name, training_output=TrainingOutput(part))


def _named(step: str, name: str, value: Any) -> Any:
    """Data of the configuration as an input of the step."""
    if isinstance(value, (DatasetConsumptionConfig, PipelineOutputAbstractDataset)):
        return value
    if isinstance(value, OutputDatasetConfig):
        return value.as_input(name)
    if isinstance(value, AbstractDataset):
        return DatasetConsumptionConfig(name, value)
    raise PipelineTypeError(
        f"Step [{step}]: {name} is a {type(value).__name__}; a step takes datasets, which the pipeline can read "
        "again whenever it runs.",
        hint="Dataset.Tabular.register_pandas_dataframe(frame, datastore, 'name')",
    )

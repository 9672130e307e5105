"""TrainingOutput: which part of a training run an output of a pipeline is."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.errors import PipelineError

_TYPES = ("Model", "Metrics")


class TrainingOutput:
    """Which part of a HyperDriveStep's or AutoMLStep's run a PipelineData gets.

    Parameters
    ----------
    type : ``Model`` or ``Metrics``.
    iteration : of AutoML: the model of this iteration.
    metric : of AutoML: the best model by this metric.
    model_file : of HyperDrive: the file of the best run.

    Raises
    ------
    PipelineError : the type is none of these, or the rest does not go with it.
    """

    def __init__(
        self, type: str, iteration: int | None = None, metric: str | None = None, model_file: str | None = None
    ) -> None:
        if type not in _TYPES:
            raise PipelineError(
                f"Training output type '{type}' not supported.", hint="TrainingOutput(type='Model') or 'Metrics'"
            )
        if type == "Metrics" and any(value is not None for value in (iteration, metric, model_file)):
            raise PipelineError(
                "iteration, metric and model_file choose a model; metrics are those of all.",
                hint="TrainingOutput(type='Metrics')",
            )
        if iteration is not None and metric is not None:
            raise PipelineError("Both iteration and metric choose the model.", hint="leave one of them out")
        self._type = type
        self._iteration = iteration
        self._metric = metric
        self._model_file = model_file

    @property
    def type(self) -> str:
        """``Model`` or ``Metrics``."""
        return self._type

    @property
    def iteration(self) -> int | None:
        """The iteration whose model it is."""
        return self._iteration

    @property
    def metric(self) -> str | None:
        """The metric by which the model is best."""
        return self._metric

    @property
    def model_file(self) -> str | None:
        """The file of the best run."""
        return self._model_file

    def _to_dict(self) -> dict[str, Any]:
        return {
            "type": self._type,
            "iteration": self._iteration,
            "metric": self._metric,
            "model_file": self._model_file,
        }

"""AutoMLRun: a search that was submitted, its iterations and the best of them."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from aml_nb.core.automl import guardrails, outputs, reached
from aml_nb.core.automl.exceptions import ClientException, ConfigException
from aml_nb.core.runs.run import Run
from aml_nb.errors import NotAvailableError

CONTINUE_EXPERIMENT_KEY = "continue"
CONTINUE_EXPERIMENT_SET = "Set"
CONTINUE_EXPERIMENT_STATUS_KEY = "_aml_system_automl_status"
ITERATIONS_STR = "iterations"
PRIMARY_METRIC_STR = "primary_metric"
STATUS = "status"


class AutoMLRun(Run):
    """A search for the best pipeline: its children are the pipelines that were tried.

    Parameters
    ----------
    experiment : the experiment it belongs to.
    run_id : its id; the run must exist.
    kwargs : passed on to `Run`.
    """

    RUN_TYPE = "automl"

    def __init__(self, experiment: Any, run_id: str, **kwargs: Any) -> None:
        super().__init__(experiment, run_id, **kwargs)
        self.model_id: str | None = None

    @property
    def run_id(self) -> str:
        """What the run is known by."""
        return self._run_id

    def complete(self, **kwargs: Any) -> None:  # type: ignore[override]
        """End the run as completed; a search ends by itself."""
        super().complete()

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True, **kwargs: Any) -> None:
        """End the search as failed; nothing happens when it has ended already.

        Parameters
        ----------
        error_details : what failed, as a text or the exception itself.
        error_code : a word for the kind of error.
        kwargs : taken for v1's sake.
        """
        super().fail(error_details, error_code, _set_status)

    def cancel(self) -> bool:  # type: ignore[override]
        """End the search, and the iterations that are still going; False when it had ended already."""
        if self._look().over:
            return False
        super().cancel()
        return True

    def cancel_iteration(self, iteration: int) -> bool:
        """End one iteration; the search goes on. False when it had ended already.

        Parameters
        ----------
        iteration : its number.

        Raises
        ------
        ClientException : there is no such iteration.
        """
        child = self._iteration(iteration)
        if child._look().over:
            return False
        child.cancel()
        return True

    def continue_experiment(
        self,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        X_valid: Any = None,
        y_valid: Any = None,
        sample_weight_valid: Any = None,
        data: Any = None,
        label: Any = None,
        columns: Any = None,
        cv_splits_indices: Any = None,
        spark_context: Any = None,
        experiment_timeout_hours: float | None = None,
        experiment_exit_score: float | None = None,
        iterations: int | None = None,
        show_output: bool = False,
        training_data: Any = None,
        validation_data: Any = None,
        **kwargs: Any,
    ) -> NoReturn:
        """Not here: a run that has ended stays as it is.

        Raises
        ------
        NotAvailableError : always.
        """
        raise NotAvailableError(
            "A search that has ended is not taken up again.",
            hint="experiment.submit(AutoMLConfig(..., iterations=…)) begins another one",
        )

    def get_output(
        self,
        iteration: int | None = None,
        metric: str | None = None,
        return_onnx_model: bool = False,
        return_split_onnx_model: Any = None,
        **kwargs: Any,
    ) -> tuple[Any, Any]:
        """The best iteration's run and its fitted pipeline.

        A search in which no iteration has ended yet is waited for.

        Parameters
        ----------
        iteration : that one in place of the best.
        metric : the best by this metric in place of the primary one.
        return_onnx_model, return_split_onnx_model : refused.
        kwargs : taken for v1's sake.

        Raises
        ------
        ClientException : there is no such iteration, or it has no model.
        NotAvailableError : an ONNX model was asked for.
        """
        if return_onnx_model or return_split_onnx_model:
            raise NotAvailableError(
                "AutoML of aml_nb makes no ONNX models.",
                hint="best_run, fitted_model = run.get_output(); skl2onnx.to_onnx(fitted_model[1:], features)",
            )
        child = self._chosen(iteration, metric)
        return child, reached.model(child)

    def get_best_child(self, metric: str | None = None, onnx_compatible: bool = False, **kwargs: Any) -> Any:
        """The run of the best iteration.

        Parameters
        ----------
        metric : judge by this metric in place of the primary one.
        onnx_compatible : refused.
        kwargs : taken for v1's sake.

        Raises
        ------
        ClientException : no iteration has a value of the metric.
        """
        if onnx_compatible:
            raise NotAvailableError("AutoML of aml_nb makes no ONNX models.", hint="run.get_best_child()")
        return self._chosen(None, metric)

    def summary(self) -> list[list[Any]]:
        """For every algorithm how many pipelines were tried with it, and the best score of them."""
        return reached.counts(self._workspace, self.id, self._metric)

    def get_guardrails(self, to_console: bool = True) -> dict[str, Any]:
        """What was noticed about the data, and what was done about it.

        Parameters
        ----------
        to_console : print it too.
        """
        found = self._look().payload.get("guardrails") or []
        if to_console:
            print(guardrails.show(found))
        return {"guardrails": found, "schema_version": "1.0.0"} if found else {}

    def register_model(  # type: ignore[override]
        self,
        model_name: str | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        iteration: int | None = None,
        metric: str | None = None,
    ) -> Any:
        """Register the model of the best iteration; its name is kept as ``model_id``.

        Parameters
        ----------
        model_name : one is made of the run's id and the iteration unless it is given.
        description, tags : of the model.
        iteration : that one's in place of the best.
        metric : the best by this metric.

        Raises
        ------
        ClientException : there is no such iteration, or it has no model.
        """
        from aml_nb.core.runs.models import register

        child = self._chosen(iteration, metric)
        name = model_name or child.properties.get("model_name")
        facts: dict[str, Any] = {
            "properties": {},
            "model_framework": None,
            "model_framework_version": None,
            "datasets": None,
        }
        facts |= {"sample_input_dataset": None, "sample_output_dataset": None, "resource_configuration": None}
        model = register(child, name, outputs.MODEL, description=description, tags=tags, **facts)
        self.model_id = model.name
        return model

    def retry(self) -> NoReturn:
        """Not in v1 either.

        Raises
        ------
        NotAvailableError : always.
        """
        self._not_there("tried again")

    def pause(self) -> NoReturn:
        """Not in v1 either.

        Raises
        ------
        NotAvailableError : always.
        """
        self._not_there("paused")

    def resume(self) -> NoReturn:
        """Not in v1 either.

        Raises
        ------
        NotAvailableError : always.
        """
        self._not_there("resumed")

    def get_run_sdk_dependencies(
        self, iteration: int | None = None, check_versions: bool = True, **kwargs: Any
    ) -> dict[str, str]:
        """The packages that a model needs, with the versions that it was trained with.

        Parameters
        ----------
        iteration : that one's in place of the best.
        check_versions : print those that are installed in another version here.
        kwargs : taken for v1's sake.
        """
        child = self._chosen(iteration, None)
        with child._files.open(outputs.DEPENDENCIES) as file:
            found: dict[str, str] = json.load(file)
        if check_versions:
            here = outputs.dependencies(None)
            for name, version in found.items():
                if here.get(name) != version:
                    print(f"{name}: the model was trained with {version}, here is {here.get(name) or 'none'}.")
        return found

    def wait_for_completion(  # type: ignore[override]
        self, show_output: bool = False, wait_post_processing: bool = False
    ) -> dict[str, Any]:
        """Wait until the search has ended; returns its details.

        Parameters
        ----------
        show_output : show the iterations as they end.
        wait_post_processing : wait for its outputs to be kept, too; they are.

        Raises
        ------
        ActivityFailedException : it failed.
        """
        if show_output:
            from aml_nb.core.automl.following import follow

            follow(self)
        return super().wait_for_completion(show_output=False, wait_post_processing=wait_post_processing)

    @property
    def _metric(self) -> str:
        return str(self._look().properties.get("primary_metric", ""))

    def _iteration(self, iteration: Any) -> Any:
        numbers = [number for number, _ in reached.iterations(self._workspace, self.id)]
        if isinstance(iteration, bool) or iteration not in numbers:
            there = f"they go from 0 to {numbers[-1]}" if numbers else "there is none yet"
            raise ClientException(f"The run {self.id} has no iteration {iteration!r}: {there}.", target="iteration")
        return Run.get(self._workspace, f"{self.id}_{int(iteration)}")

    def _chosen(self, iteration: Any, metric: str | None) -> Any:
        """The run of that iteration, or of the best one."""
        if iteration is not None:
            if metric is not None:
                raise ConfigException("Give iteration or metric, not both.", target="metric")
            return self._iteration(iteration)
        best = reached.best(self._workspace, self.id, self._metric, metric)
        if best is None and not self._look().over:
            print(f"The run {self.id} is still {self.status}: waiting for its end.")
            super().wait_for_completion(raise_on_error=False)
            best = reached.best(self._workspace, self.id, self._metric, metric)
        if best is None:
            raise self._none(metric)
        return Run.get(self._workspace, best)

    def _none(self, metric: str | None) -> ClientException:
        record = self._look()
        error = ((record.payload.get("error") or {}).get("error") or {}).get("message")
        why = f" {error}" if error else ""
        return ClientException(
            f"No iteration of the run {self.id}, which is {record.status}, "
            f"has a value of {metric or self._metric}.{why}",
            hint="print(run.get_details_with_logs()['logFiles'])",
        )

    def _not_there(self, what: str) -> NoReturn:
        raise NotAvailableError(f"An AutoML run cannot be {what}.", hint="experiment.submit(automl_config)")

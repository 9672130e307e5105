"""AutoMLConfig: what is to be learnt, of which data, and how long may be looked for it."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from aml_nb.core.automl import forecasting, settings
from aml_nb.core.automl.featurization.config import FeaturizationConfig

if TYPE_CHECKING:
    from aml_nb.core.automl.run import AutoMLRun

has_pipeline_pkg = False
DATA = (
    *("X", "y", "sample_weight", "X_valid", "y_valid", "sample_weight_valid", "cv_splits_indices"),
    *("training_data", "validation_data", "test_data"),
)
"""The parameters that are data."""


class AutoMLConfig:
    """A search for the best pipeline, to be submitted to an experiment.

    Parameters
    ----------
    task : ``classification`` or ``regression``.
    path : taken and not needed: everything that is written is kept with the run.
    iterations : at most so many pipelines, the ensembles among them; 1000 unless told.
    primary_metric : what pipelines are judged by; ``accuracy``, or ``normalized_root_mean_squared_error``.
    positive_label : the class that the metrics ending in ``_binary`` are about.
    compute_target : where the pipelines are trained; this machine unless told.
    spark_context : refused.
    X, y, sample_weight, X_valid, y_valid, sample_weight_valid : the older way to give data.
    cv_splits_indices : pairs of arrays, the rows to learn from and those to judge by.
    validation_size, n_cross_validations : how rows are set aside to judge by, where no validation data is given.
    y_min, y_max : the range by which the errors of a regression are normalized.
    num_classes : taken and not needed.
    featurization : ``auto``, ``off``, or a FeaturizationConfig.
    max_cores_per_iteration : -1 for all.
    max_concurrent_iterations : so many at the same time, as far as the compute target has room.
    iteration_timeout_minutes, experiment_timeout_hours : after so long a pipeline, or the search, ends.
    mem_in_mb, enforce_time_on_windows : taken and not needed.
    experiment_exit_score : a value of the primary metric that is good enough.
    enable_early_stopping : end the search when nothing has become better for a while.
    blocked_models, allowed_models : v1's names of algorithms; ``blacklist_models`` and ``whitelist_models`` are older.
    exclude_nan_labels : leave out rows without a label, in place of an error.
    verbosity, debug_log : of the run's own log, and its name among the run's files.
    enable_tf, enable_dnn : refused.
    model_explainability, enable_local_managed : taken and not needed.
    enable_onnx_compatible_models : taken; no ONNX models are made.
    enable_voting_ensemble, enable_stack_ensemble : put the best pipelines together at the end.
    training_data, validation_data, test_data : tabular datasets or data frames.
    test_size : the part of the training data that the best pipeline is tested with.
    label_column_name, weight_column_name, cv_split_column_names : columns of the training data.
    forecasting_parameters : refused.
    kwargs : ``name``, ``experiment_timeout_minutes``, and the names of earlier releases.

    Raises
    ------
    ConfigException : a setting is wrong, or settings contradict each other.
    NotAvailableError : forecasting, images, texts, deep networks or Spark.
    """

    def __init__(
        self,
        task: str,
        path: str | None = None,
        iterations: int | None = None,
        primary_metric: str | None = None,
        positive_label: Any = None,
        compute_target: Any = None,
        spark_context: Any = None,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        X_valid: Any = None,
        y_valid: Any = None,
        sample_weight_valid: Any = None,
        cv_splits_indices: Any = None,
        validation_size: float | None = None,
        n_cross_validations: int | str | None = None,
        y_min: float | None = None,
        y_max: float | None = None,
        num_classes: int | None = None,
        featurization: str | FeaturizationConfig = "auto",
        max_cores_per_iteration: int = 1,
        max_concurrent_iterations: int = 1,
        iteration_timeout_minutes: int | None = None,
        mem_in_mb: int | None = None,
        enforce_time_on_windows: bool = os.name == "nt",
        experiment_timeout_hours: float | None = None,
        experiment_exit_score: float | None = None,
        enable_early_stopping: bool = True,
        blocked_models: list[str] | None = None,
        blacklist_models: list[str] | None = None,
        exclude_nan_labels: bool = True,
        verbosity: int = logging.INFO,
        enable_tf: bool = False,
        model_explainability: bool = True,
        allowed_models: list[str] | None = None,
        whitelist_models: list[str] | None = None,
        enable_onnx_compatible_models: bool = False,
        enable_voting_ensemble: bool = True,
        enable_stack_ensemble: bool | None = None,
        debug_log: str = "automl.log",
        training_data: Any = None,
        validation_data: Any = None,
        test_data: Any = None,
        test_size: float | None = None,
        label_column_name: str | int | None = None,
        weight_column_name: str | int | None = None,
        cv_split_column_names: list[str] | None = None,
        enable_local_managed: bool = False,
        enable_dnn: bool | None = None,
        forecasting_parameters: Any = None,
        **kwargs: Any,
    ) -> None:
        given = {name: value for name, value in locals().items() if name not in ("self", "kwargs")}
        if forecasting_parameters is not None:
            forecasting.refuse()
        self.is_timeseries = False
        self._data = {name: given[name] for name in DATA}
        self._settings = settings.checked({k: v for k, v in given.items() if k not in DATA}, kwargs)
        self._featurization = _featurization(featurization, kwargs.get("preprocess"))
        self._compute_target = compute_target
        self._run_configuration = kwargs.get("run_configuration")
        _check_data(self._data, self._settings)
        plain = {name: value for name, value in given.items() if name not in DATA and value is not None}
        self.user_settings = {**plain, **kwargs, **{name: v for name, v in self._data.items() if v is not None}}

    def as_serializable_dict(self) -> dict[str, Any]:
        """The settings as JSON can say them; of data only that it is there."""
        told = {name: type(value).__name__ for name, value in self._data.items() if value is not None}
        target = getattr(self._compute_target, "name", self._compute_target)
        return {**self._settings, "featurization": self._told, "compute_target": target or "local", **told}

    @property
    def _told(self) -> str | dict[str, Any]:
        """The featurization as JSON."""
        given = self._featurization
        return given._to_json() if isinstance(given, FeaturizationConfig) else given

    @classmethod
    def get_supported_dataset_languages(cls, use_gpu: bool) -> dict[Any, Any]:
        """The languages that texts may be in, by their codes.

        Parameters
        ----------
        use_gpu : taken and not needed.
        """
        return {"eng": "English", "mul": "Other languages: words are counted as they are written"}

    def _submit(self, experiment: Any, tags: dict[str, Any] | None = None, **kwargs: Any) -> AutoMLRun:
        from aml_nb.core.automl.submitting import submit

        return submit(experiment, self, tags=tags, **kwargs)


def _featurization(value: Any, preprocess: Any) -> str | FeaturizationConfig:
    if isinstance(value, FeaturizationConfig):
        return value
    if str(value).lower() in ("auto", "off"):
        # `preprocess` is what early releases had in its place.
        return "off" if preprocess is False and value == "auto" else str(value).lower()
    settings.refuse(
        f"featurization is 'auto', 'off' or a FeaturizationConfig, not {value!r}.",
        hint="featurization='auto'",
        target="featurization",
    )


def _check_data(data: dict[str, Any], known: settings.Settings) -> None:
    """That data is given in one way, and all that belongs to it."""
    table, array = data["training_data"] is not None, data["X"] is not None
    if table == array:
        settings.refuse(
            "Give training_data and label_column_name" + (", or X and y, not both." if table else "."),
            hint="AutoMLConfig(task, training_data=dataset, label_column_name='y')",
            target="training_data",
        )
    if table and known["label_column_name"] is None:
        settings.refuse(
            "label_column_name is missing: the column of training_data that is to be predicted.",
            hint="label_column_name='y'",
            target="label_column_name",
        )
    if array and data["y"] is None:
        settings.refuse("X is given, and y is not.", hint="y=labels", target="y")
    if (data["X_valid"] is None) != (data["y_valid"] is None):
        settings.refuse("X_valid and y_valid go together.", target="X_valid")
    _check_validation(data, known)


def _check_validation(data: dict[str, Any], known: settings.Settings) -> None:
    ways = {
        "validation_data": data["validation_data"] is not None or data["X_valid"] is not None,
        "n_cross_validations": known["n_cross_validations"] is not None,
        "validation_size": known["validation_size"] is not None,
        "cv_splits_indices": data["cv_splits_indices"] is not None,
        "cv_split_column_names": known["cv_split_column_names"] is not None,
    }
    given = [name for name, there in ways.items() if there]
    # v1 takes these two together: so many random splits of that size.
    if len(given) > 1 and given != ["n_cross_validations", "validation_size"]:
        settings.refuse(
            f"{' and '.join(given)} contradict each other: give one of them.",
            hint=f"leave {given[1]} out",
            target=given[1],
        )
    if data["test_data"] is not None and known["test_size"] is not None:
        settings.refuse("Give test_data or test_size, not both.", target="test_size")

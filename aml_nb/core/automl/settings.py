"""What an AutoML configuration says besides data: checked when it is made, JSON from then on."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import Any, NoReturn

from aml_nb.core.automl import constants, forecasting
from aml_nb.core.automl.constants import Tasks
from aml_nb.core.automl.exceptions import ConfigException
from aml_nb.errors import NotAvailableError

Settings = dict[str, Any]
MOST_ITERATIONS = 1000
DAYS_6 = 6 * 24 * 60
OLDER = {
    "whitelist_models": "allowed_models",
    "whitelist_algos": "allowed_models",
    "blacklist_models": "blocked_models",
    "blacklist_algos": "blocked_models",
    "exit_score": "experiment_exit_score",
    "max_time_sec": "iteration_timeout_sec",
    "num_cross_folds": "n_cross_validations",
    "concurrent_iterations": "max_concurrent_iterations",
    "enable_ensembling": "enable_voting_ensemble",
}
"""Names of earlier releases of v1, and those that took their place."""
IGNORED = frozenset(
    """
    autoblacklist auto_blacklist enable_batch_run enable_cache enable_code_generation enable_distributed_featurization
    enable_ensembling_download_models_timeout_sec enable_feature_sweeping enable_split_onnx_featurizer_estimator_models
    enable_split_onnx_models enable_streaming enable_subsampling ensemble_download_models_timeout_sec logger preprocess
    run_configuration scenario send_telemetry show_deprecate_warnings show_warnings subsample_seed
    telemetry_verbosity verbosity_override n_step use_incremental_learning vm_type early_stopping_n_iters
    save_mlflow iteration_timeout_sec
    """.split()
)
FORECASTING = frozenset(
    """
    time_column_name grain_column_names time_series_id_column_names drop_column_names max_horizon forecast_horizon
    target_lags target_rolling_window_size feature_lags country_or_region country_or_region_for_holidays
    holiday_country seasonality freq short_series_handling short_series_handling_configuration use_stl
    """.split()
)
REMOVED = {
    "data_script": "training_data=dataset, label_column_name='y'",
    "data": "training_data=frame",
    "label": "label_column_name='y'",
    "columns": "training_data=dataset.keep_columns([...])",
}
"""What early releases of v1 had, and what took its place."""
ACCEPTED = frozenset({"name", "experiment_timeout_minutes", "random_seed", "seed", "ensemble_iterations"})


def refuse(message: str, hint: str | None = None, target: str | None = None) -> NoReturn:
    """Raise v1's error of a configuration."""
    raise ConfigException(message, target=target, hint=hint)


def checked(given: dict[str, Any], more: dict[str, Any]) -> Settings:
    """The settings, with their defaults.

    Parameters
    ----------
    given : v1's named parameters, without those that are data.
    more : the rest, by older names or such as only some releases have.

    Raises
    ------
    ConfigException : a setting cannot be right, or is not known.
    NotAvailableError : forecasting, images, texts, Spark.
    """
    given = _merged(dict(given), more)
    task = _task(given["task"])
    found: Settings = {
        "task": task,
        "name": more.get("name"),
        "primary_metric": _metric(task, given["primary_metric"]),
        "positive_label": _plain(given["positive_label"]),
        "iterations": _count("iterations", given["iterations"], MOST_ITERATIONS, MOST_ITERATIONS),
        "max_concurrent_iterations": _count("max_concurrent_iterations", given["max_concurrent_iterations"], 1),
        "max_cores_per_iteration": _cores(given["max_cores_per_iteration"]),
        "iteration_timeout_minutes": _minutes("iteration_timeout_minutes", given["iteration_timeout_minutes"]),
        "experiment_timeout_minutes": _experiment_minutes(given, more),
        "experiment_exit_score": _number("experiment_exit_score", given["experiment_exit_score"]),
        "enable_early_stopping": bool(given["enable_early_stopping"]),
        "allowed_models": _models("allowed_models", given["allowed_models"], task),
        "blocked_models": _models("blocked_models", given["blocked_models"], task),
        "exclude_nan_labels": bool(given["exclude_nan_labels"]),
        "enable_voting_ensemble": given["enable_voting_ensemble"] is not False,
        "enable_stack_ensemble": given["enable_stack_ensemble"] is not False,
        "ensemble_iterations": _count("ensemble_iterations", more.get("ensemble_iterations"), 15),
        "n_cross_validations": _folds(given["n_cross_validations"]),
        "validation_size": _fraction("validation_size", given["validation_size"]),
        "test_size": _fraction("test_size", given["test_size"]),
        "label_column_name": _column("label_column_name", given["label_column_name"]),
        "weight_column_name": _column("weight_column_name", given["weight_column_name"]),
        "cv_split_column_names": _columns(given["cv_split_column_names"]),
        "debug_log": os.path.basename(str(given["debug_log"] or "automl.log")),
        "y_min": _number("y_min", given["y_min"]),
        "y_max": _number("y_max", given["y_max"]),
        "seed": more.get("random_seed", more.get("seed", 0)) or 0,
    }
    _check_models_left(found)
    return found


def algorithms(settings: Settings) -> list[str]:
    """v1's names of the algorithms that may be tried."""
    known = constants.models(settings["task"])
    allowed = settings["allowed_models"] or known
    return [name for name in known if name in allowed and name not in settings["blocked_models"]]


def _merged(given: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """v1's parameters with what came by older names."""
    for name in list(more):
        if name in FORECASTING:
            forecasting.refuse()
        if name in REMOVED and more[name] is not None:
            raise NotAvailableError(f"{name} was taken out of AutoMLConfig long ago.", hint=REMOVED[name])
        newer = OLDER.get(name)
        if newer == "iteration_timeout_sec":
            given["iteration_timeout_minutes"] = given["iteration_timeout_minutes"] or float(more[name]) / 60
        elif newer is not None and given.get(newer) in (None, True, 1):  # nothing but the default
            given[newer] = more[name]
        elif newer is None and name not in IGNORED | ACCEPTED | REMOVED.keys():
            near = get_close_matches(name, sorted({*given, *OLDER, *ACCEPTED}), n=1)
            refuse(
                f"AutoMLConfig has no parameter {name!r}.",
                hint=f"did you mean {near[0]}?" if near else "AutoMLConfig(task=…, training_data=…, …)",
                target=name,
            )
    for older, newer in (("blacklist_models", "blocked_models"), ("whitelist_models", "allowed_models")):
        given[newer] = given[newer] or given.pop(older, None)
    if given.get("spark_context") is not None:
        raise NotAvailableError("AutoML of aml_nb does not run on Spark.", hint="leave spark_context out")
    if given.get("enable_dnn") or given.get("enable_tf"):
        raise NotAvailableError("AutoML of aml_nb trains no deep networks.", hint="enable_dnn=False, enable_tf=False")
    return given


def _task(task: Any) -> str:
    name = str(task).lower()
    if name in Tasks.ALL:
        return name
    if name == Tasks.FORECASTING:
        forecasting.refuse()
    if name in (*Tasks.ALL_IMAGE, *Tasks.ALL_TEXT):
        raise NotAvailableError(
            f"AutoML of aml_nb learns from tables; {name} needs deep networks, which it does not train.",
            hint="task='classification' with columns of numbers, categories, dates and short texts",
        )
    near = get_close_matches(name, Tasks.ALL, n=1, cutoff=0.4)
    refuse(
        f"The task {task!r} is not known; it is one of {', '.join(Tasks.ALL)}.",
        hint=f"task={near[0] if near else Tasks.CLASSIFICATION!r}",
        target="task",
    )


def _metric(task: str, metric: Any) -> str:
    if metric is None:
        return constants.DEFAULT_METRIC[task]
    known = constants.PRIMARY_METRICS[task]
    found = next((name for name in known if name.lower() == str(metric).lower()), None)
    if found is not None:
        return found
    near = get_close_matches(str(metric), known, n=1)
    refuse(
        f"The primary metric {metric!r} is none for {task}; it is one of {', '.join(known)}.",
        hint=f"primary_metric={near[0] if near else known[0]!r}",
        target="primary_metric",
    )


def _count(name: str, value: Any, default: int, most: int | None = None) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        refuse(f"{name} is a whole number, not {value!r}.", target=name)
    count = int(value)
    if count < 1 or (most is not None and count > most):
        refuse(f"{name} is a number from 1 on{f' to {most}' if most else ''}, not {count}.", target=name)
    return count


def _cores(value: Any) -> int:
    return -1 if value in (None, -1) else _count("max_cores_per_iteration", value, 1)


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        refuse(f"{name} is a number, not {value!r}.", target=name)


def _minutes(name: str, value: Any) -> float | None:
    found = _number(name, value)
    if found is not None and found <= 0:
        refuse(f"{name} is more than 0, not {value!r}.", target=name)
    return found


def _experiment_minutes(given: dict[str, Any], more: dict[str, Any]) -> float:
    hours = _minutes("experiment_timeout_hours", given["experiment_timeout_hours"])
    minutes = _minutes("experiment_timeout_minutes", more.get("experiment_timeout_minutes"))
    if hours is not None and minutes is not None:
        refuse("Give experiment_timeout_hours or experiment_timeout_minutes, not both.")
    return minutes if minutes is not None else hours * 60 if hours is not None else float(DAYS_6)


def _models(name: str, value: Any, task: str) -> list[str]:
    given = [value] if isinstance(value, str) else list(value or ())
    known = constants.models(task)
    absent = constants.ABSENT_MODELS[task]
    found = []
    for item in given:
        text = str(getattr(item, "value", item))
        match = next((one for one in (*known, *absent) if one.lower() == text.lower()), None)
        if match is None:
            near = get_close_matches(text, known, n=1)
            refuse(
                f"{name} names {text!r}, which is no algorithm for {task}; there are {', '.join(known)}.",
                hint=f"{name}=[{near[0]!r}]" if near else None,
                target=name,
            )
        found.append(match)
    return found


def _check_models_left(settings: Settings) -> None:
    if algorithms(settings):
        return
    absent = [name for name in settings["allowed_models"] if name in constants.ABSENT_MODELS[settings["task"]]]
    if absent:
        raise NotAvailableError(
            f"AutoML of aml_nb does not have {', '.join(absent)}.",
            hint=f"allowed_models={list(constants.models(settings['task']))[:4]}",
        )
    refuse("allowed_models and blocked_models leave no algorithm to try.", target="blocked_models")


def _folds(value: Any) -> int | None:
    if value is None or value == "auto":
        return None
    folds = _count("n_cross_validations", value, 0)
    if folds < 2:
        refuse(f"n_cross_validations is 2 or more, not {folds}.", target="n_cross_validations")
    return folds


def _fraction(name: str, value: Any) -> float | None:
    found = _number(name, value)
    if found is None or found == 0:
        return None
    if not 0 < found < 1:
        refuse(f"{name} lies between 0 and 1, not {value!r}.", hint=f"{name}=0.2", target=name)
    return found


def _column(name: str, value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):
        return value
    refuse(f"{name} is the name of one column, not {value!r}.", hint=f"{name}='y'", target=name)


def _columns(value: Any) -> list[Any] | None:
    return None if not value else [value] if isinstance(value, str) else list(value)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value

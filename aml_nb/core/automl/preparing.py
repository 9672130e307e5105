"""Before the first pipeline: rows are split, features are made, and what was noticed about the data is written down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aml_nb.core.automl import guardrails, splits
from aml_nb.core.automl.constants import Tasks
from aml_nb.core.automl.exceptions import DataException
from aml_nb.core.automl.featurization.config import FeaturizationConfig
from aml_nb.core.automl.loading import Table
from aml_nb.core.automl.settings import Settings

SPLITS, FULL, FACTS = "splits.joblib", "full.joblib", "facts.joblib"


@dataclass(frozen=True)
class Prepared:
    """What the search has to know of the data."""

    rows: int
    gaps: bool
    weighted: bool
    training_type: str
    told: str
    guardrails: list[dict[str, Any]]
    summary: list[dict[str, Any]]
    feature_names: list[str]


def prepare(
    train: Table,
    valid: Table | None,
    settings: Settings,
    featurization: str | dict[str, Any],
    indices: Any,
    folder: Path,
) -> Prepared:
    """Write what the pipelines learn from into ``folder``.

    Parameters
    ----------
    train, valid : the rows to learn from, and those that judge where they were given.
    featurization : ``auto``, ``off``, or a FeaturizationConfig as JSON.
    indices : ``cv_splits_indices``.

    Raises
    ------
    DataException : the rows cannot be split or used so.
    """
    scheme = None if valid is not None else splits.plan(train, settings, indices)
    pairs = _pairs(train, valid, scheme)
    made = [(_transformer(featurization, part), part, judge, rows) for part, judge, rows in pairs]
    single = len(made) == 1
    whole = made[0][0] if single else _transformer(featurization, train)
    told = [_split(transformer, part, judge, rows) for transformer, part, judge, rows in made]
    full = {name: told[0][name] for name in ("X", "y", "w")} if single else _arrays(whole, train)
    _write(folder, told, full, _facts(train, settings, whole))
    columns = [] if whole is None else whole.features_
    how = "the validation data that was given judges" if scheme is None else scheme.told
    return Prepared(
        rows=len(full["y"]),
        gaps=_gaps(told, full),
        weighted=train.weights is not None,
        training_type="TrainAndValidate" if scheme is None else scheme.training_type,
        told=how,
        guardrails=guardrails.find(train, settings, columns, scheme),
        summary=[] if whole is None else whole.get_featurization_summary(is_user_friendly=False),
        feature_names=list(map(str, train.X.columns)) if whole is None else whole.get_engineered_feature_names(),
    )


def _pairs(train: Table, valid: Table | None, scheme: Any) -> list[tuple[Table, Table, Any]]:
    import numpy as np

    if valid is not None:
        return [(train, valid, np.arange(len(valid.y)))]
    return [(train.rows(one.train), train.rows(one.valid), one.valid) for one in scheme.splits]


def _transformer(featurization: str | dict[str, Any], table: Table) -> Any:
    """What makes features, having learnt from the rows; None where featurization is off."""
    if featurization == "off":
        _check_numbers(table.X)
        return None
    from aml_nb.core.automl.featurization.transformer import DataTransformer

    config = FeaturizationConfig() if isinstance(featurization, str) else FeaturizationConfig._from_json(featurization)
    made = DataTransformer(
        config.column_purposes, config.drop_columns, config.blocked_transformers, config.transformer_params
    )
    return made.fit(table.X)


def _check_numbers(frame: Any) -> None:
    import pandas as pd

    texts = [str(name) for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name].dtype)]
    if texts:
        raise DataException(
            f"featurization is off, and {', '.join(texts[:10])} {'is' if len(texts) == 1 else 'are'} not numeric.",
            target="featurization",
            hint="featurization='auto'",
        )


def _arrays(transformer: Any, table: Table) -> dict[str, Any]:
    X = table.X.astype(float) if transformer is None else transformer.transform(table.X)
    return {"X": X, "y": table.y, "w": table.weights}


def _split(transformer: Any, part: Table, judge: Table, rows: Any) -> dict[str, Any]:
    other = _arrays(transformer, judge)
    return {
        **_arrays(transformer, part),
        **{f"{name}_valid": value for name, value in other.items()},
        "rows": rows,
    }


def _facts(train: Table, settings: Settings, transformer: Any) -> dict[str, Any]:
    """What the trained pipelines have to know besides rows."""
    import numpy as np

    by_class = settings["task"] == Tasks.CLASSIFICATION
    classes = np.unique(train.y) if by_class else None
    positive = settings["positive_label"]
    if by_class and positive is not None and str(positive) not in map(str, classes.tolist()):  # type: ignore[union-attr]
        raise DataException(
            f"positive_label is {positive!r}, and the labels are {', '.join(map(repr, classes.tolist()[:10]))}.",  # type: ignore[union-attr]
            target="positive_label",
        )
    low, high = settings["y_min"], settings["y_max"]
    return {
        "task": settings["task"],
        "metric": settings["primary_metric"],
        "classes": classes,
        "positive": positive,
        "low": None if by_class else float(train.y.min()) if low is None else low,
        "high": None if by_class else float(train.y.max()) if high is None else high,
        "transformer": transformer,
        "seed": settings["seed"],
        "jobs": settings["max_cores_per_iteration"],
        "ensemble_iterations": settings["ensemble_iterations"],
    }


def _gaps(told: list[dict[str, Any]], full: dict[str, Any]) -> bool:
    import numpy as np

    tables = [full["X"], *(one[name] for one in told for name in ("X", "X_valid"))]
    return any(bool(np.isnan(np.asarray(table, dtype=float)).any()) for table in tables)


def _write(folder: Path, told: list[dict[str, Any]], full: dict[str, Any], facts: dict[str, Any]) -> None:
    import joblib

    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(told, folder / SPLITS)
    joblib.dump(full, folder / FULL)
    joblib.dump(facts, folder / FACTS)

"""From what was given to rows to learn from: features, labels, weights, and which rows judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aml_nb.core.automl import inputs
from aml_nb.core.automl.constants import Tasks
from aml_nb.core.automl.exceptions import DataException
from aml_nb.core.automl.settings import Settings

FEWEST_ROWS = 10


@dataclass(frozen=True)
class Table:
    """Rows: a data frame of features, and arrays of labels and weights."""

    X: Any
    y: Any
    weights: Any = None
    splits: Any = None
    """Columns of 0 and 1, one a split: the rows that judge in it have 1."""

    def rows(self, which: Any) -> Table:
        """Some of the rows, by their positions or a mask."""
        weights = None if self.weights is None else self.weights[which]
        splits = None if self.splits is None else self.splits.iloc[which].reset_index(drop=True)
        return Table(self.X.iloc[which].reset_index(drop=True), self.y[which], weights, splits)


def training(data: dict[str, Any], settings: Settings) -> tuple[Table, list[str]]:
    """The rows to learn from, and sentences on what was left out.

    Raises
    ------
    DataException : there are no rows that can be learnt from.
    """
    if data.get("training_data") is not None:
        table = _of_frame(data["training_data"], settings, "training_data")
    else:
        table = _of_arrays(data["X"], data["y"], data.get("sample_weight"), "X", "y")
    table, notes = _labelled(table, settings)
    if notes and data.get("cv_splits_indices") is not None:
        raise DataException(
            f"{notes[0]} cv_splits_indices would then number other rows.", hint="df = df.dropna(subset=[label]) first"
        )
    if len(table.y) < FEWEST_ROWS:
        raise DataException(
            f"There are {len(table.y)} rows with a label; AutoML needs {FEWEST_ROWS} at least.",
            hint="give it more data",
        )
    _check_labels(table.y, settings)
    return table, notes


def validation(data: dict[str, Any], settings: Settings, trained: Table) -> Table | None:
    """The rows to judge by, where they were given."""
    if data.get("validation_data") is not None:
        table = _of_frame(data["validation_data"], settings, "validation_data")
    elif data.get("X_valid") is not None:
        table = _of_arrays(data["X_valid"], data["y_valid"], data.get("sample_weight_valid"), "X_valid", "y_valid")
    else:
        return None
    return _like(_labelled(table, settings)[0], trained, "validation_data")


def testing(data: dict[str, Any], settings: Settings, trained: Table) -> Table | None:
    """The rows of ``test_data``; without labels where the column is not there."""
    frame = data.get("test_data")
    if frame is None:
        return None
    if settings["label_column_name"] not in frame.columns:
        return _like(Table(frame.reset_index(drop=True), None), trained, "test_data")
    return _like(_labelled(_of_frame(frame, settings, "test_data"), settings)[0], trained, "test_data")


def _of_frame(frame: Any, settings: Settings, name: str) -> Table:
    inputs.check_names(list(frame.columns), settings, name)
    label, weight = settings["label_column_name"], settings["weight_column_name"]
    splits = [column for column in settings["cv_split_column_names"] or () if column in frame.columns]
    frame = frame.reset_index(drop=True)
    out = [column for column in (label, weight, *splits) if column is not None]
    weights = None if weight is None else _weights(frame[weight].to_numpy(), weight)
    return Table(frame.drop(columns=out), _values(frame[label]), weights, frame[splits] if splits else None)


def _of_arrays(X: Any, y: Any, weights: Any, name: str, label: str) -> Table:
    frame, values = _frame(X), _values(_series(y, label))
    if len(frame) != len(values):
        raise DataException(f"{name} has {len(frame)} rows, and {label} has {len(values)}.", target=label)
    given = None if weights is None else _weights(_series(weights, "sample_weight").to_numpy(), "sample_weight")
    if given is not None and len(given) != len(values):
        raise DataException(f"sample_weight has {len(given)} values for {len(values)} rows.", target="sample_weight")
    return Table(frame, values, given)


def _frame(X: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(X, pd.DataFrame):
        return X.reset_index(drop=True)
    if isinstance(X, pd.Series):
        return X.to_frame().reset_index(drop=True)
    values = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    values = values.reshape(-1, 1) if values.ndim == 1 else values
    return pd.DataFrame(values, columns=[f"C{n + 1}" for n in range(values.shape[1])]).infer_objects()


def _series(values: Any, name: str) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(values, pd.DataFrame):
        if values.shape[1] != 1:
            raise DataException(f"{name} is one column, not {values.shape[1]}.", target=name)
        return values.iloc[:, 0].reset_index(drop=True)
    if isinstance(values, pd.Series):
        return values.reset_index(drop=True)
    return pd.Series(np.asarray(values).ravel())


def _values(series: Any) -> Any:
    """Labels as NumPy has them: numbers, bools or texts, None or NaN where there is none."""
    import pandas as pd

    kind = series.dtype
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
        return series.to_numpy(dtype=float) if series.isna().any() else series.to_numpy()
    if pd.api.types.is_bool_dtype(kind) and not series.isna().any():
        return series.to_numpy(dtype=bool)
    return series.astype(object).where(series.notna(), None).to_numpy()


def _weights(values: Any, name: str) -> Any:
    import numpy as np

    found = np.asarray(values, dtype=float)
    if not np.isfinite(found).all() or (found < 0).any():
        raise DataException(f"The weights in {name} must be numbers from 0 on, none missing.", target=name)
    return found


def _labelled(table: Table, settings: Settings) -> tuple[Table, list[str]]:
    """The rows that have a label."""
    import pandas as pd

    missing = pd.isna(table.y)
    count = int(missing.sum())
    if not count:
        return Table(table.X, _tidy(table.y, settings), table.weights, table.splits), []
    if count == len(table.y):
        raise DataException("No row has a label: the label column is empty.", hint="print(df[label].isna().sum())")
    if not settings["exclude_nan_labels"]:
        raise DataException(
            f"{count} of {len(table.y)} rows have no label, and exclude_nan_labels is False.",
            hint="exclude_nan_labels=True leaves these rows out",
        )
    kept = table.rows(~missing)
    tidy = Table(kept.X, _tidy(kept.y, settings), kept.weights, kept.splits)
    return tidy, [f"{count} of {len(table.y)} rows have no label and are left out."]


def _tidy(values: Any, settings: Settings) -> Any:
    """Labels that estimators take: of one type, whole numbers again where some were missing."""
    import numpy as np

    if settings["task"] == Tasks.REGRESSION:
        return _numbers(values)
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.floor(values)).all():
        return values.astype("int64")
    if values.dtype == object:
        whole = {type(value) for value in values}
        return values.astype(bool) if whole == {bool} else np.array([str(value) for value in values], dtype=object)
    return values


def _numbers(values: Any) -> Any:
    """Labels as numbers, where they are some in another form: decimals, or texts."""
    try:
        return values if values.dtype != object else values.astype(float)
    except (TypeError, ValueError):
        return values


def _check_labels(y: Any, settings: Settings) -> None:
    import numpy as np

    if settings["task"] == Tasks.REGRESSION:
        if y.dtype.kind not in "iufb":
            raise DataException(
                f"The label of a regression is a number; here is {next(iter(y))!r}.", hint="task='classification'"
            )
        if not np.isfinite(y.astype(float)).all():
            raise DataException("The label has infinite values.", hint="df[np.isfinite(df[label])]")
        return
    classes = np.unique(y.astype(str) if y.dtype == object else y)
    if len(classes) < 2:
        raise DataException(f"All rows have the same label, {classes.tolist()[0]!r}: there is nothing to tell apart.")
    if y.dtype.kind == "f" and len(classes) > max(20, len(y) // 5) and (y != np.floor(y)).any():
        raise DataException(
            f"The label has {len(classes)} different numbers with fractions: these are no classes.",
            hint="task='regression'",
        )


def _like(table: Table, trained: Table, name: str) -> Table:
    """The same columns as the rows to learn from, in their order."""
    absent = [column for column in trained.X.columns if column not in table.X.columns]
    if absent:
        raise DataException(
            f"{name} lacks the column{'s' if len(absent) > 1 else ''} {', '.join(map(repr, absent[:10]))}, "
            "which the training data has.",
            target=name,
        )
    return Table(table.X[list(trained.X.columns)], table.y, table.weights)

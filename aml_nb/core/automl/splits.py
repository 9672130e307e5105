"""Which rows pipelines learn from, and which judge them."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from aml_nb.core.automl.constants import Tasks
from aml_nb.core.automl.exceptions import DataException
from aml_nb.core.automl.loading import Table
from aml_nb.core.automl.settings import Settings

SMALL, LARGE = 1_000, 20_000
"""v1's bounds: fewer rows are cross-validated ten times, fewer than the other three times, more are split once."""


class Split(NamedTuple):
    """Positions of the rows to learn from, and of those that judge."""

    train: Any
    valid: Any


class Scheme(NamedTuple):
    """How pipelines are judged: the splits, and a sentence that says so."""

    splits: list[Split]
    told: str
    chosen: bool
    """Whether nobody asked for it."""

    @property
    def training_type(self) -> str:
        """v1's word."""
        return "MeanCrossValidation" if len(self.splits) > 1 else "TrainAndValidate"


def plan(table: Table, settings: Settings, indices: Any = None) -> Scheme:
    """The splits of the training data.

    Parameters
    ----------
    table : all rows.
    settings : of the search.
    indices : ``cv_splits_indices``, where they were given.

    Raises
    ------
    DataException : the rows cannot be split so.
    """
    if indices is not None:
        found = _given(indices, len(table.y))
        return Scheme(found, f"{len(found)} splits that were given", False)
    if table.splits is not None:
        found = _columns(table.splits)
        return Scheme(found, f"{len(found)} splits that columns of the data name", False)
    folds, size = settings["n_cross_validations"], settings["validation_size"]
    if size is not None:
        found = [_split(table, settings, size, settings["seed"] + n) for n in range(folds or 1)]
        return Scheme(found, f"{len(found)} random split{'s' if folds else ''}, {size:.0%} of the rows to judge", False)
    if folds is not None:
        _check_folds(table, settings, folds)
        return Scheme(_fold(table, settings, folds), f"{folds}-fold cross-validation", False)
    return _automatic(table, settings)


def _automatic(table: Table, settings: Settings) -> Scheme:
    rows = len(table.y)
    if rows > LARGE:
        return Scheme([_split(table, settings, 0.1, settings["seed"])], "10% of the rows judge", True)
    folds = 10 if rows < SMALL else 3
    rarest = _rarest(table.y)[1] if settings["task"] == Tasks.CLASSIFICATION else rows
    if rarest < 2:
        _check_folds(table, settings, 2)
    folds = max(2, min(folds, rarest))
    return Scheme(_fold(table, settings, folds), f"{folds}-fold cross-validation", True)


def _rarest(y: Any) -> tuple[Any, int]:
    """The class with the fewest rows, and how many it has."""
    counts = Counter(y.tolist())
    return min(counts.items(), key=lambda item: item[1])


def _check_folds(table: Table, settings: Settings, folds: int) -> None:
    if folds > len(table.y):
        raise DataException(f"{len(table.y)} rows cannot be split {folds} times.", hint="n_cross_validations=2")
    if settings["task"] != Tasks.CLASSIFICATION:
        return
    label, count = _rarest(table.y)
    if count < folds:
        rows = "one row" if count == 1 else f"{count} rows"
        raise DataException(
            f"The class {label!r} has {rows}, and each of {folds} folds needs one.",
            target="n_cross_validations",
            hint=f"n_cross_validations={count}" if count > 1 else f"more rows of the class {label!r}, or none of it",
        )


def _fold(table: Table, settings: Settings, folds: int) -> list[Split]:
    from sklearn.model_selection import KFold, StratifiedKFold

    by_class = settings["task"] == Tasks.CLASSIFICATION
    splitter = (StratifiedKFold if by_class else KFold)(folds, shuffle=True, random_state=settings["seed"])
    return [Split(train, valid) for train, valid in splitter.split(table.y.reshape(-1, 1), _text(table.y, by_class))]


def _split(table: Table, settings: Settings, size: float, seed: int) -> Split:
    import numpy as np
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(table.y))
    by_class = settings["task"] == Tasks.CLASSIFICATION
    labels = _text(table.y, True) if by_class and _rarest(table.y)[1] >= 2 else None
    try:
        return Split(*train_test_split(rows, test_size=size, random_state=seed, stratify=labels))
    except ValueError:  # fewer rows to judge than there are classes
        return Split(*train_test_split(rows, test_size=size, random_state=seed))


def part(table: Table, settings: Settings, size: float) -> Split:
    """The rows to learn from, and a part of them that is kept for a test."""
    return _split(table, settings, size, settings["seed"] + 7919)


def _text(y: Any, by_class: bool) -> Any:
    """Labels that can be told apart, whatever they are."""
    return y.astype(str) if by_class and y.dtype == object else y


def _given(indices: Any, rows: int) -> list[Split]:
    import numpy as np

    found = []
    for pair in indices:
        if len(pair) != 2:
            raise DataException(
                "Each of cv_splits_indices is a pair: the rows to learn from, and those that judge.",
                hint="cv_splits_indices=list(KFold(3).split(X))",
            )
        train, valid = (np.asarray(which, dtype=int) for which in pair)
        if not len(train) or not len(valid) or max(train.max(), valid.max()) >= rows:
            raise DataException(
                f"cv_splits_indices names rows that are not among the {rows}, or none.", target="cv_splits_indices"
            )
        found.append(Split(train, valid))
    if not found:
        raise DataException("cv_splits_indices is empty.", target="cv_splits_indices")
    return found


def _columns(splits: Any) -> list[Split]:
    import numpy as np

    found = []
    for name in splits.columns:
        judges = splits[name].to_numpy().astype(float) == 1
        if judges.all() or not judges.any():
            raise DataException(
                f"The column {name!r} must have 1 where a row judges, and 0 where it is learnt from.",
                target="cv_split_column_names",
            )
        found.append(Split(np.flatnonzero(~judges), np.flatnonzero(judges)))
    return found

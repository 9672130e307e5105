"""What the engine cannot do, in our words: the file or column, why, and what to type next."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.files import unreadable

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.engine import Engine
    from aml_nb.core.data.datasets.tabular.plan import Column

MARK = "amlnb-value"
_DAMAGED = ("magic bytes", "too small to be a Parquet", "Footer", "TProtocol", "decompression", "Out of buffer")
_WORDS = {
    "long": "a whole number",
    "float": "a number",
    "boolean": "true or false",
    "datetime": "a time",
    "range": "a time that pandas can hold (1677 to 2262)",
}


def warn(message: str) -> None:
    """Warn of the line of the user's that asked for it, however deep we are."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("aml_nb."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)


def refuse(column: int, kind: str, value: str) -> str:
    """The SQL that ends a query because of a value of a column."""
    return f"error('{MARK}|{column}|{kind}|' || CAST({value} AS VARCHAR) || '|')"


def translate(error: BaseException, engine: Engine, columns: Sequence[Column] = ()) -> DatasetExecutionError:
    """The error for what the engine said; its own words, with our SQL in them, are left to ``__cause__``."""
    text = str(error)
    if MARK in text:
        return _value(text, columns)
    file = engine.placed(text)
    name = type(error).__name__
    if file is not None and isinstance(error.__cause__, FileNotFoundError):
        return unreadable(file, error.__cause__)
    if file is not None and ("No files found" in text or "No such file" in text):
        return unreadable(file, FileNotFoundError(file.path))
    if any(word in text for word in _DAMAGED):
        return DatasetExecutionError(
            f"{_named(engine, text)} is no Parquet file, or is damaged.",
            hint="Dataset.Tabular.from_delimited_files(path) for CSV files",
        )
    if "JSON" in text and "alformed" in text:
        return DatasetExecutionError(
            f"{_named(engine, text)} has a line that is no JSON: {_first(engine, text)}",
            hint="from_json_lines_files(path, invalid_lines='drop') leaves such lines out",
        )
    if name == "OutOfMemoryException":
        return DatasetExecutionError(
            "The dataset does not fit into the memory that is free.", hint="dataset.take(1000000), keep_columns"
        )
    if name in ("InterruptException", "KeyboardInterrupt"):
        raise KeyboardInterrupt from error
    return DatasetExecutionError(
        f"The data of the dataset cannot be read: {_first(engine, text)}",
        hint="check that its files are of the kind that the dataset was made for",
    )


def _value(text: str, columns: Sequence[Column]) -> DatasetExecutionError:
    _, number, kind, value = text[text.index(MARK) :].split("|", 3)
    value = value.rsplit("|", 1)[0]
    name = columns[int(number)].name if int(number) < len(columns) else number
    return DatasetExecutionError(
        f"The column {name!r} has the value {value[:200]!r}, which is not {_WORDS.get(kind, kind)}.",
        hint="leave on_error and out_of_range_datetime out to have None there, or set_column_types for the column",
    )


def _named(engine: Engine, text: str) -> str:
    file = engine.placed(text)
    return f"The file {file.full} of the dataset" if file else "A file of the dataset"


def _first(engine: Engine, text: str) -> str:
    line = text.split("\n\n")[0].split("\nLINE ")[0].split("\nPossible")[0]
    return engine.shown(" ".join(line.split()))[:500]

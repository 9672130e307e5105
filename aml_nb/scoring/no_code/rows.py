"""The rows in a request: read from JSON, checked against what the model was fitted on, put together as arrays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import nan
from typing import Any

import numpy as np

from aml_nb.scoring.script_errors import InputError

_KEYS = frozenset({"data", "input_data", "method", "columns", "index"})
_SCALARS = (str, int, float, type(None))


class Table:
    """The rows of one request, by columns: numbers as floats, anything else as objects.

    Tables of one ``kind`` can be put together, and give what they would give one by one.
    """

    __slots__ = ("columns", "count", "kind", "names")

    def __init__(self, columns: list[np.ndarray], names: tuple[str, ...] | None, count: int) -> None:
        self.columns = columns
        self.names = names
        self.count = count
        self.kind: Any = (names, tuple(column.dtype.char for column in columns))


class Texts:
    """The documents of one request, for a model that reads text."""

    __slots__ = ("count", "kind", "values")

    def __init__(self, values: list[str]) -> None:
        self.values = values
        self.count = len(values)
        self.kind: Any = "texts"


class Question:
    """What one request asks: a method, and rows under names or not."""

    __slots__ = ("method", "names", "rows")

    def __init__(self, method: str | None, rows: list[Any], names: list[str] | None) -> None:
        self.method = method
        self.rows = rows
        self.names = names


def question(text: str) -> Question:
    """Read a request.

    Its rows are in ``data`` or ``input_data``: lists, records, or a frame split into ``columns`` and ``data``.

    Raises
    ------
    InputError : it has no rows, or in no form that is known.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The request is no JSON: {error}") from None
    if type(given) is list:
        given = {"data": given}
    if type(given) is not dict:
        raise InputError(f"The request must be a JSON object with 'data', not {_name(given)}.")
    unknown = given.keys() - _KEYS
    if unknown:
        raise InputError(f"The request has {_listed(unknown)}; what is known is 'data' and 'method'.")
    data = given["data"] if "data" in given else given.get("input_data")
    names = given.get("columns")
    if type(data) is dict:
        data, names = _split(data)
    if type(data) is not list:
        raise InputError("The request has no 'data'." if data is None else f"'data' is {_name(data)}, not a list.")
    if not data:
        raise InputError("'data' is an empty list.")
    if names is not None and not _are_names(names):
        raise InputError("'columns' must be a list of names, each of them once.")
    return Question(given.get("method"), data, names)


def _are_names(names: Any) -> bool:
    return type(names) is list and all(type(name) is str for name in names) and len(set(names)) == len(names)


def _split(frame: dict[str, Any]) -> tuple[Any, Any]:
    """A data frame as ``to_dict(orient="split")`` writes it."""
    if not {"columns", "data"} <= frame.keys() <= {"columns", "data", "index"}:
        raise InputError("'data' is an object without 'columns' and 'data', which a frame in split form has.")
    return frame["data"], frame["columns"]


def numbers(rows: list[Any], width: int | None) -> np.ndarray | None:
    """The rows as floats, where they are numbers alone and as many as the model takes; the everyday case."""
    try:
        table = np.array(rows)
    except (ValueError, OverflowError):
        return None
    if table.ndim != 2 or table.dtype.kind not in "fiub" or (width is not None and table.shape[1] != width):
        return None
    return table.astype(np.float64, copy=False)


class Layout:
    """What a model was fitted on: the names of its columns, their number, or neither."""

    def __init__(self, names: Sequence[str] | None, width: int | None) -> None:
        self.names = None if names is None else tuple(names)
        self.width = width

    def table(self, asked: Question) -> Table | Texts:
        """The rows of a request in the model's order; raises InputError where they do not fit."""
        rows, names = asked.rows, asked.names
        if all(type(row) is dict for row in rows):
            rows, names = self._records(rows)
        elif self.width is None and names is None and all(type(row) is str for row in rows):
            return Texts(rows)
        self._check(rows, None if names is None else len(names))
        if self.names is not None and names is not None:
            rows = _ordered(rows, names, self.names)
            names = list(self.names)
        shown = self.names if names is None or self.width is not None else tuple(names)
        return Table([_column(values) for values in zip(*rows, strict=True)], shown, len(rows))

    def _records(self, rows: list[dict[str, Any]]) -> tuple[list[list[Any]], list[str]]:
        if self.names is None and self.width is not None:
            raise InputError(f"'data' holds records, but the model's columns have no names. {self.expected()}")
        names = self.names or tuple(rows[0])
        for number, row in enumerate(rows):
            if row.keys() != set(names):
                raise InputError(f"Record {number} {_difference(row, names)}. {self.expected()}")
        return [[row[name] for name in names] for row in rows], list(names)

    def _check(self, rows: list[Any], named: int | None) -> None:
        """Lists of one length, of numbers and text."""
        width = self.width or named
        for number, row in enumerate(rows):
            if type(row) is not list:
                raise InputError(f"Row {number} is {_name(row)}, not a list. {self.expected()}")
            width = len(row) if width is None else width
            if len(row) != width or not row:
                raise InputError(f"Row {number} has {_values(len(row))}, not {width}. {self.expected()}")
            for place, value in enumerate(row):
                if not isinstance(value, _SCALARS):
                    raise InputError(f"Value {place} of row {number} is {_name(value)}. {self.expected()}")

    def expected(self) -> str:
        """What the model takes, in a sentence."""
        if self.width is None:
            return "The model takes a list of rows of one length, or of texts."
        told = f"The model takes rows of {_values(self.width)}"
        if self.names is None:
            return f"{told}: a list of lists."
        shown = ", ".join(self.names[:30]) + (", …" if len(self.names) > 30 else "")
        return f"{told} ({shown})."


def _ordered(rows: list[list[Any]], names: list[str], wanted: tuple[str, ...]) -> list[list[Any]]:
    if set(names) != set(wanted) or len(names) != len(wanted):
        told = _difference(dict.fromkeys(names), wanted)
        raise InputError(f"The frame {told}. The model was fitted on {', '.join(wanted)}.")
    if tuple(names) == wanted:
        return rows
    places = [names.index(name) for name in wanted]
    return [[row[place] for place in places] for row in rows]


def _column(values: Sequence[Any]) -> np.ndarray:
    """Numbers as floats, null among them as NaN; whatever else as objects, as pandas would have read it."""
    if not any(isinstance(value, str) for value in values):
        try:
            return np.array([nan if value is None else value for value in values], dtype=np.float64)
        except OverflowError:
            raise InputError("'data' has a number that is too large.") from None
    column = np.empty(len(values), dtype=object)
    column[:] = [nan if value is None else value for value in values]
    return column


def combined(tables: Sequence[Table | Texts]) -> Any:
    """What the model's method gets: the rows of tables of one kind, one after the other."""
    first = tables[0]
    if isinstance(first, Texts):
        return [text for table in tables for text in table.values]  # type: ignore[union-attr]
    every = [table.columns for table in tables]  # type: ignore[union-attr]
    columns = [np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*every, strict=True)]
    if first.names is not None:
        return frame(dict(zip(first.names, columns, strict=True)))
    if all(column.dtype.kind == "f" for column in columns):
        return np.column_stack(columns)
    matrix = np.empty((len(columns[0]), len(columns)), dtype=object)
    for place, column in enumerate(columns):
        matrix[:, place] = column
    return matrix


def frame(columns: Any, names: Sequence[str] | None = None) -> Any:
    """A data frame, which a model that was fitted on one knows its columns by."""
    import pandas as pd

    return pd.DataFrame(columns, columns=None if names is None else list(names))


def _difference(row: dict[str, Any], names: Sequence[str]) -> str:
    missing = [name for name in names if name not in row]
    extra = [name for name in row if name not in names]
    told = [f"lacks {_listed(missing)}"] if missing else []
    told += [f"has {_listed(extra)}, which the model does not know"] if extra else []
    return " and ".join(told) or "has a name twice"


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in sorted(names, key=str)[:20])


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _name(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
